// The objects of our messages have fewer properties; a set would cost more than looking through so few.
const LOOKED_THROUGH_MAX = 16
// Comparing longer names byte by byte, each with each, would let a hostile body keep a thread busy.
const COMPARED_BYTES_MAX = 64

// Written into an object they would change what it is, not what it holds.
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])
const FORBIDDEN_FIRST_BYTES = new Set([...FORBIDDEN].map((name) => name.charCodeAt(0)))

/** Where a name stands: the bytes between its quotes. */
export interface NameSpan {
  start: number
  end: number
  /** It has a backslash, so its bytes are not its characters. */
  escaped: boolean
}

/** An object that is being read. */
export interface OpenObject {
  readonly first: number
  /** Its names as texts, once that is quicker. */
  texts: Set<string> | undefined
}

/**
 * The property names of the objects that are open while JSON is read, by where they stand in the bytes. Only an
 * object with many, long or escaped names costs a set of texts; the others are compared where they are, since making
 * a text of each name costs as much as all else in the reading.
 */
export class PropertyNames {
  readonly #bytes: Buffer
  readonly #spans: number[] = []
  #count = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  open(): OpenObject {
    return { first: this.#count, texts: undefined }
  }

  close({ first }: OpenObject): void {
    this.#count = first
  }

  /** Notes a name of the innermost object, and answers what is wrong with it. */
  add(object: OpenObject, name: NameSpan): 'duplicate' | 'forbidden' | undefined {
    if (this.#mayBeForbidden(name) && FORBIDDEN.has(nameText(this.#bytes, name))) return 'forbidden'
    if (object.texts === undefined && this.#isBetterAsText(object, name)) object.texts = this.#textsOf(object)
    if (object.texts !== undefined) return addText(object.texts, nameText(this.#bytes, name))
    for (let i = object.first; i < this.#count; i += 2) {
      if (isSameText(this.#bytes, this.#spans[i] as number, this.#spans[i + 1] as number, name))
        return 'duplicate'
    }
    this.#spans[this.#count] = name.start
    this.#spans[this.#count + 1] = name.end
    this.#count += 2
    return undefined
  }

  #mayBeForbidden({ start, end, escaped }: NameSpan): boolean {
    const length = end - start
    return (
      escaped || ((length === 9 || length === 11) && FORBIDDEN_FIRST_BYTES.has(this.#bytes[start] as number))
    )
  }

  #isBetterAsText({ first }: OpenObject, { start, end, escaped }: NameSpan): boolean {
    const isMany = (this.#count - first) / 2 >= LOOKED_THROUGH_MAX
    return escaped || isMany || end - start > COMPARED_BYTES_MAX
  }

  #textsOf({ first }: OpenObject): Set<string> {
    const texts = new Set<string>()
    for (let i = first; i < this.#count; i += 2) {
      texts.add(this.#bytes.toString('utf8', this.#spans[i], this.#spans[i + 1]))
    }
    return texts
  }
}

/**
 * Counts the different property names of a whole text. Most objects have the names of the one before in the same
 * order, so a name is first compared with the one that stood last in its place.
 */
export class DifferentNames {
  readonly #bytes: Buffer
  readonly #texts = new Set<string>()
  readonly #starts: number[] = []
  readonly #ends: number[] = []

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get count(): number {
    return this.#texts.size
  }

  /** `place` is that of the name in its object. */
  add(name: NameSpan, place: number): void {
    const start = this.#starts[place]
    if (start !== undefined && isSameText(this.#bytes, start, this.#ends[place] as number, name)) return
    this.#starts[place] = name.start
    this.#ends[place] = name.end
    this.#texts.add(nameText(this.#bytes, name))
  }
}

export function nameText(bytes: Buffer, { start, end, escaped }: NameSpan): string {
  const text = bytes.toString('utf8', start, end)
  return escaped ? JSON.parse(`"${text}"`) : text
}

function isSameText(bytes: Buffer, start: number, end: number, name: NameSpan): boolean {
  if (end - start !== name.end - name.start) return false
  for (let i = start, j = name.start; i < end; i += 1, j += 1) if (bytes[i] !== bytes[j]) return false
  return true
}

function addText(texts: Set<string>, text: string): 'duplicate' | undefined {
  if (texts.has(text)) return 'duplicate'
  texts.add(text)
  return undefined
}
