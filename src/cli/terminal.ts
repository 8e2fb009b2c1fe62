import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import { epochMs, type Instant } from '../clock.js'
import { ENGLAND } from '../reference/england.js'
import { pc } from './colours.js'
import { HubRefusal } from './hub-client.js'

const WIDTH_UNKNOWN = 110
const WRAPPED_WIDTH_MIN = 24
const GAP = 2

/** Says what went wrong, and nothing that only a programmer could read. */
export function printFailure(error: unknown, command?: string): void {
  const { name, message } = error as Error
  const lines = error instanceof HubRefusal ? problemLines(error) : [plain(message)]
  const [first, ...rest] = lines
  console.error(`${pc.red('cpis-hub:')} ${first}`)
  for (const line of rest) console.error(`  ${line}`)
  if ((name === 'CACError' || name === 'UsageError') && command !== undefined) {
    console.error(`  "cpis-hub ${command} --help" lists its options.`)
  }
}

/** A refusal (RFC 9457) as lines: title and code, what to do, and each element at fault. */
export function problemLines({ problem }: HubRefusal): string[] {
  const errors = problem.errors ?? []
  return [
    `${plain(problem.title)} (${plain(problem.code)})`,
    plain(problem.detail),
    ...errors.map(({ pointer, message }) => `${plain(pointer) || 'the body'} ${plain(message)}`),
  ]
}

/** When what reads our output goes away (`| head`), stop without a stack trace. */
export function surviveClosedOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') printFailure(error)
    process.exitCode = 1
  })
}

/** One JSON document, for scripts. */
export function printJson(document: unknown): void {
  console.log(JSON.stringify(document, null, 2))
}

/** Prints lines, each wrapped at its words where the terminal ends; a pipe gets them whole. */
export function printLines(lines: string[], widthMax = Number.POSITIVE_INFINITY): void {
  const width = Math.min(terminalWidth() ?? Number.POSITIVE_INFINITY, widthMax)
  for (const line of lines.join('\n').split('\n')) console.log(wrapped(line, width))
}

/** Undefined in a pipe, and in a terminal that was not told its size and so says 0. */
function terminalWidth(): number | undefined {
  return process.stdout.columns || undefined
}

function wrapped(line: string, width: number): string {
  if (visibleLength(line) <= width) return line
  const indent = /^ */.exec(line)?.[0] ?? ''
  const rows: string[] = []
  let row = indent
  for (const word of line.trimStart().split(' ')) {
    if (row.trim() !== '' && visibleLength(row) + visibleLength(word) > width) {
      rows.push(row.trimEnd())
      row = indent
    }
    row += `${word} `
  }
  return [...rows, row.trimEnd()].join('\n')
}

function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length
}

type Cell = string | number | { text: string; paint: (text: string) => string }

/** A row, and texts that belong to it and may never be cut, such as ids: each has a line of its own below. */
interface Row {
  cells: Cell[]
  below: readonly string[]
}

const BELOW = ' '.repeat(6)

/** A table without lines, easy to read and to copy; the last column is wrapped into what room is left. */
export function tableText(head: string[], listed: (Cell[] | Row)[]): string {
  const rows = listed.map((row) => (Array.isArray(row) ? { cells: row, below: [] } : row))
  const widths = head.map((name, i) =>
    rows.reduce((width, { cells }) => Math.max(width, plainText(cells[i] as Cell).length), name.length),
  )
  const others = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP, GAP)
  const room = Math.max(WRAPPED_WIDTH_MIN, (terminalWidth() ?? WIDTH_UNKNOWN) - others - 1)
  const last = Math.min(widths.at(-1) as number, room)
  const inColumns = (cells: Cell[]) => rowLines(cells, [...widths.slice(0, -1), last])
  return [
    ...inColumns(head.map((text) => ({ text, paint: pc.dim }))),
    ...rows.flatMap(({ cells, below }) => [
      ...inColumns(cells),
      ...below.map((text) => `${BELOW}${plain(text)}`),
    ]),
  ].join('\n')
}

/** Rows are laid out one by one, since one whose last cell has a word that needs more room gets it alone. */
function rowLines(cells: Cell[], widths: number[]): string[] {
  const words = plainText(cells.at(-1) as Cell).split(' ')
  const last = words.reduce((width, word) => Math.max(width, word.length), widths.at(-1) as number)
  const table = new Table({
    colWidths: [...widths.slice(0, -1), last].map((width, i) => width + (i === 0 ? 2 * GAP : GAP)),
    wordWrap: true,
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP, compact: true },
  })
  table.push(cells.map((cell, i) => (i === 0 ? '  ' : '') + painted(cell)))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
}

const NO_LINES = Object.fromEntries(
  ['middle', 'top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    [side, `${side}-mid`, `${side}-left`, `${side}-right`].map((name) => [name, '']),
  ),
)

function plainText(cell: Cell): string {
  return plain(typeof cell === 'object' ? cell.text : String(cell))
}

function painted(cell: Cell): string {
  return typeof cell === 'object' ? cell.paint(plainText(cell)) : plainText(cell)
}

/** Text from elsewhere, without what would move the cursor or colour the terminal. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}+/gu, ' ')
}

const londonTime = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  dateStyle: 'medium',
  timeStyle: 'short',
})

/** `24 Nov 2026, 09:30`, on the clock in London. */
export function timeText(instant: string): string {
  return londonTime.format(epochMs(instant as Instant))
}

/** `3 hours`, in the largest unit that says enough. */
export function ageText(seconds: number): string {
  if (seconds < 90) return `${seconds} s`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} hours`
  return `${Math.floor(seconds / 86_400)} days`
}

export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`
}

const names = new Map(ENGLAND.map(({ code, name }) => [code, name]))

/** `Halton (E06000006)`. */
export function authorityText(code: string): string {
  const name = names.get(code)
  return name === undefined ? plain(code) : `${name} (${code})`
}
