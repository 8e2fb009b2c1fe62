/** What `$name` stands for. */
export type Values = Readonly<Record<string, unknown>>

/** `$name`, or `${name}` where a letter follows; `$$` is a dollar sign. */
const NAME = /\$(?:\$|\{([a-z][A-Za-z0-9]*)\}|([a-z][A-Za-z0-9]*))/g
const NOTHING_BUT_A_NAME = /^\$(?:\{([a-z][A-Za-z0-9]*)\}|([a-z][A-Za-z0-9]*))$/

/** Words of the expectations, which no value can be named. */
export const RESERVED = ['any', 'absent']
/** The number of the turn, in a step that is repeated. */
export const TURN = 'n'

/** The name that a text is, when it is nothing else. */
export function wordIn(text: string): string | undefined {
  const [, braced, bare] = NOTHING_BUT_A_NAME.exec(text) ?? []
  return braced ?? bare
}

/** The names that a text uses, reserved ones included. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(NAME)]
    .map(([, braced, bare]) => braced ?? bare)
    .filter((name) => name !== undefined)
}

/** Puts values in the place of names, however deep. A text that is nothing but a name becomes the value itself. */
export function fillIn(template: unknown, values: Values): unknown {
  if (typeof template === 'string') return fillInText(template, values)
  if (Array.isArray(template)) return template.map((each) => fillIn(each, values))
  if (typeof template !== 'object' || template === null) return template
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, fillIn(value, values)]))
}

/** Values that are made of the ones before them. */
export function completeValues(written: Values): Values {
  const values: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(written)) values[name] = fillIn(value, values)
  return values
}

/** Fills in where only a text will do, such as in a path. */
export function textOf(template: string, values: Values): string {
  return template.replace(NAME, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare
    if (name === undefined) return '$'
    return name in values ? inText(values[name]) : whole
  })
}

function fillInText(template: string, values: Values): unknown {
  const name = wordIn(template)
  return name !== undefined && name in values ? values[name] : textOf(template, values)
}

function inText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
