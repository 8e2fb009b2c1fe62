import { HubRefusal } from './hub-client.js'

/** The hub has no tester controls. */
class NoControls extends Error {
  override readonly name = 'NoControls'
}

/** What a hub's tester controls answer; when they are off, says so, and which setting turns them on. */
export async function fromControls<T>(hubUrl: string, purpose: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof HubRefusal) || error.problem.code !== 'NOT_FOUND') throw error
    throw new NoControls(
      `The hub at ${hubUrl} has no tester controls, which ${purpose} needs: TESTER_CONTROLS=true.`,
    )
  }
}
