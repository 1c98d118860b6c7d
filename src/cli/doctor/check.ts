import { PortcullisError } from '../../kernel/errors.ts'

/** One thing looked at. */
export interface Check {
  readonly name: string
  readonly state: 'good' | 'warning' | 'bad'
  readonly found: string
  readonly remedy?: string
  /** What no setting can mend. */
  readonly limits?: readonly string[]
}

/** A check that something went wrong in. */
export function bad(name: string, error: unknown): Check {
  if (error instanceof PortcullisError)
    return { name, state: 'bad', found: error.message, remedy: error.remedy }
  const found = error instanceof Error ? error.message : 'failed'
  return { name, state: 'bad', found, remedy: 'report this' }
}
