import type { IndexReader } from '../store.js'
import { openReader } from './open.js'
import { findAuthority } from './reads/authorities.js'
import { findPerson } from './reads/people.js'
import { plansOfAuthority } from './reads/plans.js'
import { findAccepted, findReceipt } from './reads/receipts.js'

const INTAKE_CACHE_KIB = 2_000

/** A reader of its own for the intake, which runs on another thread. */
export function openIndexReader(file: string): IndexReader {
  const reader = openReader(file)
  // It reads each row once, and what its thread took is not all given back when it ends.
  reader.pragma(`cache_size = -${INTAKE_CACHE_KIB}`)
  return {
    readForIntake(code, sequence, read) {
      return reader.transaction(() => {
        const authority = findAuthority(reader, code)
        if (authority === undefined) return undefined
        const accepted = findAccepted(reader, code, sequence)
        return read({
          authority,
          accepted,
          plans: () => plansOfAuthority(reader, code),
          findPerson: (nhsNumber) => findPerson(reader, nhsNumber),
        })
      })()
    },
    findReceipt: (code, id) => findReceipt(reader, code, id),
    close: () => reader.close(),
  }
}
