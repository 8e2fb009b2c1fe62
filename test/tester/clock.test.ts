import fc from 'fast-check'
import t from 'tap'
import { parseDuration } from '../../src/domain/duration.js'
import { createHub, type Hub } from '../../src/index.js'
import { get, stateOf } from '../helpers/calls.js'
import { NOW, openHub, setClock } from '../helpers/hub.js'
import {
  acknowledge,
  aDataset,
  aRecord,
  HALTON,
  lease,
  lookUp,
  ROBIN,
  SASHA,
  submit,
  WARRINGTON,
} from '../helpers/seed.js'

const put = (hub: Awaited<ReturnType<typeof openHub>>['hub'], payload: object) =>
  hub.app.inject({ method: 'PUT', url: '/tester/clock', payload })

t.test('a duration of weeks, days and time is read to the millisecond, and nothing else is', async (t) => {
  const part = fc.option(fc.nat(9_999), { nil: undefined })
  fc.assert(
    fc.property(part, part, part, part, part, (weeks, days, hours, minutes, seconds) => {
      const written = (n: number | undefined, unit: string) => (n === undefined ? '' : `${n}${unit}`)
      const time = `${written(hours, 'H')}${written(minutes, 'M')}${written(seconds, 'S')}`
      const text = `P${written(weeks, 'W')}${written(days, 'D')}${time && `T${time}`}`
      const inSeconds = ((weeks ?? 0) * 7 + (days ?? 0)) * 86_400 + (hours ?? 0) * 3_600
      const ms = (inSeconds + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1_000
      return parseDuration(text) === (text === 'P' ? undefined : ms)
    }),
  )
  t.equal(parseDuration('PT0.25S'), 250)
  for (const text of [
    '',
    'P',
    'PT',
    'P1M',
    'P1Y',
    '-P1D',
    'P-1D',
    '+P1D',
    '25H',
    'P1DT',
    'pt1h',
    'PT1H ',
    'PT1.5H',
  ])
    t.equal(parseDuration(text), undefined, text)
})

t.test('/tester/clock shows, sets, advances, freezes and unsets the hub’s clock', async (t) => {
  const { hub, clock } = await openHub(t)
  t.strictSame(await get(hub, '/tester/clock'), { now: NOW, real: NOW, mode: 'real' })
  const set = await put(hub, { now: '2026-12-24T18:00:00+01:00' })
  t.equal(set.statusCode, 200)
  t.strictSame(set.json(), { now: '2026-12-24T17:00:00.000Z', real: NOW, mode: 'offset' })
  clock.set('2026-11-24T10:30:00.000Z')
  t.equal((await get(hub, '/tester/clock')).now, '2026-12-24T18:00:00.000Z', 'it runs')
  t.match((await put(hub, { advance: 'PT25H', frozen: true })).json(), {
    now: '2026-12-25T19:00:00.000Z',
    mode: 'frozen',
  })
  clock.set('2026-11-24T11:30:00.000Z')
  t.equal((await get(hub, '/tester/clock')).now, '2026-12-25T19:00:00.000Z', 'it stands still')
  t.match((await put(hub, { advance: 'P1D' })).json(), { now: '2026-12-26T19:00:00.000Z', mode: 'frozen' })
  t.match((await put(hub, { now: '2026-01-01T00:00:00Z' })).json(), {
    now: '2026-01-01T00:00:00.000Z',
    mode: 'frozen',
  })
  t.match((await put(hub, { frozen: false })).json(), { now: '2026-01-01T00:00:00.000Z', mode: 'offset' })
  const unset = await hub.app.inject({ method: 'DELETE', url: '/tester/clock' })
  t.strictSame(unset.json(), {
    now: '2026-11-24T11:30:00.000Z',
    real: '2026-11-24T11:30:00.000Z',
    mode: 'real',
  })
  t.match((await put(hub, { frozen: true })).json(), { now: '2026-11-24T11:30:00.000Z', mode: 'frozen' })
})

t.test('a wish that is none is refused with its fault, and the clock stays', async (t) => {
  const { hub } = await openHub(t)
  for (const [wish, pointer] of [
    [{}, ''],
    [{ now: '2026-11-25T00:00:00Z', advance: 'PT1H' }, '/advance'],
    [{ advance: 'P1M' }, '/advance'],
    [{ advance: '-PT1H' }, '/advance'],
    [{ advance: 'P999999W' }, '/advance'],
    [{ now: '2026-02-30T00:00:00Z' }, '/now'],
    [{ now: '2026-11-25' }, '/now'],
    [{ now: '1066-10-14T09:00:00Z' }, '/now'],
    [{ now: '2060-01-01T00:00:00Z' }, ''],
    [{ frozen: 'true' }, '/frozen'],
    [{ later: 'PT1H' }, '/later'],
  ] as const) {
    const reply = await put(hub, wish)
    t.equal(reply.statusCode, 400, JSON.stringify(wish))
    t.match(reply.json(), { code: 'SCHEMA_VIOLATION', errors: [{ pointer }] }, JSON.stringify(wish))
  }
  t.equal((await get(hub, '/tester/clock')).mode, 'real')
})

t.test(
  'each midnight that the clock moves over has its maintenance, as of that midnight, once',
  async (t) => {
    const { hub } = await openHub(t, { retentionDays: 10 })
    await submit(
      hub,
      HALTON,
      aDataset(1, [
        aRecord({ startDate: '2025-03-02', endDate: '2025-11-25' }),
        aRecord({ nhsNumber: SASHA }),
      ]),
    )
    const robins = (await lookUp(hub, ROBIN)).json().access.id
    await acknowledge(hub, HALTON, [`${robins}.${HALTON}`])
    await put(hub, { now: '2026-11-28T15:00:00Z', frozen: true })
    const told = async () =>
      (await lease(hub, HALTON))
        .json()
        .notifications.map(({ createdAt, overdue }: never) => [createdAt, (overdue as { date: string }).date])
    t.strictSame(
      await told(),
      [
        ['2026-11-26T00:00:00.000Z', '2026-11-25'],
        ['2026-11-27T00:00:00.000Z', '2026-11-26'],
        ['2026-11-28T00:00:00.000Z', '2026-11-27'],
      ],
      'it became overdue at half past eleven on the 25th',
    )
    t.equal((await get(hub, `/v1/authorities/${HALTON}/plans`)).items.length, 1, 'day 366 has passed')
    t.equal((await get(hub, '/v1/freshness')).hub.lastMaintenanceAt, '2026-11-28T00:00:00.000Z')
    await put(hub, { now: '2026-12-06T00:00:00Z' })
    const isKnown = async () =>
      (
        await hub.app.inject({
          method: 'POST',
          url: '/v1/attendances',
          payload: {
            nhsNumber: ROBIN,
            requester: {
              organisation: { odsCode: 'RBN01', name: 'Whiston' },
              user: { id: '1', name: 'Jo Bright', roleName: 'Nurse' },
            },
            accessId: robins,
            service: 'emergency-department',
            event: 'arrived',
            at: '2026-11-24T09:25:00Z',
          },
        })
      ).statusCode === 201
    t.notOk(await isKnown(), 'ten days after the midnight of the 26th, at which the plan left')
  },
)

t.test('a day that has run does not run again after the clock went back', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  await put(hub, { now: '2026-11-28T15:00:00Z' })
  const before = (await get(hub, `/v1/authorities/${HALTON}/notifications`)).items
  t.equal(before.length, 3)
  await put(hub, { now: '2026-11-24T12:00:00Z' })
  await submit(hub, 'E06000007', aDataset(1, [aRecord()]))
  await put(hub, { now: '2026-11-28T16:00:00Z' })
  await hub.runMaintenance()
  t.strictSame((await get(hub, `/v1/authorities/${HALTON}/notifications`)).items.length, 3)
  t.strictSame((await get(hub, '/v1/authorities/E06000007/notifications')).items, [], 'those days have run')
  await put(hub, { now: '2026-11-29T00:00:00Z' })
  t.equal((await get(hub, '/v1/authorities/E06000007/notifications')).items.length, 1, 'the next one runs')
})

t.test('the reset of an authority undoes its days, and no one else’s', async (t) => {
  const { hub } = await openHub(t)
  const days = async (code: string) =>
    (await get(hub, `/v1/authorities/${code}/notifications?limit=500`)).items.length
  const threeDays = async () => {
    await put(hub, { now: NOW })
    await submit(hub, HALTON, aDataset(1, [aRecord()]))
    await put(hub, { advance: 'P3D' })
    return days(HALTON)
  }
  t.equal(await threeDays(), 2)
  await hub.reset(HALTON)
  await put(hub, { now: NOW })
  await submit(hub, WARRINGTON, aDataset(1, [aRecord()]))
  t.equal(await threeDays(), 2, 'the same story once more')
  t.equal(await days(WARRINGTON), 0, 'for this one they have run')
  await put(hub, { now: NOW })
  await put(hub, { advance: 'P3D' })
  t.equal(await days(HALTON), 2, 'and now they have run for both')
})

t.test('a hub without the controls does every day, whichever a tester’s clock had passed', async (t) => {
  const dataDir = t.testdir()
  const real = setClock()
  const open = (testerControls: boolean) => createHub({ dataDir, clock: real, testerControls })
  const before = await open(true)
  await before.clock.set({ advance: 'P5D' })
  await before.clock.unset()
  await before.close()
  const after = await open(false)
  t.teardown(() => after.close())
  await submit(after, HALTON, aDataset(1, [aRecord()]))
  real.set('2026-11-28T09:30:00Z')
  await after.runMaintenance()
  t.equal((await get(after, `/v1/authorities/${HALTON}/notifications`)).items.length, 3)
})

t.test('moving within a day tells nobody, and a midnight is London’s', async (t) => {
  const { hub } = await openHub(t)
  await put(hub, { now: '2027-06-01T12:00:00Z', frozen: true })
  await submit(hub, HALTON, aDataset(1, [aRecord()], { extractedAt: '2027-06-01T02:00:00Z' }))
  const count = async () => (await get(hub, `/v1/authorities/${HALTON}/notifications`)).items.length
  await put(hub, { now: '2027-06-02T22:59:59Z' })
  t.equal(await count(), 0)
  await put(hub, { advance: 'PT1S' })
  t.equal(await count(), 1, 'summer time: midnight is 23:00 UTC')
})

t.test('the rules follow the clock, and whoever waits for a lease that runs out notices', async (t) => {
  const { hub } = await openHub(t)
  await submit(hub, HALTON, aDataset(1, [aRecord()]))
  await lookUp(hub, ROBIN)
  t.match((await lookUp(hub, ROBIN)).json(), { access: { repeat: true } })
  t.equal((await lease(hub, HALTON, { leaseSeconds: 3_600 })).json().notifications.length, 1)
  const waiting = lease(hub, HALTON, { waitSeconds: 20 })
  await put(hub, { advance: 'PT1H' })
  t.match((await waiting).json().notifications, [{ attempt: 2 }])
  await put(hub, { advance: 'PT23H' })
  t.match((await lookUp(hub, ROBIN)).json(), { access: { repeat: false } }, 'the 24 hours have passed')
})

t.test('createHub has the same clock in process, and none of it without the controls', async (t) => {
  const { hub } = await openHub(t)
  t.strictSame(hub.clock.read(), { now: NOW, real: NOW, mode: 'real' })
  t.match(await hub.clock.set({ advance: 'PT1H', frozen: true }), { mode: 'frozen' })
  t.equal((await get(hub, '/tester/clock')).now, '2026-11-24T10:30:00.000Z')
  t.match(await hub.clock.unset(), { mode: 'real' })
  await t.rejects(hub.clock.set({ now: 'noon' }), { code: 'SCHEMA_VIOLATION', errors: [{ pointer: '/now' }] })
  const { hub: plain } = await openHub(t, { testerControls: false })
  t.throws(() => plain.clock, { name: 'ConfigError' })
  for (const method of ['GET', 'PUT', 'DELETE'] as const)
    t.match((await plain.app.inject({ method, url: '/tester/clock' })).json(), {
      status: 404,
      code: 'NOT_FOUND',
    })
})

t.test('the setting does not outlive a restart, and what the clock did does', async (t) => {
  const dataDir = t.testdir()
  const clock = () => NOW
  const before = await createHub({ dataDir, clock })
  await submit(before, HALTON, aDataset(1, [aRecord()]))
  await before.clock.set({ now: '2026-11-26T12:00:00Z' })
  const then = await stateOf(before, [HALTON])
  await before.close()
  const after = await createHub({ dataDir, clock })
  t.teardown(() => after.close())
  t.equal(after.clock.read().mode, 'real')
  t.strictSame((await stateOf(after, [HALTON])).authorities[0]?.notifications.items.length, 1)
  t.equal(then.authorities[0]?.notifications.items.length, 1)
})

t.test('a story that is set in the past of the machine has its midnights', async (t) => {
  const { hub } = await openHub(t)
  for (const begin of ['as it was made', 'after a reset']) {
    if (begin === 'after a reset') await hub.app.inject({ method: 'POST', url: '/tester/reset' })
    await put(hub, { now: '2026-10-05T12:00:00Z', frozen: true })
    await submit(hub, HALTON, aDataset(1, [aRecord()], { extractedAt: '2026-10-05T02:00:00Z' }))
    await put(hub, { advance: 'P2D' })
    const [notice, ...more] = (await get(hub, `/v1/authorities/${HALTON}/notifications`)).items
    t.match([notice, more], [{ kind: 'dataset-overdue', createdAt: '2026-10-06T23:00:00.000Z' }, []], begin)
    await put(hub, { now: '2026-11-26T12:00:00Z' })
    const { items } = await get(hub, `/v1/authorities/${HALTON}/notifications?limit=500`)
    t.equal(items.length, 51, 'also on the day on which the hub was made')
  }
})

t.test('which days have run is kept: a restart and a restore know it', async (t) => {
  const dataDir = t.testdir()
  const open = () => createHub({ dataDir, clock: () => NOW })
  const noticesOf = async (hub: Hub) =>
    (await get(hub, '/v1/authorities/E06000007/notifications')).items.length
  const before = await open()
  await before.snapshot('early')
  await before.clock.set({ now: '2026-11-28T15:00:00Z' })
  await before.close()
  const after = await open()
  t.teardown(() => after.close())
  await submit(after, 'E06000007', aDataset(1, [aRecord()]))
  await after.clock.set({ now: '2026-11-28T15:00:00Z' })
  t.equal(await noticesOf(after), 0, 'those days have run')
  await after.clock.set({ now: '2026-11-29T15:00:00Z' })
  t.equal(await noticesOf(after), 1)
  await after.restore('early')
  await submit(after, 'E06000007', aDataset(1, [aRecord()]))
  await after.clock.set({ now: '2026-11-28T15:00:00Z' })
  t.equal(await noticesOf(after), 3, 'the restore undid them')
})
