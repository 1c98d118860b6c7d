import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { type ControlGroups, findControlGroups } from './limits/control-groups.ts'
import type { Architecture } from './seccomp/syscalls.ts'

/** The programs the sandbox is made with, each where it was found. */
const programs = ['bwrap', 'prlimit', 'setpriv', 'nsenter', 'socat'] as const
export type ProgramName = (typeof programs)[number]

/** The Debian package of each. */
export const packageOf: Readonly<Record<ProgramName, string>> = {
  bwrap: 'bubblewrap',
  prlimit: 'util-linux',
  setpriv: 'util-linux',
  nsenter: 'util-linux',
  socat: 'socat',
}

/** What this machine lets us build a sandbox with. */
export interface Capabilities {
  readonly platform: NodeJS.Platform
  /** Null where there is no system-call filter for it. */
  readonly architecture: Architecture | null
  readonly uid: number
  readonly programs: Readonly<Partial<Record<ProgramName, string>>>
  /** Null where memory and processes can only be watched. */
  readonly controlGroups: ControlGroups | null
}

/** Not the caller's PATH: what a repository puts there must not become the sandbox. */
const trustedFolders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin']

let kept: Capabilities | undefined

/** Looks once and remembers; nothing is started. */
export function capabilities(): Capabilities {
  kept ??= probe()
  return kept
}

function probe(): Capabilities {
  const uid = process.getuid?.() ?? 0
  const found = programs.flatMap(name => {
    const path = findProgram(name)
    return path === undefined ? [] : [[name, path] as const]
  })
  return {
    platform: process.platform,
    architecture: process.arch === 'x64' || process.arch === 'arm64' ? process.arch : null,
    uid,
    programs: Object.fromEntries(found),
    controlGroups: process.platform === 'linux' ? findControlGroups() : null,
  }
}

/** A program in a system folder that only root can write. */
function findProgram(name: string): string | undefined {
  return trustedFolders.map(folder => `${folder}/${name}`).find(isTrusted)
}

function isTrusted(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found?.isFile() === true && found.uid === 0 && (found.mode & 0o022) === 0 && (found.mode & 0o111) > 0
}

/** Starts the smallest sandbox there is; the kernel's answer, or null when it works. */
export function tryUserNamespaces({ programs: { bwrap } }: Capabilities): string | null {
  if (bwrap === undefined) return 'bubblewrap is missing'
  const options = [
    '--unshare-user',
    '--unshare-pid',
    '--unshare-net',
    '--ro-bind',
    '/',
    '/',
    '--',
    '/bin/true',
  ]
  try {
    execFileSync(bwrap, options, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 5000, env: {} })
    return null
  } catch (error) {
    const said = (error as { stderr?: Buffer }).stderr?.toString().trim()
    return said || 'bubblewrap could not start'
  }
}
