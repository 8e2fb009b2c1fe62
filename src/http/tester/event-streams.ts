import type { Writable } from 'node:stream'
import { type MachineClock, SECOND_MS } from '../../clock.js'
import type { HubEvents } from '../../tester/hub-events.js'

const STREAMS_MAX = 20
const HEARTBEAT_MS = 15 * SECOND_MS
const EVENTS_WRITTEN_AT_ONCE = 100

interface Stream {
  response: Writable
  /** The place of the next event that it is told. */
  next: number
  /** Its reader has not taken what was written. */
  isBlocked: boolean
  /** So it was at the last heartbeat. */
  wasBlocked: boolean
}

/**
 * Those who look on. Each is at a place of its own among the events that are kept, so a slow reader takes no memory, and is
 * told how many it has missed; one that has read nothing from one heartbeat to the next is dropped.
 */
export class EventStreams {
  readonly #events: HubEvents
  readonly #clock: MachineClock
  readonly #streams = new Set<Stream>()
  #stopListening = () => {}
  #stopHeart = () => {}
  #isToldSoon = false

  constructor(events: HubEvents, clock: MachineClock) {
    this.#events = events
    this.#clock = clock
  }

  get isFull(): boolean {
    return this.#streams.size >= STREAMS_MAX
  }

  /** Tells what happens from now on, or from behind the event that was seen last. */
  open(response: Writable, lastId: string | undefined): void {
    const place = lastId === undefined ? this.#events.end : this.#events.placeAfter(lastId)
    const stream = { response, next: place ?? this.#events.start, isBlocked: false, wasBlocked: false }
    response.once('close', () => this.#forget(stream))
    response.on('drain', () => {
      stream.isBlocked = false
      this.#tell(stream)
    })
    if (this.#streams.size === 0) this.#begin()
    this.#streams.add(stream)
    response.write(': what happens in this hub\n\n')
    if (place === undefined) response.write(droppedEvent(null))
    this.#tell(stream)
  }

  endAll(): void {
    for (const stream of this.#streams) {
      this.#tell(stream)
      stream.response.end()
    }
  }

  #begin(): void {
    this.#stopListening = this.#events.listen(() => this.#tellSoon())
    this.#beatLater()
  }

  #forget(stream: Stream): void {
    this.#streams.delete(stream)
    if (this.#streams.size > 0) return
    this.#stopListening()
    this.#stopHeart()
  }

  /** What happens in one turn of the event loop goes out together. */
  #tellSoon(): void {
    if (this.#isToldSoon) return
    this.#isToldSoon = true
    setImmediate(() => {
      this.#isToldSoon = false
      for (const stream of this.#streams) this.#tell(stream)
    })
  }

  #tell(stream: Stream): void {
    const { response } = stream
    while (!stream.isBlocked && !response.writableEnded && stream.next < this.#events.end)
      stream.isBlocked = !response.write(this.#nextOf(stream))
  }

  #nextOf(stream: Stream): string {
    let text = ''
    if (stream.next < this.#events.start) {
      text += droppedEvent(this.#events.start - stream.next)
      stream.next = this.#events.start
    }
    for (let written = 0; written < EVENTS_WRITTEN_AT_ONCE; written += 1) {
      const event = this.#events.at(stream.next)
      if (event === undefined) break
      text += `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event.facts)}\n\n`
      stream.next += 1
    }
    return text
  }

  #beatLater(): void {
    this.#stopHeart = this.#clock.after(HEARTBEAT_MS, () => {
      for (const stream of this.#streams) beat(stream)
      this.#beatLater()
    })
  }
}

function beat(stream: Stream): void {
  if (stream.isBlocked && stream.wasBlocked) stream.response.destroy()
  else if (!stream.isBlocked && !stream.response.writableEnded)
    stream.isBlocked = !stream.response.write(': heartbeat\n\n')
  stream.wasBlocked = stream.isBlocked
}

/** How many events are missing before the next; null when nobody can say. */
function droppedEvent(count: number | null): string {
  return `event: dropped\ndata: ${JSON.stringify({ count })}\n\n`
}
