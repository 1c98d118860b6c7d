import { userInfo } from 'node:os'
import { systemCode } from '../kernel/errors.ts'

/** Whom this process runs as, by name. A container may run under a number that has none. */
export function systemUser(): string {
  try {
    return userInfo().username
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return `uid:${process.getuid?.() ?? 'unknown'}`
  }
}
