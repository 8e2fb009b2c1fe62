/** What the state of a hub can be called that a tester keeps; a file of that name holds it. */
export const SNAPSHOT_NAME_PATTERN = '^[a-z0-9-]{1,40}$'
