import { addMs, type Instant, londonDate, MINUTE_MS, systemClock, systemMachineClock } from '../clock.js'
import type { Receipt } from '../domain/receipt.js'
import { ENGLAND } from '../reference/england.js'
import { datasetJson } from '../synthetic/dataset-text.js'
import { type SyntheticDataset, syntheticEngland } from '../synthetic/england.js'
import { syntheticNhsNumbers } from '../synthetic/nhs-numbers.js'
import type { SyntheticRecord } from '../synthetic/people.js'
import { Random } from '../synthetic/random.js'
import { pc } from './colours.js'
import type { HubClient } from './hub-client.js'
import { accessText, lookupLines } from './lookup.js'
import { notificationLines } from './notification-text.js'
import { fewAtATime, startProgress } from './progress.js'
import { receiptLines } from './receipts.js'
import { countText, printLines } from './terminal.js'

const HALTON = 'E06000006'
const WARRINGTON = 'E06000007'
const AT_A_TIME = 4
const PROSE_WIDTH = 100

const NURSE = {
  organisation: { odsCode: 'RBN01', name: 'Whiston Hospital (simulated)' },
  user: { id: '555500000001', name: 'Jo Bright', roleName: 'Nurse' },
}

const SCHOOL_NURSE = {
  organisation: { odsCode: 'RY201', name: 'Bridgewater Community Nursing (simulated)' },
  user: { id: '555500000002', name: 'Max Field', roleName: 'School nurse' },
}

/** The loop, told step by step; everything goes through HTTP as it would from outside. */
export class Demonstration {
  readonly #hub: HubClient
  readonly #scale: number
  readonly #now: Instant = systemClock()
  #steps = 0

  constructor(hub: HubClient, scale: number) {
    this.#hub = hub
    this.#scale = scale
  }

  async show(): Promise<void> {
    say(
      pc.bold('cpis-hub: the national child-protection index of England, simulated.'),
      'Local authorities send the list of children they protect, every night. A hospital asks about one child, and the authority hears of it. Every person here is invented, and this hub keeps nothing.',
    )
    const england = await this.#loadEngland()
    const used = new Set(england.flatMap(({ records }) => records.map(({ nhsNumber }) => nhsNumber)))
    const stranger = unusedNumber(used)
    const halton = england[ENGLAND.findIndex(({ code }) => code === HALTON)] as SyntheticDataset
    const warrington = england[ENGLAND.findIndex(({ code }) => code === WARRINGTON)] as SyntheticDataset
    const child = warrington.records.find(({ planType }) => planType === 'LAC') as SyntheticRecord
    const nextNight = await this.#submitGood(halton, child)
    await this.#submitBad(nextNight)
    await this.#lookUp(child.nhsNumber, stranger)
    await this.#reportVisit(child.nhsNumber)
    await this.#drain()
    await this.#close()
  }

  async #loadEngland(): Promise<SyntheticDataset[]> {
    this.#step('The first night: every authority of England sends its dataset')
    const wish = { seed: 1, scale: this.#scale, sequence: 1, today: londonDate(this.#now) }
    const extractedAt = addMs(this.#now, -5 * MINUTE_MS)
    const england = [...syntheticEngland({ ...wish, extractedAt, authorities: ENGLAND })]
    const progress = startProgress('Submitting', england.length)
    const startedMs = systemMachineClock.now()
    let accepted = 0
    await fewAtATime(england, AT_A_TIME, async ({ authority, dataset }) => {
      const { outcome } = await this.#submit(authority.code, dataset)
      if (outcome === 'accepted') accepted += 1
      progress.advance(1)
    })
    progress.stop()
    const seconds = Math.round((systemMachineClock.now() - startedMs) / 1000)
    const plans = england.reduce((sum, { dataset }) => sum + dataset.recordCount, 0)
    say(
      `${accepted} of ${countText(england.length, 'dataset')} accepted in ${seconds} s; ${countText(plans, 'plan')} are on the index now.`,
      'CPP is a child protection plan, LAC a looked-after child, UCPP a plan for an unborn child (on its mother).',
    )
    return england.map(({ dataset }) => dataset)
  }

  async #submitGood(halton: SyntheticDataset, child: SyntheticRecord): Promise<SyntheticDataset> {
    this.#step('The next night: Halton sends a good dataset')
    say(
      'A child whom Warrington looks after now has a plan in Halton, too. A dataset is the whole list: the hub works out what changed, and puts that in force in one step.',
    )
    const { nhsNumber, familyName, givenNames, birthDate } = child
    const person = { nhsNumber, localId: 'HAL-900001', familyName, givenNames, birthDate }
    const today = londonDate(this.#now)
    const moved: SyntheticRecord = { ...person, planType: 'CPP', startDate: today }
    const dataset = this.#nightly(halton, 2, [...halton.records, moved])
    this.#print(receiptLines(await this.#submit(HALTON, dataset), false))
    return dataset
  }

  async #submitBad(good: SyntheticDataset): Promise<void> {
    this.#step('The night after: one NHS number has a wrong digit')
    say(
      'One bad number returns the whole dataset: a child left out of the list would go unprotected, and nobody would notice. What was in force before stays in force, and the authority’s data steward hears what to mend.',
    )
    const records = good.records.map((record, i) =>
      i === 2 ? { ...record, nhsNumber: withWrongDigit(record.nhsNumber) } : record,
    )
    this.#print(receiptLines(await this.#submit(HALTON, this.#nightly(good, 3, records)), false))
  }

  async #lookUp(nhsNumber: string, stranger: string): Promise<void> {
    const ask = { nhsNumber, requester: NURSE, location: 'Emergency department' }
    this.#step('A child arrives in an emergency department: a nurse looks them up')
    say('Both authorities that have a plan are shown, and both are told, on disk, before the answer is sent.')
    this.#print(lookupLines(await this.#hub.lookUp(ask), false))
    this.#step('The same nurse looks again')
    say('The same person looking at the same child within 24 hours is one access: nobody is told twice.')
    say(accessText((await this.#hub.lookUp(ask)).access, false))
    this.#step('A school nurse looks the child up for a planned appointment')
    say('Scheduled care reads silently: it sees the same plans, and leaves no trace.')
    const planned = { nhsNumber, requester: SCHOOL_NURSE, careSetting: 'scheduled' } as const
    const silent = await this.#hub.lookUp(planned)
    say(`${countText(silent.plans.length, 'plan')}. ${accessText(silent.access, true)}`)
    this.#step('A child without a plan')
    this.#print(lookupLines(await this.#hub.lookUp({ ...ask, nhsNumber: stranger }), false))
  }

  async #reportVisit(nhsNumber: string): Promise<void> {
    this.#step('The hospital reports the visit itself')
    const { notified } = await this.#hub.reportAttendance({
      nhsNumber,
      requester: NURSE,
      service: 'emergency-department',
      event: 'left-before-treatment',
      at: this.#now,
      safeguardingConcern: true,
      callback: { name: 'Safeguarding lead', phone: '01632 960777' },
    })
    say(
      `A lookup says only that somebody looked. The report says what happened; ${notified.length} authorities get it.`,
    )
  }

  async #drain(): Promise<void> {
    this.#step('Halton collects its notifications')
    say(
      'It leases them, keeps them, and only then acknowledges. What is not acknowledged comes back: none is lost.',
    )
    const { notifications } = await this.#hub.lease(HALTON, { leaseSeconds: 60 })
    this.#print(notifications.flatMap(notificationLines))
    const ids = notifications.map(({ id }) => id)
    const { acknowledged } = await this.#hub.acknowledge(HALTON, ids)
    const again = await this.#hub.lease(HALTON, {})
    say(
      '',
      `${countText(acknowledged.length, 'notification')} acknowledged; ${again.notifications.length} left for Halton. Warrington’s still wait for Warrington.`,
    )
  }

  async #close(): Promise<void> {
    this.#step('Who is up to date?')
    const { authorities } = await this.#hub.readFreshness()
    const fresh = authorities.filter(({ lastDataset, overdue }) => lastDataset !== null && !overdue).length
    const waiting = authorities.reduce((sum, { queued }) => sum + queued, 0)
    say(
      `${fresh} of ${authorities.length} authorities have data younger than 24 hours; ${countText(waiting, 'notification')} waiting.`,
      'An authority that misses a night is told so, and its plans are shown as stale.',
      '',
      `That was the loop. Next: ${pc.bold('cpis-hub serve')} starts a hub that keeps its data; ${pc.bold('cpis-hub --help')} lists the rest.`,
    )
  }

  async #submit(code: string, dataset: SyntheticDataset): Promise<Receipt> {
    const upload = { contentType: 'application/json', body: datasetJson(dataset) } as const
    return (await this.#hub.submitDataset(code, upload)).receipt
  }

  #nightly(before: SyntheticDataset, sequence: number, records: SyntheticRecord[]): SyntheticDataset {
    const extractedAt = addMs(before.extractedAt, MINUTE_MS)
    return { ...before, sequence, extractedAt, recordCount: records.length, records }
  }

  #step(title: string): void {
    this.#steps += 1
    console.log(`\n${pc.bold(pc.cyan(`${this.#steps}. ${title}`))}`)
  }

  #print(lines: string[]): void {
    const indented = lines
      .join('\n')
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`.trimEnd())
    printLines(['', ...indented])
  }
}

function say(...lines: string[]): void {
  printLines(lines, PROSE_WIDTH)
}

function unusedNumber(used: Set<string>): string {
  for (const nhsNumber of syntheticNhsNumbers(new Random('demo'))) {
    if (!used.has(nhsNumber)) return nhsNumber
  }
  throw new Error('every synthetic NHS number is in use')
}

/** As a slip of the keyboard would: the last digit is one more. */
function withWrongDigit(nhsNumber: string): string {
  return `${nhsNumber.slice(0, 9)}${(Number(nhsNumber[9]) + 1) % 10}`
}
