import type { AuthorityCode } from '../domain/local-authority.js'

/** Tells those who wait for an authority's notifications that there may be some. */
export class Bell {
  readonly #listeners = new Map<AuthorityCode, Set<() => void>>()

  listen(code: AuthorityCode, listener: () => void): () => void {
    const listeners = this.#listeners.get(code) ?? new Set()
    this.#listeners.set(code, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#listeners.delete(code)
    }
  }

  ring(codes: readonly AuthorityCode[]): void {
    for (const code of codes) for (const listener of this.#listeners.get(code) ?? []) listener()
  }
}
