import assert from 'node:assert/strict'
import { constants, deflateRawSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import type { HubError } from '../../src/domain/problem.js'
import { inflate } from '../../src/intake/inflate.js'
import { holds } from '../helpers/properties.js'

const MEBIBYTE = 1_048_576
const limits = { bytesMax: 32 * MEBIBYTE, recordsMax: 1 }
const inflated = (body: Uint8Array, bytesMax = limits.bytesMax) =>
  inflate({ body, gzipped: true, limits: { ...limits, bytesMax } })

function codeOf(body: Uint8Array, bytesMax?: number): string {
  try {
    inflated(body, bytesMax)
  } catch (error) {
    return (error as HubError).code
  }
  return 'inflated'
}

/** A gzip of these flags, with what they say stands in the header. */
function withHeader(flags: number, fields: Buffer, whole = gzipSync('{}')): Buffer {
  const fixed = Buffer.from(whole.subarray(0, 10))
  fixed[3] = flags
  return Buffer.concat([fixed, fields, whole.subarray(10)])
}

t.test('a gzip member is inflated, whatever stands in its header', async (t) => {
  const extra = Buffer.from([3, 0, 1, 2, 3])
  const headers: [flags: number, fields: Buffer][] = [
    [0, Buffer.alloc(0)],
    [1, Buffer.alloc(0)],
    [2, Buffer.from([9, 9])],
    [4, extra],
    [8, Buffer.from('plans.json\0')],
    [16, Buffer.from('nightly\0')],
    [31, Buffer.concat([extra, Buffer.from('a\0b\0'), Buffer.from([9, 9])])],
  ]
  for (const [flags, fields] of headers) t.equal(inflated(withHeader(flags, fields)).toString(), '{}')
})

t.test('what is not one whole member and nothing else is GZIP_MALFORMED', async (t) => {
  const good = gzipSync(JSON.stringify({ records: Array(100).fill('x') }))
  const damaged = (at: number) => {
    const body = Buffer.from(good)
    body.writeUInt8(~body.readUInt8(at) & 0xff, at)
    return body
  }
  for (const [name, body] of Object.entries({
    nothing: Buffer.alloc(0),
    text: Buffer.from('{"sequence":1}'),
    zlib: Buffer.from('789c030000000001', 'hex'),
    'another method': Buffer.concat([Buffer.from([0x1f, 0x8b, 0x07]), good.subarray(3)]),
    'reserved flags': withHeader(0x20, Buffer.alloc(0)),
    'a name without end': Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, 0x61]),
    'an extra field beyond the end': withHeader(4, Buffer.from([0xff, 0xff])),
    'two members': Buffer.concat([good, good]),
    'an empty member before': Buffer.concat([gzipSync(''), good]),
    'an empty member behind': Buffer.concat([good, gzipSync('')]),
    'junk behind': Buffer.concat([good, Buffer.from('junk')]),
    'a nought behind': Buffer.concat([good, Buffer.alloc(1)]),
    'another check sum': damaged(good.length - 8),
    'another length': damaged(good.length - 4),
    'damaged data': damaged(15),
  }))
    t.equal(codeOf(body), 'GZIP_MALFORMED', name)
  t.equal(codeOf(good), 'inflated', 'and the good one is not')
})

t.test('cut anywhere it is GZIP_MALFORMED, and whole it is what it was', async (t) => {
  holds(
    t,
    fc.property(fc.string({ maxLength: 2000, unit: 'grapheme' }), fc.nat(), (text, cut) => {
      const body = gzipSync(text)
      assert.equal(codeOf(body.subarray(0, cut % body.length), 65_536), 'GZIP_MALFORMED')
      assert.equal(inflated(body, 65_536).toString(), text)
    }),
  )
})

t.test('the limit is on the inflated bytes, to the byte', async (t) => {
  const body = gzipSync(' '.repeat(1000))
  t.equal(inflated(body, 1000).length, 1000)
  t.equal(codeOf(body, 999), 'DATASET_TOO_LARGE')
  t.equal(inflated(gzipSync(''), 1).length, 0)
})

t.test('a bomb is refused at the limit, and takes no more memory than that', async (t) => {
  const piece = deflateRawSync(Buffer.alloc(MEBIBYTE), { finishFlush: constants.Z_FULL_FLUSH })
  const header = gzipSync('').subarray(0, 10)
  const bomb = Buffer.concat([header, ...Array<Buffer>(4096).fill(piece)])
  t.ok(bomb.length < 5 * MEBIBYTE, 'some megabytes that become four gigabytes')
  const before = process.resourceUsage().maxRSS
  t.equal(codeOf(bomb), 'DATASET_TOO_LARGE')
  const riseBytes = (process.resourceUsage().maxRSS - before) * 1024
  t.ok(riseBytes < limits.bytesMax + 8 * MEBIBYTE, `the peak rose by ${riseBytes} bytes`)
})
