import { parseJson } from '../../messages/parse-json.js'
import type { RequestShown } from '../../messages/tester/journal.js'
import type { JournalEntry } from '../../tester/journal-entry.js'
import { type KeptBody, textOf } from '../../tester/kept-body.js'

/** A request as the journal shows it. */
export function shownRequest({ request, response, ...rest }: JournalEntry): RequestShown {
  return {
    ...rest,
    request: {
      path: request.path,
      query: request.query,
      headers: request.headers,
      ...shownBody(request.body, request.headers),
    },
    response: response && { headers: response.headers, ...shownBody(response.body, response.headers) },
  }
}

function shownBody(body: KeptBody, headers: Record<string, string>) {
  return { body: readBack(body, headers), bodyBytes: body.bytes, bodyTruncated: body.isCut }
}

/** JSON as JSON where the hub would read it, so that nothing in it can break the listing; else the text, if it is one. */
function readBack(body: KeptBody, headers: Record<string, string>): unknown {
  const text = textOf(body)
  if (text === undefined || text === '') return null
  if (body.isCut || !/[/+]json/i.test(headers['content-type'] ?? '')) return text
  try {
    return parseJson(Buffer.from(text))
  } catch {
    return text
  }
}
