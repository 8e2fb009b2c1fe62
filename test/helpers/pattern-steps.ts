// Counts what a backtracking matcher, such as V8's, does with a pattern, since time in a test tells nothing.

type Step = { run(at: number, next: (at: number) => boolean): boolean }

/** Why a count ended: the pattern needs more steps than were allowed. */
export class TooManySteps extends Error {}

/**
 * Looks for a pattern in a text from every start, as `test` does, and counts the steps. Knows the syntax that our
 * patterns use (no lookaround, no lazy quantifier), and throws on what it does not know.
 */
export function countSteps(
  { source, flags }: RegExp,
  text: string,
  stepsMax: number,
): { matches: boolean; steps: number } {
  let steps = 0
  const groups: [start: number, end: number][] = []
  const tick = () => {
    steps += 1
    if (steps > stepsMax) throw new TooManySteps(source)
  }
  let at = 0
  let groupCount = 0

  function alternatives(): Step {
    const options = [sequence()]
    while (source[at] === '|') {
      at += 1
      options.push(sequence())
    }
    return { run: (from, next) => options.some((option) => option.run(from, next)) }
  }

  function sequence(): Step {
    const parts: Step[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') parts.push(quantified(atom()))
    const runFrom = (part: number, from: number, next: (at: number) => boolean): boolean =>
      part === parts.length
        ? next(from)
        : (parts[part] as Step).run(from, (to) => runFrom(part + 1, to, next))
    return { run: (from, next) => runFrom(0, from, next) }
  }

  function quantified(step: Step): Step {
    const [whole, min, max] = quantifier()
    at += whole
    if (whole === 0) return step
    if (source[at] === '?') throw new Error(`a lazy quantifier in ${source}`)
    const runTimes = (times: number, from: number, next: (at: number) => boolean): boolean => {
      const more = () => step.run(from, (to) => (to > from || times < min) && runTimes(times + 1, to, next))
      return (times < max && more()) || (times >= min && next(from))
    }
    return { run: (from, next) => runTimes(0, from, next) }
  }

  function quantifier(): [length: number, min: number, max: number] {
    const simple = { '*': [0, Number.POSITIVE_INFINITY], '+': [1, Number.POSITIVE_INFINITY], '?': [0, 1] }[
      source[at] ?? ''
    ] as [number, number] | undefined
    if (simple !== undefined) return [1, ...simple]
    const braces = /^\{(\d+)(,?)(\d*)\}/.exec(source.slice(at))
    if (braces === null) return [0, 1, 1]
    const [whole, min, comma, max] = braces
    const most = comma === '' ? Number(min) : max === '' ? Number.POSITIVE_INFINITY : Number(max)
    return [whole.length, Number(min), most]
  }

  function atom(): Step {
    if (source[at] === '(') return group()
    const start = at
    if (source[at] === '^' || source[at] === '$') return edge()
    if (source[at] === '[') at += classLength() - 1
    else if (source[at] === '\\') at += escapeLength() - 1
    at += 1
    const written = source.slice(start, at)
    if (/^\\[1-9]$/.test(written)) return backReference(Number(written[1]) - 1)
    const single = new RegExp(`^${written}$`, flags.replace('g', ''))
    return {
      run: (from, next) => {
        tick()
        return from < text.length && single.test(text[from] as string) && next(from + 1)
      },
    }
  }

  function classLength(): number {
    const [written] = /^\[(?:[^\]\\]|\\.)*\]/.exec(source.slice(at)) ?? []
    if (written === undefined) throw new Error(`a class without an end in ${source}`)
    return written.length
  }

  function escapeLength(): number {
    const [written] =
      /^\\(u[0-9a-f]{4}|x[0-9a-f]{2}|p\{\w+\}|[1-9dDwWsS]|[^\w])/i.exec(source.slice(at)) ?? []
    if (written === undefined) throw new Error(`an unknown escape in ${source}`)
    return written.length
  }

  function edge(): Step {
    const isStart = source[at] === '^'
    at += 1
    return {
      run: (from, next) => {
        tick()
        return from === (isStart ? 0 : text.length) && next(from)
      },
    }
  }

  function group(): Step {
    const isCapturing = !source.startsWith('(?', at)
    if (!isCapturing && !source.startsWith('(?:', at)) throw new Error(`an unknown group in ${source}`)
    at += isCapturing ? 1 : 3
    const number = groupCount
    if (isCapturing) groupCount += 1
    const inner = alternatives()
    at += 1
    if (!isCapturing) return inner
    return {
      run: (from, next) =>
        inner.run(from, (to) => {
          groups[number] = [from, to]
          return next(to)
        }),
    }
  }

  function backReference(number: number): Step {
    return {
      run: (from, next) => {
        tick()
        const [start, end] = groups[number] ?? [0, 0]
        const captured = text.slice(start, end)
        return text.startsWith(captured, from) && next(from + captured.length)
      },
    }
  }

  const pattern = alternatives()
  const isAnchored = source.startsWith('^') && !source.includes('|^')
  const lastStart = isAnchored ? 0 : text.length
  for (let from = 0; from <= lastStart; from += 1) {
    if (pattern.run(from, () => true)) return { matches: true, steps }
  }
  return { matches: false, steps }
}
