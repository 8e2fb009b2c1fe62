import { couldHoldNumber } from '../domain/nhs-number.js'

const CODE = /^[A-Z0-9]{1,12}$/

/**
 * Whether this can be the caller of a request as testers are shown it: the code of an authority or an organisation. Where
 * an NHS number stands in its place it is none, since the live view is looked at on shared screens.
 */
export function isCaller(code: string): boolean {
  return CODE.test(code) && !couldHoldNumber(code)
}
