import assert from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import { type Load, type LoadLevel, nextLoadLevel, REFUSED_FROM } from '../../src/domain/load.js'
import { holds } from '../helpers/properties.js'

const CALM: Load = { eventLoopDelayMs: 0, writeWaitMs: 0, writesWaiting: 0 }
const aLevel = fc.integer({ min: 0, max: 4 }) as fc.Arbitrary<LoadLevel>
const aLoad: fc.Arbitrary<Load> = fc.record({
  eventLoopDelayMs: fc.integer({ min: 0, max: 5_000 }),
  writeWaitMs: fc.integer({ min: 0, max: 12_000 }),
  writesWaiting: fc.integer({ min: 0, max: 5_000 }),
})

t.test(
  'as the load rises datasets are put off first, then browsing, silent lookups, and promises last',
  (t) => {
    t.same(
      Object.entries(REFUSED_FROM).sort(([, a], [, b]) => a - b),
      [
        ['datasets', 1],
        ['browsing', 2],
        ['silentLookups', 3],
        ['promises', 4],
      ],
    )
    t.end()
  },
)

t.test('each level begins at its figure and ends at half of it', (t) => {
  const begins: Record<keyof Load, number[]> = {
    eventLoopDelayMs: [500, 1000, 1500, 2000],
    writeWaitMs: [1000, 2000, 4000, 6000],
    writesWaiting: [1000, 2000, 3000, 4000],
  }
  for (const [measure, figures] of Object.entries(begins)) {
    for (const [i, figure] of figures.entries()) {
      const level = (i + 1) as LoadLevel
      const at = (value: number, from: LoadLevel) => nextLoadLevel(from, { ...CALM, [measure]: value })
      t.equal(at(figure, 0), level, `${measure} begins ${level}`)
      t.equal(at(figure - 1, 0), level - 1, `${measure} not before`)
      t.equal(at(figure / 2, level), level, `${measure} stays at ${level}`)
      t.ok(at(figure / 2 - 1, level) < level, `${measure} ends ${level}`)
    }
  }
  t.end()
})

t.test('more load never means a lower level, nor does having been at a higher one', (t) => {
  holds(
    t,
    fc.property(aLevel, aLevel, aLoad, aLoad, (one, other, load, more) => {
      const heavier: Load = {
        eventLoopDelayMs: load.eventLoopDelayMs + more.eventLoopDelayMs,
        writeWaitMs: load.writeWaitMs + more.writeWaitMs,
        writesWaiting: load.writesWaiting + more.writesWaiting,
      }
      assert.ok(nextLoadLevel(one, load) <= nextLoadLevel(one, heavier))
      const [low, high] = one < other ? [one, other] : [other, one]
      assert.ok(nextLoadLevel(low, load) <= nextLoadLevel(high, load))
    }),
  )
  t.end()
})

t.test('a level under a steady load is settled at once, and calm ends every level', (t) => {
  holds(
    t,
    fc.property(aLevel, aLoad, (level, load) => {
      const next = nextLoadLevel(level, load)
      assert.equal(nextLoadLevel(next, load), next)
      assert.equal(nextLoadLevel(next, CALM), 0)
    }),
  )
  t.end()
})
