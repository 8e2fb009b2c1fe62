import { pointedAt } from './pointers.js'

const LISTED_MAX = 5
const LENGTH_MAX = 300

/**
 * What a refusal or a receipt says beside its code, in lines for a report: its detail, its errors and the codes of its
 * findings, the first few of each. Never a value of a record.
 */
export function refusalLines(body: unknown): string[] {
  const detail = pointedAt(body, '/detail')
  return [
    ...(typeof detail === 'string' ? [detail] : []),
    ...listed(body, '/errors', errorText, 'error'),
    ...listed(body, '/findings', findingText, 'finding'),
  ].map((line) => (line.length > LENGTH_MAX ? `${line.slice(0, LENGTH_MAX)}…` : line))
}

function listed(body: unknown, at: string, textOf: (each: unknown) => string, name: string): string[] {
  const found = pointedAt(body, at)
  if (!Array.isArray(found)) return []
  const more = found.length - LISTED_MAX
  return [
    ...found.slice(0, LISTED_MAX).map(textOf),
    ...(more > 0 ? [`… and ${more} more ${name}${more === 1 ? '' : 's'}`] : []),
  ]
}

function errorText(error: unknown): string {
  return `${textAt(error, '/pointer') || 'the body'} ${textAt(error, '/message')}`
}

function findingText(finding: unknown): string {
  const record = pointedAt(finding, '/record')
  const place = typeof record === 'number' ? [`records[${record}]`] : []
  const parts = [textAt(finding, '/authorityCode'), ...place, textAt(finding, '/field')]
  return `${parts.filter((part) => part !== '').join(' ')}: ${textAt(finding, '/code')}`.replace(/^: /, '')
}

function textAt(value: unknown, pointer: string): string {
  const text = pointedAt(value, pointer)
  return typeof text === 'string' ? text : ''
}
