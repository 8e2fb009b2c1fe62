/** A request as it goes out, whatever carries it. */
export interface HubRequest {
  method: string
  /** With its query. */
  path: string
  headers: Record<string, string>
  body?: Buffer | string
}

/** What came back; the names of headers in lower case. */
export interface Answer {
  status: number
  headers: Record<string, string>
  text: string
}

/** The connection ended before a whole answer had come. */
export const CUT = 'cut'

/** Carries requests to a hub: over HTTP, or within the process. */
export interface Transport {
  /** Rejects with NoHub when nobody is there to answer. */
  send(request: HubRequest): Promise<Answer | typeof CUT>
}

/** There is no hub to talk to, or it never answers. */
export class NoHub extends Error {
  override readonly name = 'NoHub'
}
