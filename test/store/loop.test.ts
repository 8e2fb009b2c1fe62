import t from 'tap'
import { addMs, DAY_MS, HOUR_MS, type Instant } from '../../src/clock.js'
import type { CalendarDate } from '../../src/domain/calendar.js'
import type { LookupOutcome } from '../../src/domain/lookup.js'
import type { NhsNumber } from '../../src/domain/nhs-number.js'
import { newPerson, type Person, type PersonChange } from '../../src/domain/person.js'
import { packPlanChanges } from '../../src/store/plan-changes.js'
import type { Page, Store } from '../../src/store/store.js'
import { NOW } from '../helpers/hub.js'
import { NOBODY, ROBIN, SASHA, syntheticNumber, WHISTON_NURSE } from '../helpers/seed.js'
import {
  AUTHORITY_DEFAULTS,
  aKey,
  aPlan,
  aQuestion,
  aReceipt,
  aVisitEntry,
  changeAuthority,
  HAL,
  ORIGIN,
  openStore,
  putOnIndex,
  STORES,
  seenOf,
  TODAY,
  WAR,
} from '../helpers/stores.js'

const PAGE = { limit: 50, after: undefined }
const RECEPTION = { ...WHISTON_NURSE, user: { id: '555500000002', name: 'Sam Low' } }

function answered(outcome: LookupOutcome) {
  if (outcome.kind !== 'answered') throw new Error(`the lookup was not answered: ${outcome.kind}`)
  return outcome
}

async function queueOf(store: Store, code = HAL, now = NOW): Promise<string[]> {
  const { items } = await store.listNotifications(code, { ...PAGE, state: undefined, now })
  return items.map(({ id }) => id)
}

for (const kind of STORES) {
  t.test(`the ${kind.name} store: authorities`, async (t) => {
    await t.test('a new store knows the authorities that it was given', async (t) => {
      const store = await openStore(t, kind)
      const authorities = await store.listAuthorities()
      t.equal(authorities.length, 153)
      t.same(
        await store.findAuthority(HAL),
        authorities.find(({ code }) => code === HAL),
      )
      t.equal(await store.findAuthority('E06000999' as typeof HAL), undefined)
    })

    await t.test(
      'a new authority needs a name, phones and a steward, and says which are missing',
      async (t) => {
        const store = await openStore(t, kind)
        const code = 'E06000999' as typeof HAL
        const before = await seenOf(store)
        t.same(await changeAuthority(store, { name: 'Newtown', wave: 3 }, { code }), {
          kind: 'incomplete',
          missing: ['officeHoursPhone', 'emergencyDutyPhone', 'dataSteward'],
        })
        t.same(await seenOf(store), before)
        const profile = {
          name: 'Newtown',
          officeHoursPhone: '01632 960001',
          emergencyDutyPhone: '01632 960002',
          dataSteward: { name: 'A', role: 'B', email: 'a@b.example', phone: '01632 960003' },
        }
        const created = await changeAuthority(store, profile, { code })
        t.same(created, {
          kind: 'created',
          authority: {
            code,
            ...AUTHORITY_DEFAULTS,
            ...profile,
            visibleToHealth: false,
            lastDataset: null,
            lastReturned: null,
            version: 0,
          },
        })
        const changed = await changeAuthority(store, { wave: 4 }, { code })
        t.match(changed, { kind: 'changed', authority: { name: 'Newtown', wave: 4, version: 0 } })
        t.same(await store.findAuthority(code), 'authority' in changed && changed.authority)
      },
    )

    await t.test('the go-live gate counts distinct numbers with an active plan, today', async (t) => {
      const store = await openStore(t, kind)
      const move = (change: object, force = false) => changeAuthority(store, change, { force })
      await move({ status: 'testing' })
      await putOnIndex(store, [
        ...Array.from({ length: 18 }, (_, n) => aPlan({ nhsNumber: syntheticNumber(n) })),
        aPlan({ nhsNumber: syntheticNumber(0), planType: 'LAC' }),
        aPlan({ nhsNumber: syntheticNumber(50), endDate: TODAY }),
      ])
      const refused = (childrenInScope: number | null) => ({
        kind: 'gate-refused',
        gate: { passed: false, activeChildren: 18, childrenInScope },
      })
      t.same(await move({ status: 'live' }), refused(null))
      t.same(await move({ status: 'live', childrenInScope: 19 }), refused(19))
      t.match(await store.findAuthority(HAL), { status: 'testing', childrenInScope: null })
      t.match(await move({ status: 'live', childrenInScope: 18 }), { kind: 'changed' })
      await move({ status: 'testing', childrenInScope: 1000 })
      t.same(await move({ status: 'live' }), refused(1000))
      t.match(await move({ status: 'live' }, true), { kind: 'changed', authority: { status: 'live' } })
    })
  })

  t.test(`the ${kind.name} store: datasets and plans`, async (t) => {
    await t.test('an accepted dataset writes, removes and is remembered, in one step', async (t) => {
      const store = await openStore(t, kind)
      const full = aPlan({
        planType: 'UCPP',
        endDate: '2026-12-01',
        expectedDeliveryDate: '2026-12-20',
        localId: 'H1',
        familyName: 'Shaw “Q”',
        givenNames: ['Zoë', 'Jo'],
        birthDate: '1998-01-01',
      })
      const other = aPlan({ nhsNumber: SASHA })
      t.same(await putOnIndex(store, [full, other]), { kind: 'accepted' })
      const held = await store.listPlans(HAL, { ...PAGE, visible: undefined, today: TODAY })
      t.same(
        held.items.map(({ plan }) => plan).sort((a, b) => (a.nhsNumber < b.nhsNumber ? -1 : 1)),
        [full, other],
      )
      await putOnIndex(store, [{ ...other, familyName: 'Shore' }], { removed: [full] })
      t.same(await store.listPlans(HAL, { ...PAGE, visible: undefined, today: TODAY }), {
        items: [{ plan: { ...other, familyName: 'Shore' }, visible: true }],
        next: null,
      })
      t.match(await store.findAuthority(HAL), {
        lastDataset: { id: `dataset-${HAL}-2`, sequence: 2, acceptedAt: NOW, recordCount: 1 },
        version: 2,
      })
    })

    await t.test(
      'a dataset that was computed against an older index is superseded and changes nothing',
      async (t) => {
        const store = await openStore(t, kind)
        await putOnIndex(store, [aPlan()])
        const before = await seenOf(store)
        const acceptance = {
          authorityCode: HAL,
          receipt: aReceipt({ id: 'late', sequence: 2 }),
          childrenInScope: 5,
          changes: packPlanChanges({ written: [aPlan({ nhsNumber: SASHA })], removed: [aPlan()] }),
          origin: ORIGIN,
        }
        t.same(await store.acceptDataset({ ...acceptance, basedOnVersion: 0 }), { kind: 'superseded' })
        t.same(await seenOf(store), before)
        t.equal(await store.findReceipt(HAL, 'late'), undefined)
        t.same(await store.acceptDataset({ ...acceptance, basedOnVersion: 1 }), { kind: 'accepted' })
        t.match(await store.findAuthority(HAL), { childrenInScope: 5, version: 2 })
      },
    )

    await t.test('of two datasets computed against the same index, one is accepted', async (t) => {
      const store = await openStore(t, kind)
      const outcomes = await Promise.all([
        putOnIndex(store, [aPlan()]),
        putOnIndex(store, [aPlan({ nhsNumber: SASHA })]),
      ])
      t.same(outcomes.map(({ kind }) => kind).sort(), ['accepted', 'superseded'])
      const { items } = await store.listPlans(HAL, { ...PAGE, visible: undefined, today: TODAY })
      t.equal(items.length, 1)
    })

    await t.test(
      'any change of an authority supersedes, so a dataset is judged by what it is now',
      async (t) => {
        const store = await openStore(t, kind)
        const version = (await store.findAuthority(HAL))?.version as number
        await changeAuthority(store, { status: 'suspended' })
        const outcome = await store.acceptDataset({
          authorityCode: HAL,
          basedOnVersion: version,
          receipt: aReceipt({ id: 'd1' }),
          childrenInScope: null,
          changes: packPlanChanges({ written: [aPlan()], removed: [] }),
          origin: ORIGIN,
        })
        t.same(outcome, { kind: 'superseded' })
      },
    )

    await t.test('a returned dataset leaves its receipt and nothing else', async (t) => {
      const store = await openStore(t, kind)
      await putOnIndex(store, [aPlan()])
      await store.lookUp(aQuestion('access-1'))
      const before = (await seenOf(store)) as { halton: { authority: object; receipts: { items: object[] } } }
      const receipt = aReceipt({
        id: 'returned',
        sequence: 2,
        outcome: 'returned',
        fileCode: 'CPF04',
        findingCount: 3,
        findings: [
          {
            record: 0,
            line: 2,
            localId: null,
            field: 'nhsNumber',
            severity: 'error',
            code: 'NHS_NUMBER_MISSING',
            recordCode: 'CPR04',
            message: 'The NHS number is missing.',
          },
        ],
        nextDueAt: NOW,
      })
      await store.keepReturned(receipt, ORIGIN)
      const { findings: _, ...summary } = receipt
      const lastReturned = { id: 'returned', sequence: 2, receivedAt: NOW, findingCount: 3 }
      t.same(await seenOf(store), {
        ...before,
        halton: {
          ...before.halton,
          authority: { ...before.halton.authority, lastReturned },
          receipts: { items: [summary, ...before.halton.receipts.items], next: null },
        },
      })
      t.same(await store.findReceipt(HAL, 'returned'), receipt)
      t.equal(await store.findReceipt(WAR, 'returned'), undefined, 'of its own authority only')
      await putOnIndex(store, [])
      t.match(await store.findAuthority(HAL), { lastDataset: { sequence: 2 } }, 'its sequence is not used up')
    })

    await t.test(
      'plans are listed a page at a time, each once, and narrowed to what health sees',
      async (t) => {
        const store = await openStore(t, kind)
        const plans = Array.from({ length: 1_203 }, (_, n) =>
          aPlan({
            nhsNumber: syntheticNumber(n),
            id: `plan-${String(n).padStart(5, '0')}`,
            startDate: '2020-01-01',
            // Every third has not been visible since yesterday.
            endDate: n % 3 === 0 ? '2025-11-23' : n % 3 === 1 ? '2025-11-24' : null,
          }),
        )
        await putOnIndex(store, plans)
        await putOnIndex(store, [aPlan({ authorityCode: WAR })], { code: WAR })
        for (const [visible, ids] of [
          [undefined, plans.map(({ id }) => id)],
          [true, plans.filter((_, n) => n % 3 !== 0).map(({ id }) => id)],
          [false, plans.filter((_, n) => n % 3 === 0).map(({ id }) => id)],
        ] as const) {
          const seen: string[] = []
          let after: string | undefined
          do {
            const page = await store.listPlans(HAL, { limit: 200, after, visible, today: TODAY })
            t.ok(page.items.length <= 200 && page.items.length > 0)
            seen.push(...page.items.map(({ plan }) => plan.id))
            after = page.next ?? undefined
          } while (after !== undefined)
          t.same(seen, ids, `visible: ${visible}`)
        }
        t.match(await store.listPlans(HAL, { limit: 401, after: undefined, visible: false, today: TODAY }), {
          items: { length: 401 },
          next: null,
        })
      },
    )

    await t.test('what arrives while plans are paged through is in a later page', async (t) => {
      const store = await openStore(t, kind)
      const plans = Array.from({ length: 8 }, (_, n) =>
        aPlan({ nhsNumber: syntheticNumber(n), id: `plan-${n}` }),
      )
      await putOnIndex(store, plans.slice(0, 4))
      const listing = { limit: 3, visible: undefined, today: TODAY }
      const first = await store.listPlans(HAL, { ...listing, after: undefined })
      await putOnIndex(store, plans.slice(4), { removed: plans.slice(2, 4) })
      const rest = await store.listPlans(HAL, { ...listing, limit: 9, after: first.next ?? undefined })
      t.same(
        rest.items.map(({ plan }) => plan.id),
        ['plan-4', 'plan-5', 'plan-6', 'plan-7'],
      )
    })

    await t.test('receipts are listed newest first, a page at a time', async (t) => {
      const store = await openStore(t, kind)
      for (let n = 0; n < 5; n += 1) await putOnIndex(store, [])
      await putOnIndex(store, [], { code: WAR })
      const first = await store.listReceipts(HAL, { limit: 2, after: undefined })
      const second = await store.listReceipts(HAL, { limit: 2, after: first.next as string })
      const third = await store.listReceipts(HAL, { limit: 2, after: second.next as string })
      t.same(
        [first, second, third].map(({ items }) => items.map(({ sequence }) => sequence)),
        [[5, 4], [3, 2], [1]],
      )
      t.equal(third.next, null)
      t.match(await store.listReceipts(HAL, { limit: 5, after: undefined }), {
        items: { length: 5 },
        next: null,
      })
    })

    await t.test('a cursor that the listing did not give is refused', async (t) => {
      const store = await openStore(t, kind)
      for (let n = 0; n < 2; n += 1) await putOnIndex(store, [aPlan(), aPlan({ nhsNumber: SASHA })])
      for (const id of ['access-1', 'access-2']) await store.lookUp(aQuestion(id, { collapseMs: 0 }))
      const listings: Record<string, (after: string | undefined) => Promise<Page<unknown>>> = {
        plans: (after) => store.listPlans(HAL, { limit: 1, after, visible: undefined, today: TODAY }),
        receipts: (after) => store.listReceipts(HAL, { limit: 1, after }),
        notifications: (after) =>
          store.listNotifications(HAL, { limit: 1, after, state: undefined, now: NOW }),
      }
      const text = (plain: string) => Buffer.from(plain).toString('base64url')
      for (const [name, list] of Object.entries(listings)) {
        const { next } = (await list(undefined)) as { next: string }
        t.match(await list(next), { items: { length: 1 }, next: null }, `${name} goes on`)
        const strange = [
          '',
          'x',
          ' ',
          `${next}=`,
          `${next} `,
          text(name),
          text(`${name}:`),
          text(`${name}:a b`),
        ]
        const foreign = Object.keys(listings).filter((other) => other !== name)
        const numbers = ['1e0', '0x1', '1.5', '-1', '01', 'one', '99999999999999999999']
        const wrong = [
          ...strange,
          ...foreign.map((other) => text(`${other}:1`)),
          ...(name === 'plans' ? [] : numbers.map((number) => text(`${name}:${number}`))),
        ]
        for (const after of wrong) {
          await t.rejects(
            list(after),
            { name: 'HubError', code: 'CURSOR' },
            `${name}: ${JSON.stringify(after)}`,
          )
        }
      }
    })
  })

  t.test(`the ${kind.name} store: lookups`, async (t) => {
    await t.test(
      'an unscheduled hit is recorded, told to every holder, and answered from the same read',
      async (t) => {
        const store = await openStore(t, kind)
        await putOnIndex(store, [aPlan({ localId: 'H1', startDate: '2026-01-01' })])
        await putOnIndex(store, [aPlan({ authorityCode: WAR, planType: 'LAC' })], { code: WAR })
        const outcome = answered(await store.lookUp(aQuestion('access-1')))
        t.same(
          outcome.plans.map(({ plan, authority }) => [plan.id, authority.code]),
          [
            [`${WAR}-${ROBIN}-LAC-2026-03-02`, WAR],
            [`${HAL}-${ROBIN}-CPP-2026-01-01`, HAL],
          ],
        )
        const event = { id: 'access-1', at: NOW, ...WHISTON_NURSE, location: 'Emergency department' }
        t.same(outcome.accesses, [event])
        t.same(outcome.access, { id: 'access-1', at: NOW, repeat: false, notified: [HAL, WAR] })
        t.equal(outcome.replayed, false)
        t.same(await queueOf(store, HAL), [`access-1.${HAL}`])
        t.same(await queueOf(store, WAR), [`access-1.${WAR}`])
        const lease = {
          authorityCode: HAL,
          leaseId: 'lease-1',
          max: 10,
          now: NOW,
          leasedUntil: addMs(NOW, 1),
        }
        t.same(await store.leaseNotifications(lease), [
          {
            id: `access-1.${HAL}`,
            kind: 'access',
            createdAt: NOW,
            attempt: 1,
            nhsNumber: ROBIN,
            localIds: ['H1'],
            plans: [
              {
                planType: 'CPP',
                planName: 'Child protection plan',
                status: 'active',
                startDate: '2026-01-01',
                endDate: null,
                expectedDeliveryDate: null,
              },
            ],
            access: event,
          },
        ])
      },
    )

    await t.test('a silent lookup, a miss and a hidden plan write nothing', async (t) => {
      const store = await openStore(t, kind)
      await putOnIndex(store, [
        aPlan(),
        aPlan({ nhsNumber: SASHA, startDate: '2020-01-01', endDate: '2025-11-23' }),
      ])
      const before = await seenOf(store)
      const nothing = { kind: 'answered', plans: [], accesses: [], access: null, replayed: false }
      const keyed = { idempotency: aKey('k1') }
      const silent = answered(await store.lookUp(aQuestion('access-1', { silent: true, ...keyed })))
      t.match(silent, { plans: { length: 1 }, accesses: [], access: null, replayed: false })
      t.same(await store.lookUp(aQuestion('access-2', { nhsNumber: NOBODY as NhsNumber, ...keyed })), nothing)
      t.same(await store.lookUp(aQuestion('access-3', { nhsNumber: SASHA as NhsNumber, ...keyed })), nothing)
      t.same(await seenOf(store), before)
      const hit = answered(await store.lookUp(aQuestion('access-4', keyed)))
      t.match(hit, { access: { id: 'access-4' }, replayed: false }, 'nor is the key used up')
      t.equal(hit.accesses.length, 1)
    })

    await t.test('plans of an authority that is not visible to health do not show', async (t) => {
      const store = await openStore(t, kind)
      await putOnIndex(store, [aPlan()])
      const move = (status: 'testing' | 'suspended' | 'live') =>
        changeAuthority(store, { status }, { force: true })
      await move('suspended')
      t.equal(answered(await store.lookUp(aQuestion('access-1'))).plans.length, 1)
      await move('testing')
      t.match(await store.lookUp(aQuestion('access-2')), { plans: [], access: null })
      await move('live')
      t.match(await store.lookUp(aQuestion('access-3')), { plans: { length: 1 }, access: { id: 'access-1' } })
    })

    await t.test(
      'the collapse is per number, organisation and user, and runs from the recorded event',
      async (t) => {
        const store = await openStore(t, kind)
        await putOnIndex(store, [aPlan(), aPlan({ nhsNumber: SASHA })])
        const ask = async (id: string, fields: object) => {
          const { access } = answered(await store.lookUp(aQuestion(id, fields)))
          return `${access?.id} ${access?.repeat ? 'repeat' : 'new'}`
        }
        const otherWard = { ...WHISTON_NURSE, organisation: { odsCode: 'RXX01', name: 'Elsewhere' } }
        t.equal(await ask('a1', {}), 'a1 new')
        t.equal(await ask('a2', { now: addMs(NOW, HOUR_MS) }), 'a1 repeat')
        t.equal(await ask('a3', { requester: RECEPTION }), 'a3 new')
        t.equal(await ask('a4', { requester: otherWard }), 'a4 new')
        t.equal(await ask('a5', { nhsNumber: SASHA }), 'a5 new')
        t.equal(await ask('a6', { now: addMs(NOW, DAY_MS - 1) }), 'a1 repeat')
        t.equal(await ask('a7', { now: addMs(NOW, DAY_MS) }), 'a7 new')
        t.equal(await ask('a8', { now: addMs(NOW, DAY_MS + 1), collapseMs: 0 }), 'a8 new')
        t.equal(await ask('a9', { now: addMs(NOW, -1) }), 'a9 new', 'the clock went back')
        t.equal(await ask('a10', { now: addMs(NOW, 1) }), 'a1 repeat', 'whatever lies ahead of it')
        t.equal((await queueOf(store)).length, 7)
      },
    )

    await t.test('a repeat still tells an authority whose plan came in between, once', async (t) => {
      const store = await openStore(t, kind)
      await putOnIndex(store, [aPlan()])
      await store.lookUp(aQuestion('a1'))
      await putOnIndex(store, [aPlan({ authorityCode: WAR })], { code: WAR })
      await putOnIndex(store, [], { removed: [aPlan()] })
      for (const id of ['a2', 'a3']) {
        const { access } = answered(await store.lookUp(aQuestion(id, { now: addMs(NOW, HOUR_MS) })))
        t.same(access, { id: 'a1', at: NOW, repeat: true, notified: [HAL, WAR] })
      }
      t.same(await queueOf(store, HAL), [`a1.${HAL}`])
      t.same(await queueOf(store, WAR), [`a1.${WAR}`])
    })

    await t.test('the same user at once, many times, is one event and one notification', async (t) => {
      const store = await openStore(t, kind)
      await putOnIndex(store, [aPlan()])
      const ids = Array.from({ length: 40 }, (_, i) => `a${i}`)
      const outcomes = await Promise.all(ids.map((id) => store.lookUp(aQuestion(id))))
      const events = outcomes.map((outcome) => answered(outcome).access)
      t.equal(new Set(events.map((access) => access?.id)).size, 1)
      t.equal(events.filter((access) => access?.repeat === false).length, 1)
      t.equal((await queueOf(store)).length, 1)
    })

    await t.test('the 25 latest accesses are shown, newest first, the current one included', async (t) => {
      const store = await openStore(t, kind)
      await putOnIndex(store, [aPlan()])
      for (let i = 0; i < 27; i += 1) {
        await store.lookUp(aQuestion(`a${i}`, { collapseMs: 0, now: addMs(NOW, i) }))
      }
      const { accesses } = answered(await store.lookUp(aQuestion('none', { silent: true })))
      t.same(
        accesses.map(({ id }) => id),
        Array.from({ length: 25 }, (_, i) => `a${26 - i}`),
      )
    })

    await t.test('a key pins the access of its first answer; the plans are read afresh', async (t) => {
      const store = await openStore(t, kind)
      await putOnIndex(store, [aPlan()])
      const idempotency = aKey('k1')
      const { newlyNotified, ...first } = answered(await store.lookUp(aQuestion('a1', { idempotency })))
      t.same(newlyNotified, [HAL])
      const again = answered(await store.lookUp(aQuestion('a2', { idempotency, collapseMs: 0 })))
      t.same(again, { ...first, replayed: true })
      const reused = { kind: 'key-reused' }
      t.same(await store.lookUp(aQuestion('a3', { idempotency: aKey('k1', 'other') })), reused)
      const elsewhere = { origin: { ...ORIGIN, caller: 'RXX01' }, idempotency: aKey('k1', 'other') }
      t.match(
        await store.lookUp(aQuestion('a4', elsewhere)),
        { replayed: false },
        'a key is its caller’s own',
      )
      await putOnIndex(store, [], { removed: [aPlan()] })
      t.same(await store.lookUp(aQuestion('a5', { idempotency })), {
        ...first,
        plans: [],
        accesses: [],
        replayed: true,
      })
      await putOnIndex(store, [aPlan()])
      const dayLater = { idempotency, now: addMs(NOW, DAY_MS), collapseMs: 0 }
      t.match(await store.lookUp(aQuestion('a6', dayLater)), { access: { id: 'a6' }, replayed: false })
      t.same(await queueOf(store), [`a1.${HAL}`, `a6.${HAL}`])
    })

    await t.test('one key used by many at once has one effect', async (t) => {
      const store = await openStore(t, kind)
      await putOnIndex(store, [aPlan()])
      const ask = (id: string) => aQuestion(id, { idempotency: aKey('k1'), collapseMs: 0 })
      const outcomes = await Promise.all(['a1', 'a2', 'a3', 'a4'].map((id) => store.lookUp(ask(id))))
      t.equal(outcomes.filter((outcome) => !answered(outcome).replayed).length, 1)
      t.equal(new Set(outcomes.map((outcome) => answered(outcome).access?.id)).size, 1)
      t.equal((await queueOf(store)).length, 1)
    })
  })

  t.test(`the ${kind.name} store: attendances`, async (t) => {
    await t.test('a visit is told to every holder of a visible plan, and each visit anew', async (t) => {
      const store = await openStore(t, kind)
      await putOnIndex(store, [aPlan({ localId: 'H1' })])
      await putOnIndex(
        store,
        [aPlan({ authorityCode: WAR, startDate: '2020-01-01', endDate: '2025-11-23' })],
        {
          code: WAR,
        },
      )
      const report = {
        note: 'With an aunt',
        safeguardingConcern: true,
        callback: { name: 'Jo', phone: '01632 960100' },
      }
      const recorded = { kind: 'recorded', replayed: false, found: true, notified: [HAL] }
      t.same(await store.recordAttendance(aVisitEntry('v1', report)), { ...recorded, id: 'v1' })
      t.same(await store.recordAttendance(aVisitEntry('v2', report)), { ...recorded, id: 'v2' })
      t.same(await queueOf(store), [`v1.${HAL}`, `v2.${HAL}`])
      t.same(await queueOf(store, WAR), [])
      const lease = { authorityCode: HAL, leaseId: 'lease-1', max: 1, now: NOW, leasedUntil: addMs(NOW, 1) }
      const { nhsNumber, ...attendance } = aVisitEntry('v1', report).report
      t.match(await store.leaseNotifications(lease), [
        { kind: 'attendance', nhsNumber, localIds: ['H1'], attendance: { id: 'v1', ...attendance } },
      ])
    })

    await t.test('a visit that finds nothing is recorded and tells nobody', async (t) => {
      const store = await openStore(t, kind)
      const miss = { kind: 'recorded', replayed: false, id: 'v1', found: false, notified: [] }
      t.same(await store.recordAttendance(aVisitEntry('v1')), miss)
      t.same(await store.listQueueDepths(NOW), [])
    })

    await t.test(
      'an access that is unknown, or of another number, is refused and nothing stored',
      async (t) => {
        const store = await openStore(t, kind)
        await putOnIndex(store, [aPlan(), aPlan({ nhsNumber: SASHA })])
        await store.lookUp(aQuestion('a1'))
        const before = await seenOf(store)
        const keyed = { idempotency: aKey('k1') }
        const unknown = { kind: 'access-unknown' }
        t.same(await store.recordAttendance(aVisitEntry('v1', { accessId: 'a9' }, keyed)), unknown)
        const ofSasha = { accessId: 'a1', nhsNumber: SASHA as NhsNumber }
        t.same(await store.recordAttendance(aVisitEntry('v2', ofSasha, keyed)), unknown)
        t.same(await seenOf(store), before)
        const mended = await store.recordAttendance(aVisitEntry('v3', { accessId: 'a1' }, keyed))
        t.match(mended, { kind: 'recorded', replayed: false, id: 'v3' }, 'only a success is kept under a key')
      },
    )

    await t.test('a key makes a retry safe', async (t) => {
      const store = await openStore(t, kind)
      await putOnIndex(store, [aPlan()])
      const entry = (id: string, fields: object = {}) =>
        store.recordAttendance(aVisitEntry(id, {}, { idempotency: aKey('k1'), ...fields }))
      const outcomes = await Promise.all([entry('v1'), entry('v2'), entry('v3')])
      const answer = { kind: 'recorded', found: true, notified: [HAL], id: 'v1' }
      t.same(outcomes, [
        { ...answer, replayed: false },
        { ...answer, replayed: true },
        { ...answer, replayed: true },
      ])
      t.same(await entry('v4', { idempotency: aKey('k1', 'other') }), { kind: 'key-reused' })
      t.match(await entry('v5', { now: addMs(NOW, DAY_MS) }), { id: 'v5', replayed: false })
      t.same(await queueOf(store), [`v1.${HAL}`, `v5.${HAL}`])
      const { access } = answered(await store.lookUp(aQuestion('a1', { idempotency: aKey('k1', 'lookup') })))
      t.equal(access?.id, 'a1', 'a key is of its route')
    })
  })

  t.test(`the ${kind.name} store: the register of people`, async (t) => {
    const moment = { now: NOW, today: TODAY, peopleMax: 3 }
    const anybody = (nhsNumber: string, fields: Partial<Person> = {}): Person => ({
      ...newPerson(nhsNumber as NhsNumber),
      familyName: 'Ashdown',
      givenNames: ['Zoë'],
      birthDate: '2015-06-01' as CalendarDate,
      ...fields,
    })
    const search = {
      familyName: 'ash*',
      givenNames: [],
      bornFrom: null,
      bornTo: null,
      gender: null,
      resultsMax: 2,
    }
    const save = (store: Store, nhsNumber: string, change: PersonChange, newEventId = 'e1') =>
      store.savePerson({ nhsNumber: nhsNumber as NhsNumber, change, ...moment, newEventId })

    await t.test('a person is as was put, and changes count', async (t) => {
      const store = await openStore(t, kind)
      t.equal(await store.findPerson(ROBIN as NhsNumber), undefined)
      t.same(await store.findPresentPerson(ROBIN as NhsNumber), { kind: 'unknown' })
      const { nhsNumber: _, madeBySeed: __, version: ___, ...robin } = anybody(ROBIN, { gender: 'other' })
      const created = await save(store, ROBIN, robin)
      t.same(created, { kind: 'created', person: anybody(ROBIN, { gender: 'other' }), notified: [] })
      t.match(await save(store, ROBIN, { familyName: null }), { kind: 'changed', person: { version: 2 } })
      t.same(await store.findPerson(ROBIN as NhsNumber), {
        ...anybody(ROBIN, { gender: 'other' }),
        familyName: null,
        version: 2,
      })
      t.same(await save(store, ROBIN, { state: 'superseded' }), { kind: 'replacement', fault: 'missing' })
      t.match(await store.findPerson(ROBIN as NhsNumber), { state: 'normal', version: 2 })
    })

    await t.test('many come at once or not at all, and leave what was put one by one', async (t) => {
      const store = await openStore(t, kind)
      const saveAll = (...people: Person[]) => store.savePeople({ people, ...moment, newEventId: 'e1' })
      t.match(await saveAll(anybody(ROBIN), anybody(SASHA)), {
        kind: 'saved',
        added: 2,
        replaced: 0,
        left: 0,
      })
      const more = [anybody(NOBODY), anybody(syntheticNumber(9))]
      t.same(await saveAll(...more), { kind: 'full' })
      t.equal(await store.findPerson(NOBODY as NhsNumber), undefined, 'none of them')
      await save(store, SASHA, { familyName: 'Mine' })
      const again = await saveAll(anybody(ROBIN, { familyName: 'New' }), anybody(SASHA), anybody(NOBODY))
      t.match(again, { kind: 'saved', added: 1, replaced: 1, left: 1 })
      t.match(await store.findPerson(ROBIN as NhsNumber), { familyName: 'New', madeBySeed: true, version: 2 })
      t.match(await store.findPerson(SASHA as NhsNumber), { familyName: 'Mine', madeBySeed: false })
      t.same(await save(store, syntheticNumber(9), {}), { kind: 'full' })
      t.match(await save(store, NOBODY, { gender: 'male' }), { kind: 'changed' }, 'a change needs no room')
    })

    await t.test('a search finds each once, under the number in use, or too many', async (t) => {
      const store = await openStore(t, kind)
      const people = [
        anybody(ROBIN, { state: 'superseded', replacedBy: SASHA as NhsNumber }),
        anybody(SASHA, { familyName: 'Ashton' }),
        anybody(NOBODY, { familyName: 'Ash-Dune', birthDate: '2016-01-01' as CalendarDate }),
      ]
      await store.savePeople({ people, ...moment, newEventId: 'e1' })
      const found = await store.searchPeople(search)
      const numbers = found.kind === 'found' ? found.people.map(({ nhsNumber }) => nhsNumber).sort() : []
      t.same(numbers, [SASHA, NOBODY])
      t.same(await store.searchPeople({ ...search, resultsMax: 1 }), { kind: 'too-many' })
      const bornTo = '2015-12-31' as CalendarDate
      t.match(await store.searchPeople({ ...search, bornTo }), { people: [{ nhsNumber: SASHA }] })
      t.same(await store.searchPeople({ ...search, familyName: 'Ash' }), { kind: 'found', people: [] })
    })

    await t.test('a number goes out of use with the news of it, or not at all', async (t) => {
      const store = await openStore(t, kind)
      await putOnIndex(store, [aPlan(), aPlan({ planType: 'LAC' })])
      await putOnIndex(store, [aPlan({ authorityCode: WAR })], { code: WAR })
      await save(store, ROBIN, {})
      const gone = await save(store, ROBIN, { state: 'invalidated' }, 'e2')
      t.match(gone, { kind: 'changed', notified: [HAL, WAR] })
      t.same([await queueOf(store), await queueOf(store, WAR)], [[`e2.${HAL}`], [`e2.${WAR}`]])
      t.match(await save(store, ROBIN, { state: 'invalidated' }, 'e3'), { notified: [] })
      await save(store, ROBIN, { state: 'normal' }, 'e4')
      await save(store, ROBIN, { state: 'superseded', replacedBy: SASHA as NhsNumber }, 'e5')
      t.same(await queueOf(store), [`e2.${HAL}`, `e5.${HAL}`])
      t.match(await store.findPresentPerson(ROBIN as NhsNumber), {
        kind: 'found',
        person: { nhsNumber: SASHA },
      })
    })
  })

  t.test(`the ${kind.name} store keeps everything when it is opened again`, async (t) => {
    const directory = t.testdir()
    const fill = async () => {
      const store = await kind.open(directory)
      await putOnIndex(store, [aPlan({ givenNames: ['Zoë'] })])
      await store.keepReturned(aReceipt({ id: 'returned', sequence: 2, outcome: 'returned' }), ORIGIN)
      await store.lookUp(aQuestion('a1', { idempotency: aKey('k1') }))
      await store.recordAttendance(aVisitEntry('v1'))
      await store.leaseNotifications({
        authorityCode: HAL,
        leaseId: 'lease-1',
        max: 1,
        now: NOW,
        leasedUntil: addMs(NOW, HOUR_MS),
      })
      await store.keepMaintenanceMark({ lastMaintenanceAt: NOW, lastDay: TODAY }, [TODAY])
      await store.keepHealthActivity({
        changed: [{ odsCode: 'RBN01', lastLookupAt: NOW, lastAttendanceAt: null }],
        forgotten: [],
      })
      const seen = await seenOf(store)
      await store.close()
      return seen
    }
    const before = await fill()
    const store = await openStore(t, kind, directory)
    t.same(await seenOf(store), before)
    t.match(await store.lookUp(aQuestion('a2', { idempotency: aKey('k1') })), {
      access: { id: 'a1' },
      accesses: [{ id: 'a1' }],
      replayed: true,
    })
    t.match(before, { mark: { lastDay: TODAY as CalendarDate, lastMaintenanceAt: NOW as Instant } })
  })
}
