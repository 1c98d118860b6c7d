import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const TICKS_PER_SECOND = 100

/** A process under measurement, pinned to a core where `taskset` exists. */
export interface Subject {
  readonly pid: number
  /** CPU time used so far, in microseconds, with its threads and waited-for children. */
  cpuMicroseconds(): number
  peakMegabytes(): number
  stop(): Promise<void>
}

/** Starts a program pinned to `core`; ends it, and only it, by id. */
export function start(
  core: number,
  command: string,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Subject {
  const pinned = existsSync('/usr/bin/taskset')
  const child = spawn(
    pinned ? '/usr/bin/taskset' : command,
    pinned ? ['-c', String(core), command, ...args] : [...args],
    { stdio: ['ignore', 'ignore', 'inherit'], env: env ?? process.env },
  )
  return subject(child)
}

function subject(child: ChildProcess): Subject {
  const pid = child.pid!
  return {
    pid,
    cpuMicroseconds: () => tree(pid).reduce((sum, id) => sum + cpuOf(id), 0),
    peakMegabytes: () => tree(pid).reduce((sum, id) => sum + peakOf(id), 0),
    async stop() {
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.kill('SIGTERM')
      await Promise.race([ended, sleep(5000).then(() => child.kill('SIGKILL'))])
    },
  }
}

function tree(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return [pid, ...(children ? children.split(' ').flatMap(id => tree(Number(id))) : [])]
}

function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1e6
}

function peakOf(pid: number): number {
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return peak ? Number(peak[1]) / 1024 : 0
}

/** Waits until something listens on the loopback port. */
export async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const open = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.on('error', () => resolve(false))
    })
    if (open) return
    await sleep(50)
  }
  throw new Error(`nothing listens on port ${port}`)
}

/** Whether the programs are installed. */
export function installed(...programs: string[]): boolean {
  return programs.every(program => {
    try {
      execFileSync('/bin/sh', ['-c', `PATH=$PATH:/usr/sbin command -v ${program}`], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })
}
