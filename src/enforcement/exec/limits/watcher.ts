import { readFileSync, statfsSync, statSync } from 'node:fs'
import { systemCode } from '../../../kernel/errors.ts'
import { processState, treeOf } from '../processes.ts'
import type { RunGroup } from './control-groups.ts'

const TICKS_PER_SECOND = 100
const LOOK_EVERY_MS = 20

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
  const look = () => {
    const pids = group?.cpuSeconds() == null || group === null ? treeOf(root) : []
    cpuSeconds = Math.max(cpuSeconds, group?.cpuSeconds() ?? cpuOf(pids))
    const memory =
      group?.peakMemory() ??
      pids.reduce((sum, pid) => sum + residentBytes(pid), 0) + scratchBytes(root, scratch)
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
