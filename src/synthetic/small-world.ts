import { addDays, type CalendarDate, parseCalendarDate } from '../domain/calendar.js'
import { FAMILY_NAMES, GIVEN_NAMES } from './names.js'
import type { SyntheticRecord } from './people.js'
import { Random } from './random.js'

const HALTON = 'E06000006'
const WARRINGTON = 'E06000007'
const KNOWSLEY = 'E08000011'

/** One plan of the small world; its days count from today. */
interface CastPlan {
  at: string
  planType: SyntheticRecord['planType']
  start: number
  end?: number
  due?: number
}

/** `born` counts days from today as well. docs/testing-with-the-hub.md has the same list in words. */
interface CastMember {
  nhsNumber: string
  born: number | 'eighteen tomorrow'
  plans: readonly CastPlan[]
}

const cpp = (at: string, start: number, end?: number): CastPlan => planOf(at, 'CPP', start, end)
const lac = (at: string, start: number, end?: number): CastPlan => planOf(at, 'LAC', start, end)
const unborn = (at: string, start: number, due: number): CastPlan => ({ at, planType: 'UCPP', start, due })

const CAST: readonly CastMember[] = [
  { nhsNumber: '9990000018', born: -2_000, plans: [cpp(HALTON, -100)] },
  { nhsNumber: '9990000026', born: -4_000, plans: [lac(HALTON, -400)] },
  { nhsNumber: '9990000034', born: -1_500, plans: [cpp(HALTON, -200), cpp(WARRINGTON, -30)] },
  { nhsNumber: '9990000042', born: -9_000, plans: [unborn(HALTON, -60, 90)] },
  { nhsNumber: '9990000050', born: -3_000, plans: [cpp(HALTON, -300), lac(HALTON, -150)] },
  { nhsNumber: '9990000069', born: -2_500, plans: [cpp(HALTON, -500, -100)] },
  { nhsNumber: '9990000077', born: -3_500, plans: [lac(HALTON, -900, -365)] },
  { nhsNumber: '9990000085', born: -8_000, plans: [unborn(HALTON, -240, -28)] },
  { nhsNumber: '9990000093', born: 'eighteen tomorrow', plans: [lac(HALTON, -700)] },
  { nhsNumber: '9990000107', born: -1_000, plans: [cpp(WARRINGTON, -50)] },
  { nhsNumber: '9990000115', born: -5_000, plans: [lac(WARRINGTON, -1_200)] },
  { nhsNumber: '9990000123', born: -2_200, plans: [cpp(KNOWSLEY, -10)] },
  { nhsNumber: '9990000131', born: -700, plans: [lac(KNOWSLEY, -90)] },
]

function planOf(at: string, planType: 'CPP' | 'LAC', start: number, end?: number): CastPlan {
  return { at, planType, start, ...(end !== undefined && { end }) }
}

/**
 * Three authorities and thirteen people under the first synthetic NHS numbers, with each trap of the domain once: the
 * same whatever the seed, but for their names.
 */
export function smallWorld(
  today: CalendarDate,
  seed: number,
): { authorityCode: string; records: SyntheticRecord[] }[] {
  const random = new Random(`small ${seed}`)
  const records = CAST.flatMap((member, place) => {
    const person = {
      familyName: random.pick(FAMILY_NAMES),
      givenNames: [random.pick(GIVEN_NAMES)],
      birthDate:
        member.born === 'eighteen tomorrow' ? bornFor(addDays(today, 1)) : addDays(today, member.born),
    }
    const localId = (at: string) => `${LOCAL_PREFIX[at]}-${String(place + 1).padStart(4, '0')}`
    return member.plans.map((plan) => ({
      authorityCode: plan.at,
      record: { ...recordOf(member.nhsNumber, plan, today), localId: localId(plan.at), ...person },
    }))
  })
  return [HALTON, WARRINGTON, KNOWSLEY].map((authorityCode) => ({
    authorityCode,
    records: records.filter((each) => each.authorityCode === authorityCode).map(({ record }) => record),
  }))
}

const LOCAL_PREFIX: Record<string, string> = { [HALTON]: 'HAL', [WARRINGTON]: 'WAR', [KNOWSLEY]: 'KNO' }

function recordOf(nhsNumber: string, { planType, start, end, due }: CastPlan, today: CalendarDate) {
  return {
    nhsNumber,
    planType,
    startDate: addDays(today, start),
    ...(end !== undefined && { endDate: addDays(today, end) }),
    ...(due !== undefined && { expectedDeliveryDate: addDays(today, due) }),
  }
}

/**
 * The birth date of somebody who becomes eighteen on a day; for a 29 February, on the day after, since eighteen years
 * before a leap year there is none.
 */
function bornFor(birthday: CalendarDate): CalendarDate {
  const year = String(Number(birthday.slice(0, 4)) - 18).padStart(4, '0')
  const parsed = parseCalendarDate(`${year}${birthday.slice(4)}`)
  return typeof parsed === 'object' ? parsed.date : (`${year}-03-01` as CalendarDate)
}
