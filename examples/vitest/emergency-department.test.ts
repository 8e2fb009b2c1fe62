import { createHub, fixedClock } from 'cpis-hub'
import { expect, onTestFinished, test } from 'vitest'
import { EmergencyDepartment, show } from './emergency-department.js'

const HALTON = 'E06000006'
const KNOWSLEY = 'E08000011'
const ROBIN = '9990000018'
const NURSE = { id: '555500000001', name: 'Jo Bright', roleName: 'Nurse' }
const ARRIVED = { event: 'arrived', at: '2026-11-24T09:25:00.000Z' } as const

/** A hub of its own for each test, and a department beside it, which does not wait but notes how long it would. */
async function open() {
  const hub = await createHub({ clock: fixedClock('2026-11-24T09:30:00Z') })
  onTestFinished(() => hub.close())
  const waits: number[] = []
  const department = new EmergencyDepartment({
    hubUrl: await hub.listen(),
    organisation: { odsCode: 'RBN01', name: 'Whiston Hospital (simulated)' },
    wait: async (seconds) => waits.push(seconds),
  })
  const ask = async (method: 'GET' | 'POST', url: string, payload?: object) => {
    const reply = await hub.app.inject({ method, url, ...(payload && { payload }) })
    expect(reply.statusCode, reply.body).toBeLessThan(400)
    return reply.json()
  }
  return {
    department,
    waits,
    seed: (...authorityCodes: string[]) =>
      hub.seed({
        plans: authorityCodes.map((authorityCode) => ({
          authorityCode,
          nhsNumber: ROBIN,
          planType: 'CPP',
          startDate: '2026-03-02',
        })),
      }),
    fault: (route: string, times: number, what: object) =>
      ask('POST', '/tester/faults', { match: { route }, times, do: what }),
    advance: (duration: string) => hub.clock.set({ advance: duration }),
    told: async (authorityCode: string): Promise<{ kind: string; attendance?: { accessId: string } }[]> =>
      (await ask('POST', `/v1/authorities/${authorityCode}/notifications/lease`)).notifications,
  }
}

test('every plan is shown, with whom to ring by day and by night', async () => {
  const { department, seed } = await open()
  await seed(HALTON, KNOWSLEY)
  const known = await department.lookUp(ROBIN, NURSE)
  expect(show(known)).toEqual([
    'Child protection plan (active), Halton: by day 01632 960005, by night 01632 960405.',
    expect.stringMatching(
      /^Child protection plan \(active\), Knowsley: by day 01632 960\d+, by night 01632 960\d+\.$/,
    ),
  ])
  expect(known.access?.notified).toEqual([HALTON, KNOWSLEY])
})

test('a hub that is busy is asked again after as long as it says, and tells the authority once', async () => {
  const { department, seed, fault, waits, told } = await open()
  await seed(HALTON)
  await fault('/v1/lookups', 2, { status: 503, retryAfterSeconds: 3 })
  expect(show(await department.lookUp(ROBIN, NURSE))).toHaveLength(1)
  expect(waits).toEqual([3, 3])
  expect(await told(HALTON)).toHaveLength(1)
})

test('a visit whose reply was lost is reported again under the same key, and the authority is told once', async () => {
  const { department, seed, fault, told } = await open()
  await seed(HALTON)
  const known = await department.lookUp(ROBIN, NURSE)
  await fault('/v1/attendances', 1, { drop: 'after' })
  expect(await department.reportVisit(known, NURSE, ARRIVED)).toMatchObject({ notified: [HALTON] })
  const notifications = await told(HALTON)
  expect(notifications.map(({ kind }) => kind)).toEqual(['access', 'attendance'])
  expect(notifications[1]?.attendance?.accessId).toBe(known.access?.id)
})

test('a reply that breaks off is no reply', async () => {
  const { department, seed, fault } = await open()
  await seed(HALTON)
  await fault('/v1/lookups', 1, { truncate: 40 })
  expect(show(await department.lookUp(ROBIN, NURSE))).toHaveLength(1)
})

test('a hub that does not answer is never shown as "no plan"', async () => {
  const { department, seed, fault, waits } = await open()
  await seed(HALTON)
  await fault('/v1/lookups', 5, { status: 503 })
  await expect(department.lookUp(ROBIN, NURSE)).rejects.toThrow('does not mean that there is no plan')
  expect(waits).toHaveLength(4)
})

test('a plan of a list that is out of date says so', async () => {
  const { department, seed, advance } = await open()
  await seed(HALTON)
  await advance('PT27H')
  expect(show(await department.lookUp(ROBIN, NURSE))).toEqual([
    expect.stringMatching(/Its list is out of date/),
  ])
})
