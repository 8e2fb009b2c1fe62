import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import {
  addMs,
  DAY_MS,
  epochMs,
  HOUR_MS,
  type Instant,
  instantAt,
  londonDate,
  londonMidnight,
  parseInstant,
} from '../../src/clock.js'
import {
  addDays,
  type CalendarDate,
  dateFromDayNumber,
  dayNumber,
  eighteenthBirthday,
  parseCalendarDate,
} from '../../src/domain/calendar.js'
import { aDateBetween, holds } from '../helpers/properties.js'

const date = (text: string) => text as CalendarDate
const instant = (text: string) => text as Instant

// The oracle: the platform's own time zone data, read another way than src/clock.ts reads it.
const oracle = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/London', dateStyle: 'short' })
const oracleDate = (ms: number) => oracle.format(new Date(ms))

t.test('a text is a date only when it is YYYY-MM-DD and the day exists', (t) => {
  const cases: [string, 'real' | 'DATE_FORMAT' | 'DATE_NOT_REAL'][] = [
    ['2026-03-02', 'real'],
    ['0001-01-01', 'real'],
    ['9999-12-31', 'real'],
    ['2024-02-29', 'real'],
    ['2000-02-29', 'real'],
    ['2025-02-29', 'DATE_NOT_REAL'],
    ['1900-02-29', 'DATE_NOT_REAL'],
    ['2100-02-29', 'DATE_NOT_REAL'],
    ['2026-04-31', 'DATE_NOT_REAL'],
    ['2026-00-10', 'DATE_NOT_REAL'],
    ['2026-13-01', 'DATE_NOT_REAL'],
    ['2026-01-00', 'DATE_NOT_REAL'],
    ['2026-01-32', 'DATE_NOT_REAL'],
    ['0000-01-01', 'DATE_NOT_REAL'],
    ['02/03/2026', 'DATE_FORMAT'],
    ['2026-3-2', 'DATE_FORMAT'],
    ['20260302', 'DATE_FORMAT'],
    ['2026-03-02T00:00:00Z', 'DATE_FORMAT'],
    [' 2026-03-02', 'DATE_FORMAT'],
    ['2026-03-02\n', 'DATE_FORMAT'],
    ['-2026-03-02', 'DATE_FORMAT'],
    ['２０２６-03-02', 'DATE_FORMAT'],
    ['', 'DATE_FORMAT'],
  ]
  for (const [text, expected] of cases) {
    t.same(parseCalendarDate(text), expected === 'real' ? { date: text } : expected, JSON.stringify(text))
  }
  t.end()
})

t.test('the first and last day of every year from 0001 to 9999 has the number that UTC gives it', (t) => {
  const wrong: string[] = []
  for (let year = 1; year <= 9999; year += 1) {
    for (const day of ['01-01', '02-28', '03-01', '12-31']) {
      const text = date(`${String(year).padStart(4, '0')}-${day}`)
      const isRight =
        dayNumber(text) * DAY_MS === Date.parse(text) && dateFromDayNumber(dayNumber(text)) === text
      if (!isRight) wrong.push(text)
    }
  }
  t.same(wrong, [])
  t.equal(dayNumber(date('1970-01-01')), 0)
  t.end()
})

t.test('a date and its number are two writings of the same day', (t) => {
  holds(
    t,
    fc.property(
      aDateBetween('0001-01-01', '9999-12-31'),
      aDateBetween('0001-01-01', '9999-12-31'),
      (a, b) => {
        assert.equal(dateFromDayNumber(dayNumber(a)), a)
        assert.deepEqual(parseCalendarDate(a), { date: a })
        assert.equal(a < b, dayNumber(a) < dayNumber(b), 'text order is day order')
        assert.equal(addDays(a, dayNumber(b) - dayNumber(a)), b)
      },
    ),
  )
  t.end()
})

t.test('the eighteenth birthday is the same day eighteen years on, and 1 March for 29 February', (t) => {
  const cases: [string, string][] = [
    ['2008-11-24', '2026-11-24'],
    ['2008-02-29', '2026-03-01'],
    ['2008-02-28', '2026-02-28'],
    ['2008-03-01', '2026-03-01'],
    ['1982-02-29', '2000-02-29'],
    ['0001-01-01', '0019-01-01'],
    ['9981-12-31', '9999-12-31'],
  ]
  for (const [born, birthday] of cases) t.equal(eighteenthBirthday(date(born)), birthday, born)
  t.end()
})

t.test('an eighteenth birthday after the last date that can be written is that last date', (t) => {
  t.equal(eighteenthBirthday(date('9982-01-01')), '9999-12-31')
  t.equal(eighteenthBirthday(date('9999-12-31')), '9999-12-31')
  holds(
    t,
    fc.property(aDateBetween('0001-01-01', '9999-12-31'), (born) => {
      const birthday = eighteenthBirthday(born)
      assert.equal(typeof parseCalendarDate(birthday), 'object')
      assert.ok(birthday >= born, 'not before birth')
    }),
  )
  t.end()
})

t.test('an instant is read from RFC 3339 with its offset and written in UTC', (t) => {
  const cases: [string, string | undefined][] = [
    ['2026-11-24T09:30:00Z', '2026-11-24T09:30:00.000Z'],
    ['2026-11-24t09:30:00.5z', '2026-11-24T09:30:00.500Z'],
    ['2026-11-24T09:30:00.123456789Z', '2026-11-24T09:30:00.123Z'],
    ['2026-11-24T09:30:00+01:00', '2026-11-24T08:30:00.000Z'],
    ['2026-01-01T00:30:00+01:00', '2025-12-31T23:30:00.000Z'],
    ['2026-11-24T09:30:00-23:59', '2026-11-25T09:29:00.000Z'],
    ['2026-11-24T09:30:00', undefined],
    ['2026-11-24 09:30:00Z', undefined],
    ['2026-11-24T09:30Z', undefined],
    ['2026-11-24T24:00:00Z', undefined],
    ['2026-11-24T09:60:00Z', undefined],
    ['2026-02-29T09:30:00Z', undefined],
    ['2026-11-24T09:30:00+24:00', undefined],
    ['2026-11-24T09:30:00.Z', undefined],
    ['1795512600000', undefined],
    ['', undefined],
  ]
  for (const [text, expected] of cases) t.equal(parseInstant(text), expected, JSON.stringify(text))
  t.end()
})

t.test(
  'an instant whose UTC year does not have four digits is none, since its text would sort wrongly',
  (t) => {
    t.equal(parseInstant('9999-12-31T23:59:59-01:00'), undefined)
    t.equal(parseInstant('9999-12-31T23:59:59Z'), '9999-12-31T23:59:59.000Z')
    t.equal(parseInstant('0001-01-01T00:00:00+01:00'), undefined)
    t.equal(parseInstant('0001-01-01T00:00:00Z'), '0001-01-01T00:00:00.000Z')
    t.end()
  },
)

t.test('the London date turns at London’s midnight, an hour before UTC’s in summer', (t) => {
  const cases: [string, string][] = [
    ['2026-01-15T23:59:59.999Z', '2026-01-15'],
    ['2026-01-16T00:00:00.000Z', '2026-01-16'],
    ['2026-07-15T22:59:59.999Z', '2026-07-15'],
    ['2026-07-15T23:00:00.000Z', '2026-07-16'],
    // Summer time begins on 29 March 2026 at 01:00 UTC and ends on 25 October at 01:00 UTC.
    ['2026-03-29T00:00:00.000Z', '2026-03-29'],
    ['2026-03-29T23:00:00.000Z', '2026-03-30'],
    ['2026-10-24T23:00:00.000Z', '2026-10-25'],
    ['2026-10-25T23:59:59.999Z', '2026-10-25'],
    ['2026-10-26T00:00:00.000Z', '2026-10-26'],
  ]
  for (const [at, expected] of cases) t.equal(londonDate(instant(at)), expected, at)
  t.end()
})

t.test('the London date is what the platform’s time zone data says, at any moment', (t) => {
  const within = { min: Date.parse('1900-01-01'), max: Date.parse('2200-01-01') }
  holds(
    t,
    fc.property(fc.integer(within), (ms) => {
      assert.equal(londonDate(instantAt(ms)), oracleDate(ms))
    }),
  )
  const wrong: string[] = []
  // Every change of the clocks of a century lies in these months; look on both sides of each of their hours.
  for (let year = 1970; year < 2070; year += 1) {
    for (const month of [2, 9]) {
      for (let hour = 24 * 24; hour < 31 * 24; hour += 1) {
        for (const ms of [0, HOUR_MS - 1]) {
          const at = Date.UTC(year, month, 1) + hour * HOUR_MS + ms
          const utcHour = new Date(at).getUTCHours()
          if (utcHour < 22 && utcHour > 2) continue
          if (londonDate(instantAt(at)) !== oracleDate(at)) wrong.push(instantAt(at))
        }
      }
    }
  }
  t.same(wrong, [])
  t.end()
})

t.test('London’s midnight is the first moment of its date', (t) => {
  t.equal(londonMidnight(date('2026-11-24')), '2026-11-24T00:00:00.000Z')
  t.equal(londonMidnight(date('2026-07-16')), '2026-07-15T23:00:00.000Z')
  t.equal(londonMidnight(date('2026-03-29')), '2026-03-29T00:00:00.000Z', 'the day on which summer begins')
  t.equal(londonMidnight(date('2026-10-25')), '2026-10-24T23:00:00.000Z', 'the day on which it ends')
  t.equal(londonMidnight(date('1944-06-06')), '1944-06-05T22:00:00.000Z', 'double summer time')
  holds(
    t,
    fc.property(aDateBetween('1900-01-01', '2199-12-31'), (day) => {
      const midnight = londonMidnight(day)
      assert.equal(londonDate(midnight), day)
      assert.equal(londonDate(addMs(midnight, -1)), addDays(day, -1))
      assert.equal(oracleDate(epochMs(midnight)), day)
      assert.equal(oracleDate(epochMs(midnight) - 1), addDays(day, -1))
    }),
  )
  t.end()
})
