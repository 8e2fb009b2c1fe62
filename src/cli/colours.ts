import picocolors from 'picocolors'

/** Colours for a terminal alone: where `CI` is set, picocolors would colour a pipe as well. */
export const pc = picocolors.createColors(picocolors.isColorSupported && process.stdout.isTTY === true)
