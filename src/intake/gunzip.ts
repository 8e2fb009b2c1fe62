import { constants, crc32, inflateRawSync } from 'node:zlib'
import { type DatasetLimits, refuseTooManyBytes } from '../domain/dataset-limits.js'
import { type HubError, refuse } from '../domain/problem.js'

// RFC 1952 section 2.3: ten bytes, then what the flags say, then the data, then its check and its length.
const MAGIC = Buffer.from([0x1f, 0x8b, 0x08])
const FLAGS_AT = 3
const FIXED_HEADER_LENGTH = 10
const TRAILER_LENGTH = 8
const HAS_HEADER_CHECK = 0x02
const HAS_EXTRA = 0x04
const HAS_NAME = 0x08
const HAS_COMMENT = 0x10
const RESERVED = 0xe0

/**
 * Inflates a body that is one gzip member, whole, and nothing besides. Node's own gunzip goes on to further members and
 * skips what follows them; what one reader sees and another does not has no place in a dataset.
 */
export function gunzip(body: Buffer, limits: DatasetLimits): Buffer {
  const start = headerLength(body)
  if (start === undefined) throw malformed('It does not begin as gzip does.')
  const { data, length } = inflateFrom(body, start, limits)
  const trailer = body.subarray(start + length)
  if (trailer.length < TRAILER_LENGTH) throw malformed('It ends too early: it may have been cut.')
  if (trailer.length > TRAILER_LENGTH)
    throw malformed('Something stands behind its end; send one gzip member.')
  const fits = trailer.readUInt32LE(0) === crc32(data) && trailer.readUInt32LE(4) === data.length
  if (!fits) throw malformed('What is inside does not fit its check sum: it was damaged on the way.')
  return data
}

function headerLength(body: Buffer): number | undefined {
  const flags = body[FLAGS_AT] ?? RESERVED
  if (!body.subarray(0, MAGIC.length).equals(MAGIC) || (flags & RESERVED) !== 0) return undefined
  let length = FIXED_HEADER_LENGTH
  if (flags & HAS_EXTRA) {
    if (body.length < length + 2) return undefined
    length += 2 + body.readUInt16LE(length)
  }
  for (const flag of [HAS_NAME, HAS_COMMENT]) {
    if ((flags & flag) === 0) continue
    const end = body.indexOf(0, length)
    if (end === -1) return undefined
    length = end + 1
  }
  if (flags & HAS_HEADER_CHECK) length += 2
  return length
}

/** Answers what is inside, and how many bytes it was in the body. */
function inflateFrom(body: Buffer, start: number, limits: DatasetLimits): { data: Buffer; length: number } {
  try {
    // One output buffer of the most that is allowed, whose memory is taken as it is filled: nothing is copied together
    // at the end, and zlib stops at the first byte over it.
    const inflated = inflateRawSync(body.subarray(start), {
      chunkSize: Math.max(limits.bytesMax + 1, constants.Z_MIN_CHUNK),
      maxOutputLength: limits.bytesMax,
      info: true,
      // Node's types do not know `info`.
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } }
    return { data: inflated.buffer, length: inflated.engine.bytesWritten }
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw refuseTooManyBytes(limits)
    throw malformed('It cannot be inflated. It may have been cut.')
  }
}

function malformed(why: string): HubError {
  return refuse('GZIP_MALFORMED', `The body says content-encoding: gzip. ${why}`)
}
