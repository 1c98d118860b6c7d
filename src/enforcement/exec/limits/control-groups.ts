import { accessSync, constants, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { systemCode } from '../../../kernel/errors.ts'

/** Where groups for our runs can be made; each folder is one the current process stands in or below. */
export interface ControlGroups {
  readonly version: 1 | 2
  /** Version 1 has a hierarchy each; in version 2 all are the same folder. */
  readonly memory: string
  readonly pids: string | null
  readonly cpu: string | null
}

/** A group that holds one run. */
export interface RunGroup {
  readonly folders: readonly string[]
  /** Moves a process in; its later children follow. */
  add(pid: number): void
  /** How often the kernel had to kill for memory. */
  outOfMemory(): number
  /** How often a process could not be started. */
  outOfProcesses(): number
  /** Null where it is not counted. */
  cpuSeconds(): number | null
  peakMemory(): number | null
  pids(): readonly number[]
}

interface Sources {
  readonly groups: string
  readonly mounts: string
}

/** Finds hierarchies we may make groups in, from the process's own place upwards. Null where there are none. */
export function findControlGroups(sources: Sources = readSources()): ControlGroups | null {
  const memory = versionOne('memory', sources)
  if (memory !== null) {
    const cpu = versionOne('cpuacct', sources)
    return { version: 1, memory, pids: versionOne('pids', sources), cpu }
  }
  const folder = versionTwo(sources)
  return folder === null ? null : { version: 2, memory: folder, pids: folder, cpu: folder }
}

function readSources(): Sources {
  return { groups: readText('/proc/self/cgroup'), mounts: readText('/proc/self/mountinfo') }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Without it there is nothing to make groups in.
    return ''
  }
}

function versionOne(controller: string, { groups, mounts }: Sources): string | null {
  const line = groups.split('\n').find(one => one.split(':')[1]?.split(',').includes(controller))
  const mount = mountsOf(mounts, 'cgroup').find(({ options }) => options.includes(controller))
  if (line === undefined || mount === undefined) return null
  const folder = within(mount, line.split(':').slice(2).join(':'))
  return folder !== null && isWritable(folder) ? folder : null
}

/** Version 2 gives controllers only to groups below one that passes them on, and such a group holds no processes. */
function versionTwo({ groups, mounts }: Sources): string | null {
  const line = groups.split('\n').find(one => one.startsWith('0::'))
  const mount = mountsOf(mounts, 'cgroup2')[0]
  if (line === undefined || mount === undefined) return null
  let folder = within(mount, line.slice('0::'.length))
  while (folder?.startsWith(mount.point)) {
    const passedOn = readText(join(folder, 'cgroup.subtree_control')).split(/\s+/)
    if (passedOn.includes('memory') && passedOn.includes('pids') && isWritable(folder)) return folder
    if (folder === mount.point) return null
    folder = dirname(folder)
  }
  return null
}

interface Mount {
  readonly root: string
  readonly point: string
  readonly options: readonly string[]
}

function mountsOf(mounts: string, type: string): Mount[] {
  return mounts.split('\n').flatMap(line => {
    const [before = '', after = ''] = line.split(' - ')
    const [kind, , superOptions = ''] = after.split(' ')
    const [, , , root, point] = before.split(' ')
    if (kind !== type || root === undefined || point === undefined) return []
    return [{ root, point, options: superOptions.split(',') }]
  })
}

/** The folder of a group, given the part of the hierarchy that is mounted. */
function within({ root, point }: Mount, group: string): string | null {
  if (root === '/') return join(point, group)
  return group === root || group.startsWith(`${root}/`) ? join(point, group.slice(root.length)) : null
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Makes the group of one run with its limits. Throws what the kernel says; half-made groups are taken away again. */
export function makeRunGroup(
  { version, memory, pids, cpu }: ControlGroups,
  name: string,
  limits: { readonly memoryBytes: number; readonly processes: number },
): RunGroup {
  const at = (base: string) => join(base, name)
  const bases = [...new Set([memory, pids, cpu].filter(base => base !== null))]
  const folders = bases.map(at)
  try {
    for (const folder of folders) mkdirSync(folder)
    if (version === 1) limitVersionOne(at(memory), limits.memoryBytes)
    else limitVersionTwo(at(memory), limits.memoryBytes)
    if (pids !== null) writeFileSync(join(at(pids), 'pids.max'), `${limits.processes}`)
  } catch (error) {
    removeGroups(folders)
    throw error
  }
  return {
    folders,
    add(pid) {
      for (const folder of folders) moveInto(folder, pid)
    },
    outOfMemory: () =>
      version === 1
        ? counter(join(at(memory), 'memory.oom_control'), 'oom_kill')
        : counter(join(at(memory), 'memory.events'), 'oom_kill'),
    outOfProcesses: () => (pids === null ? 0 : counter(join(at(pids), 'pids.events'), 'max')),
    cpuSeconds() {
      if (cpu === null) return null
      if (version === 1) return Number(readText(join(at(cpu), 'cpuacct.usage'))) / 1e9
      return counter(join(at(cpu), 'cpu.stat'), 'usage_usec') / 1e6
    },
    peakMemory() {
      const file = version === 1 ? 'memory.max_usage_in_bytes' : 'memory.peak'
      return Number(readText(join(at(memory), file))) || null
    },
    pids: () => pidsIn(at(memory)),
  }
}

function moveInto(folder: string, pid: number): void {
  try {
    writeFileSync(join(folder, 'cgroup.procs'), `${pid}`)
  } catch (error) {
    // Ended already.
    if (systemCode(error) !== 'ESRCH') throw error
  }
}

function limitVersionOne(folder: string, bytes: number): void {
  writeFileSync(join(folder, 'memory.limit_in_bytes'), `${bytes}`)
  // Absent where the kernel does not account for swap.
  writeIfThere(join(folder, 'memory.memsw.limit_in_bytes'), `${bytes}`)
}

function limitVersionTwo(folder: string, bytes: number): void {
  writeFileSync(join(folder, 'memory.max'), `${bytes}`)
  writeIfThere(join(folder, 'memory.swap.max'), '0')
  writeIfThere(join(folder, 'memory.oom.group'), '1')
}

function writeIfThere(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'r+' })
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}

function counter(path: string, key: string): number {
  const line = readText(path)
    .split('\n')
    .find(one => one.startsWith(`${key} `))
  return Number(line?.split(' ')[1] ?? 0)
}

/** The processes of a group that is there; none otherwise. */
export function pidsIn(folder: string): readonly number[] {
  return readText(join(folder, 'cgroup.procs')).split('\n').filter(Boolean).map(Number)
}

/** Removes groups; true when all are gone. The kernel refuses while a process is in one. */
export function removeGroups(folders: readonly string[]): boolean {
  return folders.map(removeGroup).every(Boolean)
}

function removeGroup(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    return systemCode(error) === 'ENOENT'
  }
}
