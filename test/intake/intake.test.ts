import t from 'tap'
import { systemMachineClock } from '../../src/clock.js'
import { Intake } from '../../src/intake/intake.js'
import type { IntakeJob } from '../../src/intake/intake-job.js'

t.test('whatever ends the intake thread, who waits is told to send again, and so is the next', async (t) => {
  const intake = new Intake('/nowhere/at/all/hub.db', systemMachineClock)
  t.teardown(() => intake.close())
  const job = { body: Buffer.from('{}'), format: 'json' } as unknown as IntakeJob
  const both = await Promise.allSettled([intake.check(job), intake.check(job)])
  const third = await Promise.allSettled([intake.check(job)])
  for (const settled of [...both, ...third])
    t.match(settled, { status: 'rejected', reason: { code: 'STORE_UNAVAILABLE', cause: Error } })
})

t.test('nor does a thread that cannot even be given its work stop the next', async (t) => {
  const intake = new Intake('/nowhere/at/all/hub.db', systemMachineClock)
  t.teardown(() => intake.close())
  const unsendable = { body: Buffer.from('{}'), format: () => {} } as unknown as IntakeJob
  const all = await Promise.allSettled([intake.check(unsendable), intake.check(unsendable)])
  for (const settled of all) t.match(settled, { status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } })
})

t.test('an intake that stops refuses what waits and what comes, and starts no thread for it', async (t) => {
  const intake = new Intake('/nowhere/at/all/hub.db', systemMachineClock)
  const job = { body: Buffer.from('{}'), format: 'json' } as unknown as IntakeJob
  const [checked, waiting] = [intake.check(job), intake.check(job)].map((each) =>
    each.catch((error) => error),
  )
  intake.stop()
  t.match(await waiting, { code: 'STORE_UNAVAILABLE', detail: /^The hub is stopping\./ })
  await t.rejects(intake.check(job), { message: /The hub is stopping\./ })
  await intake.close()
  t.match(await checked, { code: 'STORE_UNAVAILABLE' }, 'what was being checked is answered too')
})
