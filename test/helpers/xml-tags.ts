/** The elements of an XML text in order; throws when it is not well-formed, as far as reports go. */
export function tagsOf(xml: string): string[] {
  const names: string[] = []
  const open: string[] = []
  const body = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '')
  const token =
    /<(\/?)([a-z]+)((?: [a-z]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*)(\/?)>|[^<&>]+|&(?:amp|lt|gt|quot);/gy
  for (let match = token.exec(body), end = 0; end < body.length; match = token.exec(body)) {
    if (match === null) throw new Error(`not well-formed at ${end}: ${body.slice(end, end + 40)}`)
    end = token.lastIndex
    const [, closes, name, , alone] = match
    if (name === undefined) continue
    if (closes === '') names.push(name)
    if (closes === '' && alone === '') open.push(name)
    if (closes === '/' && open.pop() !== name) throw new Error(`${name} is closed and was not open`)
  }
  if (open.length > 0) throw new Error(`never closed: ${open.join(', ')}`)
  return names
}
