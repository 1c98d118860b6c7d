import { closeSync, constants, fstatSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'

/** What the system knows of one process. */
export interface ProcessFacts {
  readonly pid: number
  readonly parent: number
  readonly user: number
  /** Number of its controlling terminal; 0 without one. */
  readonly terminal: number
  /** Whether its terminal listens to it at the moment. */
  readonly isForeground: boolean
  readonly name: string
  readonly argv: readonly string[]
  /** Names of its first environment; null when the system does not show them. */
  readonly variables: readonly string[] | null
}

/** The processes of this machine and their terminals. */
export interface Processes {
  find(pid: number): ProcessFacts | undefined
  /** Writes to a terminal, whoever reads it; throws when that is not possible. */
  show(terminal: number, text: string): void
}

/** Reads `/proc`; undefined on systems that have none. */
export function systemProcesses(): Processes | undefined {
  if (process.platform !== 'linux') return undefined
  return { find: findProcess, show: writeToTerminal }
}

function findProcess(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // A name may hold blanks and brackets; the fields begin after the last one (proc_pid_stat(5)).
    const end = stat.lastIndexOf(')')
    const fields = stat.slice(end + 2).split(' ')
    const [, parent, group, , terminal, listening] = fields.map(Number)
    if (parent === undefined || terminal === undefined) return undefined
    return {
      pid,
      parent,
      user: statSync(`/proc/${pid}`).uid,
      terminal,
      isForeground: group !== undefined && group === listening,
      name: stat.slice(stat.indexOf('(') + 1, end),
      argv: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1),
      variables: variablesOf(pid),
    }
  } catch {
    // It has ended, or is not ours to look at: a process nobody knows, which its caller refuses.
    return undefined
  }
}

function variablesOf(pid: number): string[] | null {
  try {
    const pairs = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
    return pairs.map(pair => pair.split('=', 1)[0]!).filter(name => name !== '')
  } catch {
    return null
  }
}

function writeToTerminal(terminal: number, text: string): void {
  const path = terminalPath(terminal)
  const file = openSync(
    path,
    constants.O_WRONLY | constants.O_NOCTTY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  )
  try {
    const { rdev } = fstatSync(file)
    if (numberOf(rdev) !== terminal) throw new Error(`${path} is another terminal`)
    writeSync(file, text)
  } finally {
    closeSync(file)
  }
}

/** Major numbers 136 to 143 are pseudo terminals, 4 the consoles (Linux devices.txt). */
function terminalPath(terminal: number): string {
  const major = (terminal >> 8) & 0xfff
  const minor = (terminal & 0xff) | ((terminal >> 12) & 0xfff00)
  if (major >= 136 && major <= 143) return `/dev/pts/${minor + (major - 136) * 256}`
  if (major === 4 && minor < 64) return `/dev/tty${minor}`
  throw new Error('the terminal is of an unknown kind')
}

/** `st_rdev` as the kernel's `new_encode_dev`, which `/proc` uses. */
function numberOf(rdev: number): number {
  const major = (rdev >> 8) & 0xfff
  const minor = (rdev & 0xff) | ((rdev >> 12) & 0xfff00)
  return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)
}
