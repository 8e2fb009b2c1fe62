import { maskedText } from './masked-text.js'

/** What the journal keeps of a body. */
export interface KeptBody {
  /** Its first bytes, or a short text whole; null where only the count is kept. */
  kept: Buffer | string | null
  /** Of the whole body; null when nobody counted, as of a stream. */
  bytes: number | null
  isCut: boolean
}

/** Copies the first bytes: a view would keep the whole of a large body in memory. */
export function keepBytes(body: Buffer, bytesMax: number): KeptBody {
  const kept = Buffer.from(body.length > bytesMax ? body.subarray(0, bytesMax) : body)
  return { kept, bytes: body.length, isCut: body.length > bytesMax }
}

/** The same without the credentials that stand in it by their names. */
export function keepMasked(body: Buffer, bytesMax: number): KeptBody {
  const first = body.length > bytesMax ? body.subarray(0, bytesMax) : body
  // Byte for byte, whatever it is.
  const text = first.toString('latin1')
  const masked = maskedText(text, first === body)
  if (masked === text) return keepBytes(body, bytesMax)
  const kept = keepBytes(Buffer.from(masked, 'latin1'), bytesMax)
  return { ...kept, bytes: body.length, isCut: kept.isCut || first !== body }
}

export function countBytes(bytes: number | null): KeptBody {
  return { kept: null, bytes, isCut: false }
}

/** A short text is kept as it is: that costs nothing until somebody reads. */
export function keepText(body: string, bytesMax: number): KeptBody {
  const bytes = Buffer.byteLength(body)
  if (bytes <= bytesMax) return { kept: body, bytes, isCut: false }
  return { ...keepBytes(Buffer.from(body.slice(0, bytesMax)), bytesMax), bytes, isCut: true }
}

/** How much of it is kept. */
export function keptBytesOf({ kept, bytes }: KeptBody): number {
  if (kept === null) return 0
  return typeof kept === 'string' ? (bytes ?? kept.length) : kept.length
}

/** What is kept as text; undefined for what is none, such as a picture. A character that was cut in two is left out. */
export function textOf({ kept, isCut }: KeptBody): string | undefined {
  if (kept === null || typeof kept === 'string') return kept ?? undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(kept, { stream: isCut })
  } catch {
    return undefined
  }
}
