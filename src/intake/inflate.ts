import { isUtf8 } from 'node:buffer'
import { refuseTooManyBytes } from '../domain/dataset-limits.js'
import { refuse } from '../domain/problem.js'
import { gunzip } from './gunzip.js'
import type { IntakeJob } from './intake-job.js'

/** The bytes of the dataset itself; refuses what is too large, broken, or not UTF-8. */
export function inflate(job: Pick<IntakeJob, 'body' | 'gzipped' | 'limits'>): Buffer {
  const { bytesMax } = job.limits
  const body = Buffer.from(job.body.buffer, job.body.byteOffset, job.body.byteLength)
  const bytes = job.gzipped ? gunzip(body, job.limits) : body
  if (bytes.length > bytesMax) throw refuseTooManyBytes(job.limits)
  if (!isUtf8(bytes)) throw refuse('NOT_UTF8', 'Save the dataset as UTF-8 and send it again.')
  return bytes
}
