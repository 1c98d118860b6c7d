import {
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../kernel/clock.ts'
import { PortcullisError, systemCode } from '../kernel/errors.ts'
import type { Random } from '../kernel/random.ts'
import { LOCK, listFolder } from './folder.ts'
import { removeIfThere } from './write.ts'

// One writer per folder. Node has no flock, so: a file that only one process can make (link is atomic),
// naming its owner; and for taking over from a dead owner a claim named after exactly that owner's lock.

/** A lock from a place whose processes we cannot see counts as dead after this silence. */
const SILENCE_MS = 15_000
const POLL_MS = 5

interface Owner {
  readonly nonce: string
  readonly pid: number
  /** When the process started, as the system counts; tells a reused pid apart. Empty where unknown. */
  readonly started: string
  /** Which boot of which machine, and which pid namespace. */
  readonly place: string
}

export interface Lock {
  /** False once somebody removed or replaced the lock file. */
  isHeld(): boolean
  /** Says "still here" to processes that cannot see this one. */
  touch(): void
  release(): void
}

export interface LockOptions {
  readonly folder: string
  readonly waitMs: number
  readonly clock: Clock
  readonly random: Random
}

/** Waits up to `waitMs` for the folder's lock, then throws `audit.busy`. Takes over from a dead owner. */
export async function acquireLock({ folder, waitMs, clock, random }: LockOptions): Promise<Lock> {
  const path = join(folder, LOCK)
  const me = describeMe(random)
  const mine = `${path}.${me.nonce}`
  const deadline = clock.monotonic() + waitMs
  try {
    writeFileSync(mine, JSON.stringify(me), { flag: 'wx', mode: 0o600 })
    while (!tryAcquire(path, mine)) {
      if (clock.monotonic() >= deadline) throw busy(path)
      await sleep(POLL_MS)
    }
  } finally {
    removeIfThere(mine)
  }
  return heldLock(path, me.nonce)
}

function tryAcquire(path: string, mine: string): boolean {
  if (tryLink(mine, path)) return true
  const owner = readOwner(path)
  if (owner === null || isAlive(owner, path)) return false
  return takeOver(path, mine, owner)
}

/**
 * Claims the succession of a dead owner. The claim's name holds the dead lock's nonce, so only one process can
 * have it; and while the lock still shows that nonce, only the claimant may replace it.
 */
function takeOver(path: string, mine: string, dead: Owner): boolean {
  const claims: string[] = []
  for (let before = dead; ; ) {
    const claim = `${path}.after-${before.nonce}`
    claims.push(claim)
    if (tryLink(mine, claim)) break
    const claimant = readOwner(claim)
    if (claimant === null || isAlive(claimant, claim)) return false
    before = claimant
  }
  const own = claims.at(-1)!
  // A slow reader may claim after the succession is over: then the lock shows another nonce.
  if (readOwner(path)?.nonce !== dead.nonce) {
    removeIfThere(own)
    return false
  }
  renameSync(own, path)
  for (const claim of claims) removeIfThere(claim)
  return true
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

function heldLock(path: string, nonce: string): Lock {
  const isHeld = () => readOwner(path)?.nonce === nonce
  return {
    isHeld,
    touch() {
      const now = new Date()
      utimesSync(path, now, now)
    },
    release() {
      if (isHeld()) removeIfThere(path)
    },
  }
}

/**
 * Whether a writer is at work in the folder. Naming a live process proves nothing, since anybody can write a lock file;
 * so where the system can tell (Linux), that process must hold one of the segments open for writing. A writer we cannot
 * see, in another container or on another machine, does not count.
 */
export function hasWriter(folder: string): boolean {
  const path = join(folder, LOCK)
  const owner = readOwner(path)
  if (owner === null || owner.place !== place() || !isAlive(owner, path)) return false
  return process.platform !== 'linux' || writesIn(folder, owner.pid)
}

function writesIn(folder: string, pid: number): boolean {
  const segments = listFolder(folder).segments.flatMap(({ path }) => identityOf(path))
  return descriptorsOf(pid).some(descriptor => {
    const [open] = identityOf(`/proc/${pid}/fd/${descriptor}`)
    return open !== undefined && segments.includes(open) && isForWriting(pid, descriptor)
  })
}

function descriptorsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`)
  } catch {
    // It has ended, or is not ours to look into: nothing is proven.
    return []
  }
}

function identityOf(path: string): readonly string[] {
  const status = statSync(path, { throwIfNoEntry: false })
  return status?.isFile() ? [`${status.dev}:${status.ino}`] : []
}

/** The last octal digit of the flags is the access mode: 0 reads only. */
function isForWriting(pid: number, descriptor: string): boolean {
  const information = orEmpty(() => readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8'))
  const flags = /^flags:\s*([0-7]+)$/m.exec(information)?.[1]
  return flags !== undefined && (Number.parseInt(flags, 8) & 3) !== 0
}

function readOwner(path: string): Owner | null {
  try {
    // A pipe in its place would let a reader wait for ever.
    const owner = lstatSync(path).isFile() ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<Owner>) : {}
    if (
      typeof owner.nonce === 'string' &&
      /^[0-9a-f]{16}$/.test(owner.nonce) &&
      Number.isInteger(owner.pid)
    ) {
      return owner as Owner
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new PortcullisError(
    'audit.corrupt',
    `the lock \`${path}\` is not one of ours`,
    'make sure that no Portcullis is running, then remove that file',
  )
}

function isAlive(owner: Owner, path: string): boolean {
  if (owner.place !== place()) return heardFrom(path)
  if (owner.started !== '' && owner.started !== startOf(owner.pid)) return false
  try {
    process.kill(owner.pid, 0)
    return true
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}

function heardFrom(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs < SILENCE_MS
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}

function describeMe(random: Random): Owner {
  const nonce = Buffer.from(random(new Uint8Array(8))).toString('hex')
  return { nonce, pid: process.pid, started: startOf(process.pid), place: place() }
}

let knownPlace: string | undefined

function place(): string {
  knownPlace ??= [orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())]
    .concat(orEmpty(() => readlinkSync('/proc/self/ns/pid')))
    .join(' ')
  return knownPlace
}

/** Field 22 of `/proc/<pid>/stat`; the name before it may hold spaces and brackets. */
function startOf(pid: number): string {
  return orEmpty(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended: it holds nothing any more.
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? '')
  })
}

/** `/proc` is Linux only; elsewhere the pid alone must do. */
function orEmpty(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}

function busy(path: string): PortcullisError {
  const pid = readOwner(path)?.pid
  return new PortcullisError(
    'audit.busy',
    `another process${pid === undefined ? '' : ` (${pid})`} is writing this journal`,
    'wait for it, or let the running Portcullis do the work',
  )
}
