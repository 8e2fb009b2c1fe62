import type { Connection } from './open.js'

interface Waiting {
  answer(): void
  reject(error: unknown): void
}

/**
 * Answers everything that was asked in one turn of the event loop together, from one read transaction.
 * A transaction of its own costs a lookup more than its reads do, and replies that leave together find their callers
 * awake: docs/performance.md has the figures.
 */
export class ReadTurn {
  readonly #connection: Connection
  #waiting: Waiting[] = []

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Resolves with what `read` answers, at the end of this turn; rejects with what it throws. */
  ask<T>(read: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#answerAll())
      const answer = () => {
        try {
          resolve(read())
        } catch (error) {
          reject(error)
        }
      }
      this.#waiting.push({ answer, reject })
    })
  }

  #answerAll(): void {
    const waiting = this.#waiting
    this.#waiting = []
    try {
      this.#connection.transaction(() => {
        for (const { answer } of waiting) answer()
      })()
    } catch (error) {
      // The transaction itself could not be had, or the store was closed.
      for (const { reject } of waiting) reject(error)
    }
  }
}
