import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/** One system call, as `strace -f -xx` writes it. */
export interface SystemCall {
  name: string
  /** As written, the strings in it still in hexadecimal. */
  args: string
  result: number
}

/** What a call does is seen when it begins, or once it has succeeded. */
export type Moment = SystemCall & { at: 'begin' | 'end' }

const LINE = /^(\d+) +(.*)$/
const UNFINISHED = / <unfinished \.\.\.>$/
const RESUMED = /^<\.\.\. (\w+) resumed>/
const CALL = /^(\w+)\((.*)\) += (-?\d+)/s

/** Reads a log of strace in its order; each call comes twice, as it begins and as it ends. */
export async function* readCalls(file: string): AsyncGenerator<Moment> {
  const begun = new Map<string, string>()
  for await (const line of createInterface({ input: createReadStream(file, 'latin1') })) {
    const [, thread = '', text = ''] = LINE.exec(line) ?? []
    if (UNFINISHED.test(text)) {
      const head = text.replace(UNFINISHED, '')
      begun.set(thread, head)
      const [, name = '', args = ''] = /^(\w+)\((.*)$/s.exec(head) ?? []
      yield { name, args, result: Number.NaN, at: 'begin' }
      continue
    }
    const isResumed = RESUMED.test(text)
    const whole = isResumed ? `${begun.get(thread) ?? ''}${text.replace(RESUMED, '')}` : text
    const [, name, args = '', result] = CALL.exec(whole) ?? []
    if (name === undefined) continue
    const call = { name, args, result: Number(result) }
    if (!isResumed) yield { ...call, at: 'begin' }
    yield { ...call, at: 'end' }
  }
}

/** The strings among the arguments. Too long a string is cut short by strace, and says so with three dots. */
export function stringsOf(args: string): Buffer[] {
  return [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) =>
    Buffer.from(hex.replaceAll('\\x', ''), 'hex'),
  )
}

/** The numbers after the last string, which is where pwrite64 has its length and offset. */
export function lastNumber(args: string): number {
  return Number(/(-?\d+)$/.exec(args)?.[1])
}

export function firstNumber(args: string): number {
  return Number(/^(-?\d+)/.exec(args)?.[1])
}
