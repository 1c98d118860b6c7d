import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Job, type Person, start } from './backend.ts'
import { commandInvocation, Driver, homeFor } from './ours.ts'
import { basePolicy, makeScene, processesNamed, type Scene } from './scene.ts'

/** Whose end is forced: the command line, a gateway with several runs at once, or any process of the sandbox. */
export type Victim = 'caller' | 'gateway' | 'program'

/** Ends something with SIGKILL after some milliseconds, starts once more, and answers what is left; null is nothing. */
export async function killAndLook(
  victim: Victim,
  afterMs: number,
  person: Person,
  owner: Person,
  tools: string,
): Promise<string | null> {
  const scene = makeScene(tools, owner)
  try {
    const job = jobIn(scene)
    const before = namesIn(scene.work)
    homeFor(scene.work, person)
    await killDuring(victim, afterMs, job, person, scene)
    await stillAlive(scene.mark)
    const next = { ...job, argv: ['/bin/true'] }
    const { exit, stderr } = await start(commandInvocation(next, person), next, person)
    if (exit !== 0) return `the next start ended with ${exit}: ${stderr}`
    const alive = await stillAlive(scene.mark)
    if (alive.length > 0) return `alive: ${alive.join(', ')}`
    return remains(scene, person, before)
  } finally {
    await scene.close()
  }
}

function jobIn(scene: Scene): Job {
  const script = `echo x > written; setsid sleep ${scene.mark} & (sleep ${scene.mark} &); sleep ${scene.mark}`
  return {
    policy: basePolicy(scene),
    argv: ['/bin/sh', '-c', script, scene.mark],
    cwd: scene.work,
    env: { PATH: '/usr/bin:/bin', HOME: scene.home },
  }
}

async function killDuring(
  victim: Victim,
  afterMs: number,
  job: Job,
  person: Person,
  scene: Scene,
): Promise<void> {
  if (victim === 'gateway') {
    const driver = new Driver(person, join(homeFor(scene.work, person), 'data', 'exec'))
    const runs = [1, 2, 3].map(() => driver.run(job))
    await sleep(afterMs)
    driver.child.kill('SIGKILL')
    await Promise.all(runs)
    return
  }
  const { argv, env } = commandInvocation(job, person)
  const child = spawn(argv[0]!, argv.slice(1), {
    cwd: job.cwd,
    env: { ...job.env, ...env },
    stdio: 'ignore',
    ...(process.getuid!() === person.uid ? {} : person),
  })
  const ended = new Promise(resolve => child.once('exit', resolve))
  await sleep(afterMs)
  // What was not started yet can only be ended with whoever starts it.
  const inside = processesNamed(scene.mark).filter(pid => pid !== child.pid)
  const chosen = victim === 'program' ? inside[Math.floor(afterMs) % Math.max(1, inside.length)] : undefined
  endQuietly(chosen ?? child.pid!)
  const timeout = new AbortController()
  await Promise.race([ended, sleep(4000, undefined, { signal: timeout.signal }).catch(() => undefined)])
  timeout.abort()
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
}

function endQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function stillAlive(mark: string): Promise<readonly number[]> {
  for (let tries = 0; tries < 40 && processesNamed(mark).length > 0; tries++) await sleep(50)
  return processesNamed(mark)
}

function remains(scene: Scene, person: Person, before: readonly string[]): string | null {
  const made = namesIn(scene.work).filter(name => !before.includes(name) && name !== 'written')
  if (made.length > 0) return `files: ${made.join(', ')}`
  const gone = before.filter(name => !existsSync(join(scene.work, name)) && !name.startsWith('link-'))
  if (gone.length > 0) return `gone: ${gone.join(', ')}`
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter(line => line.includes(scene.base))
  if (mounts.length > 0) return `mounts: ${mounts.join('; ')}`
  const books = readdirSync(join(homeFor(scene.work, person), 'data', 'exec'))
  if (books.length > 0) return `books: ${books.join(', ')}`
  return null
}

function namesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
}

/** Control groups of runs in which nobody is any more, which were not there before, and which nobody takes away within a second. */
export async function emptyGroups(before: readonly string[]): Promise<readonly string[]> {
  const first = groupsNow().filter(group => !before.includes(group))
  await sleep(1000)
  const second = groupsNow()
  return first.filter(group => second.includes(group))
}

export function groupsNow(): string[] {
  const top = '/sys/fs/cgroup'
  if (!existsSync(top)) return []
  const folders = [top, ...readdirSync(top).map(name => join(top, name))].filter(path =>
    existsSync(join(path, 'cgroup.procs')),
  )
  return folders
    .flatMap(path => readdirSync(path).map(name => join(path, name)))
    .filter(path => path.includes('/portcullis-') && processesIn(path) === '')
}

function processesIn(group: string): string {
  const path = join(group, 'cgroup.procs')
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : 'gone'
}
