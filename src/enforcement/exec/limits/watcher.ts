import { readdirSync, readFileSync, readlinkSync, statfsSync, statSync } from 'node:fs'
import { systemCode } from '../../../kernel/errors.ts'
import { processState, treeOf } from '../processes.ts'
import type { RunGroup } from './control-groups.ts'

const TICKS_PER_SECOND = 100
const LOOK_EVERY_MS = 20

/** Of these looks, one goes through the descriptors, too. */
const DESCRIPTORS_EVERY = 4

export interface WatchLimits {
  readonly memoryBytes: number
  readonly cpuSeconds: number
}

/** What a tree of processes has used so far. */
interface Usage {
  readonly cpuSeconds: number
  readonly peakMemoryBytes: number
}

export interface Watch {
  /** A last look, then no more. */
  stop(): Usage
}

/**
 * Looks at a tree of processes some times a second and says once when it has used too much. Memory is what the group
 * counts or, without one, the pages of every process and the files of its private file systems.
 */
export function watchTree(
  root: number,
  limits: WatchLimits,
  group: RunGroup | null,
  scratch: readonly string[],
  onLimit: (limit: 'memory' | 'cpu') => void,
): Watch {
  let cpuSeconds = 0
  let peakMemoryBytes = 0
  let looks = 0
  let unmapped = 0
  const look = () => {
    const pids = group && group.cpuSeconds() !== null ? [] : treeOf(root)
    cpuSeconds = Math.max(cpuSeconds, group?.cpuSeconds() ?? cpuOf(pids))
    if (!group && looks++ % DESCRIPTORS_EVERY === 0) unmapped = unmappedBytes(pids)
    const memory = group
      ? (group.peakMemory() ?? 0)
      : pids.reduce((sum, pid) => sum + residentBytes(pid), 0) + scratchBytes(root, scratch) + unmapped
    peakMemoryBytes = Math.max(peakMemoryBytes, memory)
    if (group ? group.outOfMemory() > 0 : memory > limits.memoryBytes) onLimit('memory')
    else if (cpuSeconds > limits.cpuSeconds) onLimit('cpu')
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  return {
    stop() {
      clearInterval(timer)
      look()
      return { cpuSeconds, peakMemoryBytes }
    },
  }
}

/** The first process inherits what its children used once they are gone. */
function cpuOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (processState(pid)?.cpuTicks ?? 0), 0) / TICKS_PER_SECOND
}

/** Pages a process does not share with a file on disk. */
function residentBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    return kilobytes(status, 'RssAnon:') + kilobytes(status, 'RssShmem:')
  } catch (error) {
    return ignoreGone(error)
  }
}

function kilobytes(status: string, field: string): number {
  const at = status.indexOf(field)
  return at === -1 ? 0 : Number.parseInt(status.slice(at + field.length), 10) * 1024
}

function scratchBytes(root: number, folders: readonly string[]): number {
  // Until it has its own root, these would be the folders of the machine.
  if (rootOf(root) === rootOf('self')) return 0
  return folders.reduce((sum, folder) => {
    try {
      const { blocks, bfree, bsize } = statfsSync(`/proc/${root}/root${folder}`)
      return sum + (blocks - bfree) * bsize
    } catch (error) {
      return sum + ignoreGone(error)
    }
  }, 0)
}

/** Memory with a descriptor and no mapping stands in no process's account: it is read off the descriptors. */
function unmappedBytes(pids: readonly number[]): number {
  const sizes = new Map<number, number>()
  for (const pid of pids) for (const descriptor of descriptorsOf(pid)) addMemoryFile(descriptor, sizes)
  return sizes.values().reduce((sum, bytes) => sum + bytes, 0)
}

function descriptorsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map(descriptor => `/proc/${pid}/fd/${descriptor}`)
  } catch (error) {
    ignoreGone(error)
    return []
  }
}

/** Each once, however many descriptors lead to it. */
function addMemoryFile(descriptor: string, sizes: Map<number, number>): void {
  try {
    if (!readlinkSync(descriptor).startsWith('/memfd:')) return
    const { ino, blocks } = statSync(descriptor)
    sizes.set(ino, blocks * 512)
  } catch (error) {
    ignoreGone(error)
  }
}

function rootOf(pid: number | 'self'): string | undefined {
  try {
    const { dev, ino } = statSync(`/proc/${pid}/root/`)
    return `${dev}:${ino}`
  } catch (error) {
    ignoreGone(error)
    return rootOf('self')
  }
}

function ignoreGone(error: unknown): number {
  if (['ENOENT', 'ESRCH', 'EACCES'].includes(systemCode(error) ?? '')) return 0
  throw error
}
