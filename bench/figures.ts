import { availableParallelism, cpus } from 'node:os'

export function median(values: readonly number[]): number {
  const inOrder = [...values].sort((a, b) => a - b)
  const middle = Math.floor(inOrder.length / 2)
  const upper = inOrder[middle] ?? Number.NaN
  return inOrder.length % 2 === 1 ? upper : ((inOrder[middle - 1] ?? Number.NaN) + upper) / 2
}

/** One line of the result: medians of both sides, and their ratio beside the aim. */
export interface Figure {
  name: string
  unit: string
  hub: number[]
  baseline: number[]
  aim: string
}

export function printMachine(): void {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  console.log(`${availableParallelism()} cores (${model}), Node ${process.version}, ${process.platform}`)
  console.log('Medians over the turns, hub and baseline by turns; in brackets the least and the most.\n')
}

export function printFigure({ name, unit, hub, baseline, aim }: Figure): void {
  const ratio = median(hub) / median(baseline)
  console.log(`${name.padEnd(42)} ${ratio.toFixed(2).padStart(6)}  aim ${aim}`)
  console.log(`  hub ${spread(hub, unit)}, baseline ${spread(baseline, unit)}\n`)
}

function spread(values: readonly number[], unit: string): string {
  const text = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(1))
  return `${text(median(values))} ${unit} (${text(Math.min(...values))}-${text(Math.max(...values))})`
}
