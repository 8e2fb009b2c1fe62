import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const ATTEMPTS_MAX = 5
const TIMEOUT_MS = 30_000
const WAIT_SECONDS = 1

/**
 * A council's case-management system, as far as the hub sees it. What it must not forget lies in `folder`, so that one
 * that was killed goes on where it was: the next sequence, the dataset that has no answer yet, and the tasks.
 */
export class Council {
  #url
  #folder
  #wait

  constructor({ hubUrl, authorityCode, folder, wait = (seconds) => setTimeout(seconds * 1_000) }) {
    this.#url = `${hubUrl}/v1/authorities/${authorityCode}`
    this.#folder = folder
    this.#wait = wait
  }

  /**
   * Sends the whole current list and answers the receipt. A returned list is corrected and sent again, with the same
   * sequence: a number is used up only when its dataset was accepted.
   */
  async send(records, extractedAt = new Date().toISOString()) {
    await this.sendUnanswered()
    const sequence = (await this.#read('next-sequence.json')) ?? 1
    const dataset = { sequence, extractedAt, recordCount: records.length, records }
    await this.#write('unanswered.json', dataset)
    return this.sendUnanswered()
  }

  /** Sends what the hub has not answered, unchanged: if it was accepted already, the first receipt comes back. */
  async sendUnanswered() {
    const dataset = await this.#read('unanswered.json')
    if (dataset === undefined) return undefined
    const { ok, body } = await this.#post('datasets', dataset)
    if (ok) await this.#write('next-sequence.json', dataset.sequence + 1)
    await rm(join(this.#folder, 'unanswered.json'))
    if (!ok && body.outcome !== 'returned') throw new Error(`${body.code}: ${body.detail}`)
    return body
  }

  /** Takes all that the council is told, and answers how many came. Each is kept before it is acknowledged. */
  async collect() {
    for (let count = 0; ; ) {
      const { leaseId, notifications } = await this.#postOk('notifications/lease', {})
      if (leaseId === null) return count
      for (const notification of notifications) await this.#keep(notification)
      await this.#postOk('notifications/acknowledge', { ids: notifications.map(({ id }) => id) })
      count += notifications.length
    }
  }

  /** What a social worker has to see to: one task for each notification, however often it came. */
  async tasks() {
    const names = (await readdir(this.#folder)).filter((name) => name.startsWith('task-'))
    return Promise.all(names.map((name) => this.#read(name)))
  }

  /** The id is the name of the file, so that one that comes again finds its task there. */
  async #keep(notification) {
    const name = `task-${encodeURIComponent(notification.id)}.json`
    if ((await this.#read(name)) === undefined) await this.#write(name, { done: false, notification })
  }

  async #postOk(path, message) {
    const { ok, body } = await this.#post(path, message)
    if (!ok) throw new Error(`${body.code}: ${body.detail}`)
    return body
  }

  /** Every request of a council may be repeated as it is, so one that was put off or whose reply was lost is. */
  async #post(path, message) {
    for (let attempt = 1; ; attempt += 1) {
      const reply = await this.#tryOnce(path, message)
      if (reply.body !== undefined) return reply
      if (attempt === ATTEMPTS_MAX) throw new Error(`The hub gave no answer in ${ATTEMPTS_MAX} attempts`)
      await this.#wait(reply.retryAfterSeconds)
    }
  }

  async #tryOnce(path, message) {
    try {
      const response = await fetch(`${this.#url}/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(message),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      const body = await response.json()
      if (response.status < 500) return { ok: response.ok, body }
      return { retryAfterSeconds: Number(response.headers.get('retry-after') ?? WAIT_SECONDS) }
    } catch {
      return { retryAfterSeconds: WAIT_SECONDS }
    }
  }

  async #read(name) {
    try {
      return JSON.parse(await readFile(join(this.#folder, name), 'utf8'))
    } catch (error) {
      if (error.code === 'ENOENT') return undefined
      throw error
    }
  }

  /** On the disk, whole or not at all, when it returns; also if the power fails the next moment. */
  async #write(name, value) {
    await mkdir(this.#folder, { recursive: true })
    const path = join(this.#folder, name)
    await flushed(`${path}.part`, 'w', (file) => file.writeFile(JSON.stringify(value)))
    await rename(`${path}.part`, path)
    await flushed(this.#folder, 'r')
  }
}

async function flushed(path, flags, write) {
  const file = await open(path, flags)
  try {
    await write?.(file)
    await file.sync()
  } finally {
    await file.close()
  }
}
