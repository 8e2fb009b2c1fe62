import Database from 'better-sqlite3'
import t from 'tap'
import type { LookupOutcome } from '../../src/domain/lookup.js'
import { ReadTurn } from '../../src/store/sqlite/read-turn.js'
import { aPlan, aQuestion, changeAuthority, openStore, putOnIndex, STORES } from '../helpers/stores.js'

function aTurn() {
  const statements: string[] = []
  const connection = new Database(':memory:', { verbose: (sql) => statements.push(String(sql)) })
  return { connection, turn: new ReadTurn(connection), statements }
}

t.test('what is asked in one turn is answered from one transaction', async (t) => {
  const { turn, connection, statements } = aTurn()
  const read = (n: number) => () => connection.prepare(`select ${n}`).pluck().get()
  t.same(await Promise.all([turn.ask(read(1)), turn.ask(read(2))]), [1, 2])
  t.same(statements, ['BEGIN', 'select 1', 'select 2', 'COMMIT'])
  t.equal(await turn.ask(read(3)), 3, 'and so is the next turn')
  t.same(statements.slice(4), ['BEGIN', 'select 3', 'COMMIT'])
})

t.test('a read that fails takes no other with it', async (t) => {
  const { turn } = aTurn()
  const fail = () => {
    throw new Error('no such thing')
  }
  const [good, bad] = await Promise.allSettled([turn.ask(() => 'good'), turn.ask(fail)])
  t.match(good, { value: 'good' })
  t.match(bad, { reason: { message: 'no such thing' } })
})

t.test('whoever asks a store that is closed before the turn ends is answered', async (t) => {
  const { turn, connection } = aTurn()
  const asked = turn.ask(() => 'never')
  connection.close()
  await t.rejects(asked, { message: /not open/ })
})

for (const kind of STORES) {
  t.test(`the ${kind.name} store: a lookup shows its authority as it was last changed`, async (t) => {
    const store = await openStore(t, kind)
    await putOnIndex(store, [aPlan()])
    const phoneOf = (outcome: LookupOutcome) =>
      outcome.kind === 'answered' && outcome.plans[0]?.authority.officeHoursPhone
    const ask = async () => phoneOf(await store.lookUp(aQuestion('access', { silent: true })))
    t.not(await ask(), '01632 960001')
    for (const officeHoursPhone of ['01632 960001', '01632 960002']) {
      await changeAuthority(store, { officeHoursPhone })
      t.equal(await ask(), officeHoursPhone)
    }
  })
}
