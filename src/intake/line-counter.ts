const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * Says on which physical line (ended by LF or CRLF) each record of a CSV starts. The parser's own count is not used:
 * it takes a CRLF inside quotes for two lines, and does not say where a record that it cannot read starts.
 */
export class LineCounter {
  readonly #bytes: Buffer
  #position: number
  #line = 1

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#position = bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0
  }

  /** The line on which the next record starts; blank lines before it are skipped and counted. */
  next(): number {
    for (;;) {
      const length = this.#lineEndLength()
      if (length === 0) return this.#line
      this.#position += length
      this.#line += 1
    }
  }

  /** The line on which the record starts that ends before the byte `end`, its line end included. */
  take(end: number): number {
    const line = this.next()
    let lineFeed = this.#bytes.indexOf(LINE_FEED, this.#position)
    while (lineFeed !== -1 && lineFeed < end) {
      this.#line += 1
      lineFeed = this.#bytes.indexOf(LINE_FEED, lineFeed + 1)
    }
    this.#position = end
    return line
  }

  #lineEndLength(): number {
    const [first, second] = [this.#bytes[this.#position], this.#bytes[this.#position + 1]]
    if (first === LINE_FEED) return 1
    return first === CARRIAGE_RETURN && second === LINE_FEED ? 2 : 0
  }
}
