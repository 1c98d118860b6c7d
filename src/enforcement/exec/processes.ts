import { readdirSync, readFileSync } from 'node:fs'
import { systemCode } from '../../kernel/errors.ts'

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number
  /** In ticks since the machine started… */
  readonly startTicks: number
  /** …this time. */
  readonly boot: string
}

/** What the kernel tells of a process; times in ticks of a hundredth second. */
interface ProcessState {
  readonly state: string
  readonly parent: number
  readonly startTicks: number
  /** Of itself and of the children it has waited for. */
  readonly cpuTicks: number
}

/** Null when there is no such process. */
export function processState(pid: number): ProcessState | null {
  const text = readOrNull(`/proc/${pid}/stat`)
  if (text === null) return null
  // The name stands in parentheses and may hold any character.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const number = (index: number) => Number(fields[index])
  return {
    state: fields[0] ?? '',
    parent: number(1),
    startTicks: number(19),
    cpuTicks: number(11) + number(12) + number(13) + number(14),
  }
}

/** Null when there is no such process. */
export function identityOf(pid: number): ProcessIdentity | null {
  const state = processState(pid)
  return state && { pid, startTicks: state.startTicks, boot: bootId() }
}

/** Whether this very process still runs. */
export function isAlive({ pid, startTicks, boot }: ProcessIdentity): boolean {
  if (boot !== bootId()) return false
  const state = processState(pid)
  return state !== null && state.startTicks === startTicks && state.state !== 'Z'
}

let boot: string | undefined

function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return boot
}

/** The direct children of a process, those of its first thread first and in the order in which they were started. */
export function childrenOf(pid: number): readonly number[] {
  return threadsOf(pid).flatMap(thread => {
    const text = readOrNull(`/proc/${pid}/task/${thread}/children`) ?? ''
    return text.split(' ').filter(Boolean).map(Number)
  })
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

/** A process and everything below it. */
export function treeOf(pid: number): readonly number[] {
  return [pid, ...childrenOf(pid).flatMap(treeOf)]
}

/** The processes of a program that carry a word on their command line. */
export function processesWith(word: string, program: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(pid => {
      if (!Number.isInteger(pid)) return false
      const words = readOrNull(`/proc/${pid}/cmdline`)?.split('\0') ?? []
      return words.includes(word) && words[0]?.split('/').at(-1) === program
    })
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}

/** A process that has ended, or turned into one we may not look at. */
function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH', 'EACCES'].includes(systemCode(error) ?? '')
}
