import type { FastifyInstance } from 'fastify'
import { shapeOf } from './route-shapes.js'

// All that the hub answers and shaped itself; the others were shaped by others, who put NHS numbers into them.
const SHAPED_HERE = /^\/(v1|tester|health|metrics|docs|openapi\.json)(\/|$)/

/** The paths of the routes that the hub shaped itself, word for word. */
export class OwnUrls {
  readonly #plain = new Set<string>()
  readonly #shapes: RegExp[] = []

  add(url: string): void {
    if (!SHAPED_HERE.test(url) || url.includes('*')) return
    if (url.includes(':')) this.#shapes.push(shapeOf(url))
    else this.#plain.add(url)
  }

  /** Whether a path, as the router reads it, is one of them. */
  has(path: string): boolean {
    return this.#plain.has(path) || this.#shapes.some((shape) => shape.test(path))
  }
}

/** Notes the routes that are registered from here on. */
export function noteOwnUrls(app: FastifyInstance, own: OwnUrls): void {
  app.addHook('onRoute', ({ url }) => own.add(url))
}
