import { isCredential, NOT_SHOWN } from './credentials.js'

// A text that has none of this names no credential; most have none, and every request is asked.
const MAY_NAME =
  /cookie|token|pass|cred|assert|[cx]srf|oidc|saml|bearer|jw[ts]|auth|ses|otp|pwd|sig|secret|key|cert|pin|code["'\\\s]*=|\\u/i

/** A text that somebody sent, with *** in the place of what stands under the name of a credential. */
export function maskedText(text: string, isWhole: boolean): string {
  if (!MAY_NAME.test(text)) return text
  return isWhole && isJson(text) ? maskedJson(text) : maskedAnything(text)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Of JSON every such property, and nothing else. */
function maskedJson(text: string): string {
  let masked = ''
  let from = 0
  let at = text.indexOf('"')
  while (at !== -1) {
    let end = endOfString(text, at)
    const colon = afterSpace(text, end)
    if (text[colon] === ':' && isCredential(JSON.parse(text.slice(at, end)))) {
      const start = afterSpace(text, colon + 1)
      end = endOfValue(text, start)
      masked += `${text.slice(from, start)}"${NOT_SHOWN}"`
      from = end
    }
    at = text.indexOf('"', end)
  }
  return masked + text.slice(from)
}

const NAMES = /[\w.\\-]+/g
const BETWEEN = /["'\\\s]*[:=][\s\\]*/y
// Up to the end of a line, or to where the next name could begin.
const BARE = /[^"'&,;{}[\]\r\n]*/y

/** Of what is no JSON, or only its beginning, whatever follows such a name and a colon or an equals sign. */
function maskedAnything(text: string): string {
  let masked = ''
  let from = 0
  for (const found of text.matchAll(NAMES)) {
    const [name] = found
    if (found.index < from) continue
    BETWEEN.lastIndex = found.index + name.length
    const [between] = BETWEEN.exec(text) ?? []
    if (between === undefined || !namesCredential(name, between)) continue
    const start = found.index + name.length + between.length
    masked += text.slice(from, start)
    from = endOfAnything(text, start)
    masked += /["'[{]/.test(text[start] ?? '') ? `"${NOT_SHOWN}"` : NOT_SHOWN
  }
  return masked + text.slice(from)
}

function namesCredential(written: string, between: string): boolean {
  const name = written.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  // That of OAuth; in JSON every refusal has a code.
  return isCredential(name) || (between.includes('=') && name.toLowerCase() === 'code')
}

function endOfAnything(text: string, start: number): number {
  const first = text[start] ?? ''
  if (first === "'") {
    const end = text.indexOf("'", start + 1)
    return end === -1 ? text.length : end + 1
  }
  if (/["[{]/.test(first)) return endOfValue(text, start)
  BARE.lastIndex = start
  BARE.test(text)
  return BARE.lastIndex
}

/** Behind a value of JSON that begins here, or at the end of a text that has not the whole of it. */
function endOfValue(text: string, start: number): number {
  let depth = 0
  let at = start
  while (at < text.length) {
    const character = text[at] ?? ''
    if (character === '"') {
      at = endOfString(text, at)
      if (depth === 0) return at
      continue
    }
    if (/[[{]/.test(character)) depth += 1
    else if (/[\]}]/.test(character)) {
      depth -= 1
      if (depth <= 0) return depth === 0 ? at + 1 : at
    } else if (depth === 0 && /[,\s]/.test(character)) return at
    at += 1
  }
  return text.length
}

/** Behind the closing quote of the string that begins here. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return Math.min(at + 1, text.length)
}

function afterSpace(text: string, start: number): number {
  let at = start
  while (/\s/.test(text[at] ?? '')) at += 1
  return at
}
