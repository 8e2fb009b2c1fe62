const EVERY_ELEMENT = '*'
const POSITION = /^\d{1,9}$/

/**
 * What a JSON Pointer (RFC 6901) leads to, or undefined. `*` stands for every element of a list, and then the
 * answer is the list of what was found in them.
 */
export function pointedAt(document: unknown, pointer: string): unknown {
  return follow(document, segmentsOf(pointer))
}

export function isPointer(text: string): boolean {
  return text.startsWith('/')
}

function segmentsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function follow(value: unknown, [segment, ...rest]: string[]): unknown {
  if (segment === undefined) return value
  if (typeof value !== 'object' || value === null) return undefined
  if (segment === EVERY_ELEMENT && Array.isArray(value)) {
    return value.map((each) => follow(each, rest)).filter((each) => each !== undefined)
  }
  if (Array.isArray(value)) return POSITION.test(segment) ? follow(value[Number(segment)], rest) : undefined
  return Object.hasOwn(value, segment) ? follow((value as Record<string, unknown>)[segment], rest) : undefined
}
