import t from 'tap'
import type { Instant } from '../../src/clock.js'
import type { CalendarDate } from '../../src/domain/calendar.js'
import type { AuthorityCode } from '../../src/domain/local-authority.js'
import type { NhsNumber } from '../../src/domain/nhs-number.js'
import { newPerson } from '../../src/domain/person.js'
import { HealthActivityLog, ORGANISATIONS_MAX } from '../../src/hub/health-activity.js'
import { leaseNotifications } from '../../src/hub/lease-notifications.js'
import { submitDataset } from '../../src/hub/submit-dataset.js'
import { openContext } from '../helpers/context.js'
import { NOW } from '../helpers/hub.js'
import { aDataset, aRecord, HALTON, ROBIN, SASHA, syntheticNumber } from '../helpers/seed.js'
import { aPlan, aQuestion, putOnIndex, TODAY } from '../helpers/stores.js'

const CODE = HALTON as AuthorityCode
const origin = { caller: HALTON, requestId: 'r1', action: 'POST /v1/authorities/:authorityCode/datasets' }

/** Bytes that own their memory, as a large body has. */
function bodyOf(dataset: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(dataset))
}

function submission(dataset: object) {
  return {
    authorityCode: CODE,
    format: 'json' as const,
    gzipped: false,
    body: bodyOf(dataset),
    queryFields: {},
    dryRun: false,
    confirmShrink: false,
  }
}

t.test(
  'the people that come along with a dataset count as registered, and go before those that are',
  async (t) => {
    const context = await openContext(t)
    const hub = { ...context, rules: { ...context.rules, pdsCheck: 'registered' as const } }
    const [robin, sasha] = [newPerson(ROBIN as NhsNumber), newPerson(SASHA as NhsNumber)]
    const named = { familyName: 'Ashdown', givenNames: ['Robin'], birthDate: '2015-06-01' as CalendarDate }
    const moment = { now: NOW, today: TODAY, peopleMax: 10, newEventId: 'e1' }
    await hub.store.savePeople({
      people: [
        { ...robin, state: 'invalidated' },
        { ...sasha, ...named },
      ],
      ...moment,
    })
    const records = [aRecord(named), aRecord({ ...named, nhsNumber: SASHA })]
    const sent = submission(aDataset(1, records))
    const alone = await submitDataset(hub, origin, sent)
    t.match(alone.receipt.findings, [{ record: 0, code: 'NHS_NUMBER_INVALIDATED' }])
    const along = await submitDataset(hub, origin, { ...sent, people: [{ ...robin, ...named }] })
    t.match(along.receipt, { outcome: 'accepted', recordCount: 2 })
    const down = { ...hub, register: { isDown: true } }
    const putOff = await submitDataset(down, origin, submission(aDataset(2, records)))
    t.match(
      putOff.receipt,
      { id: null, fileCode: 'CPF05' },
      'a context of one request can be without the register',
    )
    t.equal((await hub.store.listReceipts(CODE, { limit: 9, after: undefined })).items.length, 2)
  },
)

t.test('a dataset whose authority changed while it was checked is checked again', async (t) => {
  let superseded = 0
  const hub = await openContext(t, (store) => ({
    ...store,
    async acceptDataset(acceptance) {
      superseded += 1
      // As maintenance or an operator does it in the middle of a check.
      if (superseded <= 2) await store.saveAuthority(suspendAndResume(superseded))
      return store.acceptDataset(acceptance)
    },
  }))
  const records = Array.from({ length: 300 }, (_, i) => aRecord({ nhsNumber: syntheticNumber(i) }))
  const { receipt, repeat } = await submitDataset(hub, origin, submission(aDataset(1, records)))
  t.equal(superseded, 3, 'decided anew twice')
  t.match(receipt, { outcome: 'accepted', changes: { added: 300 } })
  t.equal(repeat, false)
  const next = await submitDataset(hub, origin, submission(aDataset(2, records)))
  t.match(next.receipt, { changes: { unchanged: 300 } }, 'and the intake goes on')
})

function suspendAndResume(turn: number) {
  return {
    code: CODE,
    change: { acceptance: turn % 2 === 1 ? ('partial' as const) : ('all-or-nothing' as const) },
    defaults: {
      dfeCode: null,
      odsCode: null,
      wave: 1,
      status: 'registered' as const,
      acceptance: 'all-or-nothing' as const,
      childrenInScope: null,
    },
    force: false,
    today: '2026-11-24' as never,
  }
}

t.test('an intake thread that dies answers who waits, and the next dataset starts another', async (t) => {
  const hub = await openContext(t)
  const impossible = { ...hub, rules: { ...hub.rules, limits: null as never } }
  await t.rejects(submitDataset(impossible, origin, submission(aDataset(1, [aRecord()]))))
  const { receipt } = await submitDataset(hub, origin, submission(aDataset(1, [aRecord()])))
  t.equal(receipt.outcome, 'accepted')
})

t.test('nothing is leased for a caller who has gone', async (t) => {
  const hub = await openContext(t)
  await putOnIndex(hub.store, [aPlan()])
  await hub.store.lookUp(aQuestion('a1'))
  const wish = { max: 10, leaseSeconds: 3600, waitSeconds: 20 }
  const gone = await leaseNotifications(hub, CODE, wish, AbortSignal.abort())
  t.same(gone, { leaseId: null, leasedUntil: null, notifications: [] })
  const here = await leaseNotifications(hub, CODE, wish, new AbortController().signal)
  t.match(here.notifications, [{ attempt: 1 }], 'it was not taken for nobody')
})

t.test('of health organisations the longest silent are forgotten, in memory and where they are kept', (t) => {
  const code = (i: number) => `R${String(i).padStart(5, '0')}`
  const at = (i: number) => new Date(Date.parse(NOW) + i).toISOString() as Instant
  const kept = Array.from({ length: ORGANISATIONS_MAX + 5 }, (_, i) => ({
    odsCode: code(i),
    lastLookupAt: at(i),
    lastAttendanceAt: null,
  }))
  const log = new HealthActivityLog(kept)
  t.equal(log.list().length, ORGANISATIONS_MAX)
  log.lookedUp(code(5), at(99_999))
  log.attended('RNEW', at(99_999))
  t.equal(log.list().length, ORGANISATIONS_MAX)
  const { changed, forgotten } = log.takeNews()
  t.same(
    changed.map(({ odsCode }) => odsCode),
    [code(5), 'RNEW'],
  )
  t.same(forgotten, [...Array.from({ length: 5 }, (_, i) => code(i)), code(6)], 'not the one that just asked')
  t.same(log.takeNews(), { changed: [], forgotten: [] })
  t.end()
})
