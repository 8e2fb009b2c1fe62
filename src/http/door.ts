import { type HubError, refuse } from '../domain/problem.js'

/** Under which names the hub may be addressed while nobody is authenticated. */
export interface DoorRules {
  /** Beside loopback; each a name, or a name and a port. */
  allowedHosts: readonly string[]
  anyHost: boolean
}

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/
const LOOPBACK = /^(localhost|[a-z0-9.-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

// Callers use a few names; whoever tries many finds the memory of them emptied.
const HOSTS_KNOWN_MAX = 100

/**
 * Keeps web pages out of a hub that authenticates nobody: any page can send to a port of the reader's own machine
 * (Origin tells), and a name of the page's own can be made to mean that machine (Host tells).
 */
export class Door {
  readonly #rules: DoorRules
  readonly #known = new Map<string, boolean>()

  constructor(rules: DoorRules) {
    this.#rules = rules
  }

  /** Why a request with these headers is not let in; undefined when it is. */
  refusal(host: string | undefined, origin: string | undefined): HubError | undefined {
    if (!this.#rules.anyHost && !this.#isAllowed(host ?? '')) {
      return refuse(
        'HOST_NOT_ALLOWED',
        'Address the hub as localhost or 127.0.0.1; other names stand in the setting ALLOWED_HOSTS.',
      )
    }
    if (origin === undefined || isOwn(origin, host ?? '')) return undefined
    return refuse('ORIGIN_NOT_ALLOWED', 'Only pages that this hub serves itself, such as /docs, may ask it.')
  }

  #isAllowed(host: string): boolean {
    let allowed = this.#known.get(host)
    if (allowed !== undefined) return allowed
    allowed = isAllowedHost(host, this.#rules.allowedHosts)
    if (this.#known.size >= HOSTS_KNOWN_MAX) this.#known.clear()
    this.#known.set(host, allowed)
    return allowed
  }
}

function isAllowedHost(host: string, allowedHosts: readonly string[]): boolean {
  const [whole, name] = HOST.exec(host.toLowerCase()) ?? []
  if (whole === undefined || name === undefined) return false
  return LOOPBACK.test(name) || allowedHosts.includes(whole) || allowedHosts.includes(name)
}

/** Of the page that the hub itself served. The hub speaks http; https is a proxy before it, which loopback has not. */
function isOwn(origin: string, host: string): boolean {
  const [given, own] = [origin.toLowerCase(), host.toLowerCase()]
  if (given === `http://${own.replace(/:80$/, '')}`) return true
  const [, name = ''] = HOST.exec(own) ?? []
  return !LOOPBACK.test(name) && given === `https://${own.replace(/:443$/, '')}`
}
