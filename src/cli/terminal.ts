import pc from 'picocolors'

/** One line that says what went wrong; the stack is for those who ask (LOG_LEVEL=debug or trace). */
export function printFailure(error: unknown): void {
  const { message } = error as Error
  console.error(`${pc.red('cpis-hub:')} ${message}`)
}
