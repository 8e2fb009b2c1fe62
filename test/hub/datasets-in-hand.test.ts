import t from 'tap'
import { DatasetsInHand } from '../../src/hub/datasets-in-hand.js'

const overloaded = { code: 'OVERLOADED' }

t.test('a dataset takes a place with its first byte, and 320 places there are', async (t) => {
  const all = new DatasetsInHand(1_000)
  const heads = Array.from({ length: 1_000 }, () => all.take())
  t.equal(heads.length, 1_000, 'heads without a body keep nobody out')
  for (const each of heads.slice(0, 320)) each.grow(1)
  t.throws(() => heads[320]?.grow(1), overloaded)
  t.throws(() => all.take(), overloaded)
  heads[320]?.drop()
  t.throws(() => all.take(), overloaded, 'what never took a place leaves none')
  heads[0]?.drop()
  all.take().grow(1)
  t.throws(() => all.take(), overloaded)
})

t.test('what was dropped by all who held it takes no room again', async (t) => {
  const all = new DatasetsInHand(10)
  const one = all.take()
  one.grow(10)
  one.hold()
  one.drop()
  t.throws(() => all.take(), overloaded, 'one of two still holds it')
  one.drop()
  one.drop()
  one.hold()
  one.drop()
  one.grow(10)
  const other = all.take()
  other.grow(10)
  t.throws(() => all.take(), overloaded, 'dropping it again has not made room twice')
})
