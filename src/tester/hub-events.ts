import type { Clock, Instant } from '../clock.js'
import { newUuid } from '../ids.js'
import { Ring } from './ring.js'

export type EventKind = 'request' | 'receipt' | 'access' | 'notification' | 'fault' | 'clock'

/** One thing that happened: ids, codes, states and counts, no name and no NHS number. */
export interface HubEvent {
  id: string
  kind: EventKind
  facts: { at: Instant } & Record<string, unknown>
}

const RUN_LENGTH = 8
const EVENT_ID = /^([0-9a-f]{8})-(\d{1,15})$/

/** The latest of what happened in a hub, for whoever looks on. */
export class HubEvents {
  readonly #clock: Clock
  readonly #ring: Ring<Omit<HubEvent, 'id'>>
  readonly #listeners = new Set<() => void>()
  // So that an id of before a restart is not taken for one of this run.
  readonly #run = newUuid().slice(-RUN_LENGTH)

  constructor(eventsMax: number, clock: Clock) {
    this.#ring = new Ring(eventsMax)
    this.#clock = clock
  }

  /** Tells that something happened, now or at the moment that the facts name. */
  publish(kind: EventKind, facts: Record<string, unknown>): void {
    this.#ring.add({ kind, facts: { at: this.#clock(), ...facts } })
    for (const listener of this.#listeners) listener()
  }

  /** The place of the next event. */
  get end(): number {
    return this.#ring.added
  }

  /** The place of the oldest event that is kept. */
  get start(): number {
    return this.#ring.dropped
  }

  at(place: number): HubEvent | undefined {
    const event = this.#ring.at(place)
    return event && { id: `${this.#run}-${place + 1}`, ...event }
  }

  /** The place behind the event of this id; undefined for an id that this run of the hub has not given. */
  placeAfter(id: string): number | undefined {
    const [, run, number] = EVENT_ID.exec(id) ?? []
    return run === this.#run && Number(number) <= this.end ? Number(number) : undefined
  }

  /** Calls back at each event, until the function that this answers is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
