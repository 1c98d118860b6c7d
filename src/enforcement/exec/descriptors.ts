import { closeSync, readdirSync, readFileSync } from 'node:fs'
import { systemCode } from '../../kernel/errors.ts'

const FIRST = 3
const CLOSED_ON_EXEC = 0o2000000

/** Descriptors a child would inherit besides the standard three: what our own caller left open. The runtime's own close themselves. */
export function inheritedDescriptors(): readonly number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter(descriptor => descriptor >= FIRST && staysOpen(descriptor))
}

function staysOpen(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1]
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSED_ON_EXEC) === 0
  } catch (error) {
    // The one the folder was read with.
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}

/** Closes what the caller left open; only for a process that is ours from its beginning. */
export function closeInherited(): void {
  for (const descriptor of inheritedDescriptors()) closeSync(descriptor)
}
