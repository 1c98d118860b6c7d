import type { SandboxPolicy } from '../policy.ts'
import type { Gap } from './scope.ts'

/** Collects what a format cannot say. */
export interface GapList {
  readonly gaps: readonly Gap[]
  weaker(about: string, message: string): void
  /** Said for completeness: the command may do less than the policy lets it, never more. */
  stricter(about: string, message: string): void
}

export function gapList(): GapList {
  const gaps: Gap[] = []
  const add = (isWeaker: boolean) => (about: string, message: string) =>
    void gaps.push({ about, isWeaker, message })
  return { gaps, weaker: add(true), stricter: add(false) }
}

/** The limits that a format has no word for. */
export function limitGaps(
  { limits }: SandboxPolicy,
  expressed: readonly (keyof SandboxPolicy['limits'])[],
  gaps: GapList,
): void {
  for (const name of Object.keys(limits) as (keyof SandboxPolicy['limits'])[])
    if (!expressed.includes(name)) gaps.weaker(`limits.${name}`, 'there is no such limit')
}

/** `example.com:8443` → its parts; a v6 address stands in brackets. */
export function splitHost(entry: string): { readonly host: string; readonly port: string | undefined } {
  const colon = entry.lastIndexOf(':')
  const hasPort = colon > 0 && !entry.slice(colon).includes(']') && !isBareV6(entry)
  const host = hasPort ? entry.slice(0, colon) : entry
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: hasPort ? entry.slice(colon + 1) : undefined }
}

function isBareV6(entry: string): boolean {
  return !entry.startsWith('[') && entry.indexOf(':') !== entry.lastIndexOf(':')
}
