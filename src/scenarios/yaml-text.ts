import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml'

/** Something wrong in a file, and the line on which it stands. */
export interface FileFault {
  line: number
  reason: string
}

/** A path into what was read: the keys and positions that lead to a value. */
export type Path = readonly (string | number)[]

// Names that are used again (anchors) could otherwise unfold a small file without end.
const ALIASES_MAX = 100

/** A YAML text that was read, and where each of its values stands. */
export class YamlText {
  readonly faults: FileFault[]
  readonly #lines = new LineCounter()
  readonly #document: Document

  constructor(text: string) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false })
    const { errors, warnings } = this.#document
    this.faults = [...errors, ...warnings].map(({ pos, message }) => ({
      line: this.#lines.linePos(pos[0]).line,
      reason: message,
    }))
    if (this.faults.length === 0) this.faults.push(...this.#aliasFaults())
  }

  /** The plain value of the whole text; throws when its aliases unfold without end. */
  value(): unknown {
    return this.#document.toJS({ maxAliasCount: ALIASES_MAX })
  }

  /** The line of a value, or of the nearest thing around it that is there. */
  lineOf(path: Path): number {
    for (let length = path.length; length > 0; length -= 1) {
      const start = this.#keyStart(path.slice(0, length)) ?? this.#start(path.slice(0, length))
      if (start !== undefined) return this.#lines.linePos(start).line
    }
    return this.#lines.linePos(this.#start([]) ?? 0).line
  }

  /** An alias before its anchor, or without one, which is else found when the whole is made plain, without a place. */
  #aliasFaults(): FileFault[] {
    const anchors = new Set<string>()
    const faults: FileFault[] = []
    visit(this.#document, {
      Node: (_, node) => {
        if (!isAlias(node)) {
          if (node.anchor !== undefined) anchors.add(node.anchor)
        } else if (!anchors.has(node.source)) {
          const { line } = this.#lines.linePos(node.range?.[0] ?? 0)
          faults.push({
            line,
            reason: `*${node.source} stands for nothing: no &${node.source} comes before it`,
          })
        }
      },
    })
    return faults
  }

  #start(path: Path): number | undefined {
    const node = this.#nodeAt(path)
    return node?.range?.[0]
  }

  /** Of a property its name tells the line: a value may begin on the next one. */
  #keyStart(path: Path): number | undefined {
    const key = path.at(-1)
    const around = this.#nodeAt(path.slice(0, -1))
    if (!isMap(around)) return undefined
    const pair = around.items.find(({ key: name }) => isScalar(name) && String(name.value) === String(key))
    return isNode(pair?.key) ? pair.key.range?.[0] : undefined
  }

  #nodeAt(path: Path): Node | undefined {
    const node = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true)
    return isNode(node) ? node : undefined
  }
}
