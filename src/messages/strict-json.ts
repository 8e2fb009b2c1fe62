import { isPlainName } from '../domain/plain-name.js'
import { JsonFault, jsonProblem, NESTING_MAX } from './json-fault.js'
import { DifferentNames, type NameSpan, nameText, type OpenObject, PropertyNames } from './property-names.js'

/** How much a body may hold; beyond it a refusal is thrown before anything is made of it. */
export interface JsonSize {
  /** Objects and lists. */
  containersMax: number
  /** All values, these included. */
  valuesMax: number
  /** Different property names: the parser gives each new one, and each object that it shapes, memory of its own. */
  namesMax: number
  /** Elements of a list that is the message itself or stands in it; of lists further in, the values are counted. */
  itemsMax: number
  refusal: () => Error
  tooManyItems: () => Error
}

/**
 * Reads JSON text (RFC 8259, in UTF-8) through once and refuses what `JSON.parse` would take in silence: a property
 * that stands twice in one object, of which the parser would drop the first, and with it perhaps another child's
 * NHS number; names that JavaScript gives a meaning of its own; lists inside lists without end. What it does not
 * refuse, the parser accepts.
 */
export function checkJson(bytes: Buffer, start: number, size?: JsonSize): void {
  try {
    new Scanner(bytes, start, size).scan()
  } catch (error) {
    throw error instanceof JsonFault ? jsonProblem(error, bytes) : error
  }
}

const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const PLUS = 0x2b
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const UPPER_E = 0x45
const LIST_START = 0x5b
const BACKSLASH = 0x5c
const LIST_END = 0x5d
const LOWER_E = 0x65
const LOWER_U = 0x75
const OBJECT_START = 0x7b
const OBJECT_END = 0x7d
// The message, and what stands in it.
const OUTER_DEPTH = 2
const SHORT_ESCAPES = new Set(Buffer.from('"\\/bfnrt'))
const WORDS = new Map(['true', 'false', 'null'].map((word) => [word.charCodeAt(0), Buffer.from(word)]))

class Scanner {
  readonly #bytes: Buffer
  readonly #names: PropertyNames
  readonly #size: JsonSize | undefined
  readonly #different: DifferentNames | undefined
  #at: number
  #values = 0
  #containers = 0

  constructor(bytes: Buffer, start: number, size: JsonSize | undefined) {
    this.#bytes = bytes
    this.#names = new PropertyNames(bytes)
    this.#size = size
    this.#different = size && new DifferentNames(bytes)
    this.#at = start
  }

  scan(): void {
    this.#space()
    this.#value(0)
    this.#space()
    if (this.#at < this.#bytes.length) this.#malformed()
  }

  #value(depth: number): void {
    this.#values += 1
    if (this.#size !== undefined && this.#values > this.#size.valuesMax) throw this.#size.refusal()
    const byte = this.#bytes[this.#at]
    if (byte === QUOTE) this.#text()
    else if (byte === OBJECT_START) this.#object(this.#deeper(depth))
    else if (byte === LIST_START) this.#list(this.#deeper(depth))
    else if (byte === MINUS || isDigit(byte)) this.#number()
    else this.#word()
  }

  #deeper(depth: number): number {
    if (depth === NESTING_MAX) throw new JsonFault('NESTED_TOO_DEEP', this.#at)
    this.#containers += 1
    if (this.#size !== undefined && this.#containers > this.#size.containersMax) throw this.#size.refusal()
    this.#at += 1
    this.#space()
    return depth + 1
  }

  #object(depth: number): void {
    if (this.#take(OBJECT_END)) return
    const object = this.#names.open()
    const name: NameSpan = { start: 0, end: 0, escaped: false }
    let place = 0
    try {
      do {
        this.#space()
        this.#name(object, name, place)
        this.#space()
        if (!this.#take(COLON)) this.#malformed()
        this.#space()
        this.#value(depth)
        this.#space()
        place += 1
      } while (this.#take(COMMA))
    } catch (error) {
      throw this.#under(error, nameText(this.#bytes, name))
    }
    if (!this.#take(OBJECT_END)) this.#malformed()
    this.#names.close(object)
  }

  #name(object: OpenObject, name: NameSpan, place: number): void {
    const at = this.#at
    if (this.#bytes[at] !== QUOTE) this.#malformed()
    name.escaped = this.#text()
    name.start = at + 1
    name.end = this.#at - 1
    const wrong = this.#names.add(object, name)
    if (wrong === 'duplicate') throw new JsonFault('DUPLICATE_KEY', at)
    if (wrong === 'forbidden') throw new JsonFault('PROPERTY_FORBIDDEN', at)
    if (this.#size === undefined || this.#different === undefined) return
    this.#different.add(name, place)
    if (this.#different.count > this.#size.namesMax) throw this.#size.refusal()
  }

  #list(depth: number): void {
    if (this.#take(LIST_END)) return
    const size = depth <= OUTER_DEPTH ? this.#size : undefined
    let index = 0
    try {
      for (;;) {
        if (size !== undefined && index >= size.itemsMax) throw size.tooManyItems()
        this.#space()
        this.#value(depth)
        this.#space()
        if (!this.#take(COMMA)) break
        index += 1
      }
    } catch (error) {
      throw this.#under(error, index)
    }
    if (!this.#take(LIST_END)) this.#malformed()
  }

  #under(error: unknown, place: string | number): unknown {
    // A name may be an NHS number or a person's name; the place in a list is ours.
    if (error instanceof JsonFault)
      error.path.push(typeof place === 'number' || isPlainName(place) ? String(place) : '-')
    return error
  }

  /** Reads a text from its quote on; answers whether it has an escape. */
  #text(): boolean {
    const bytes = this.#bytes
    let at = this.#at + 1
    let escaped = false
    for (;;) {
      const byte = bytes[at]
      if (byte === QUOTE) break
      if (byte === BACKSLASH) {
        escaped = true
        at = this.#escape(at + 1)
      } else if (byte === undefined || byte < SPACE) {
        this.#malformed(at)
      } else at += 1
    }
    this.#at = at + 1
    return escaped
  }

  #escape(at: number): number {
    const byte = this.#bytes[at]
    if (byte !== LOWER_U) return SHORT_ESCAPES.has(byte as number) ? at + 1 : this.#malformed(at)
    for (let i = at + 1; i <= at + 4; i += 1) if (!isHexDigit(this.#bytes[i])) this.#malformed(i)
    return at + 5
  }

  #number(): void {
    if (this.#bytes[this.#at] === MINUS) this.#at += 1
    if (!this.#take(ZERO)) this.#digits()
    if (this.#take(POINT)) this.#digits()
    if (!this.#take(LOWER_E) && !this.#take(UPPER_E)) return
    if (!this.#take(PLUS)) this.#take(MINUS)
    this.#digits()
  }

  #digits(): void {
    const first = this.#at
    while (isDigit(this.#bytes[this.#at])) this.#at += 1
    if (this.#at === first) this.#malformed()
  }

  #word(): void {
    const word = WORDS.get(this.#bytes[this.#at] as number) ?? this.#malformed()
    for (const letter of word) if (!this.#take(letter)) this.#malformed()
  }

  #take(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false
    this.#at += 1
    return true
  }

  #space(): void {
    for (;;) {
      const byte = this.#bytes[this.#at]
      if (byte !== SPACE && byte !== LINE_FEED && byte !== CARRIAGE_RETURN && byte !== TAB) return
      this.#at += 1
    }
  }

  #malformed(at = this.#at): never {
    throw new JsonFault('JSON_MALFORMED', at)
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE
}

function isHexDigit(byte: number | undefined): boolean {
  return isDigit(byte) || (byte !== undefined && /^[a-f]$/i.test(String.fromCharCode(byte)))
}
