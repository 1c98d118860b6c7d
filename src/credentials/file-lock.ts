import { randomBytes } from 'node:crypto'
import { link, readFile, rename, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPrivateFile } from '../config/private-files.ts'
import { PortcullisError, systemCode } from '../kernel/errors.ts'

const PATIENCE_MS = 10_000
const PAUSE_MS = 15

/**
 * Runs `work` while no other process runs work under the same lock file.
 * A lock left by a process that died is taken over; a living holder is waited for, then `credentials.busy` is thrown.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const token = `${process.pid} ${randomBytes(8).toString('hex')}`
  for (let waited = 0; !createPrivateFile(path, token); waited += PAUSE_MS) {
    const holder = await readHolder(path)
    if (holder !== null && !isAlive(holder)) {
      await removeStale(path, holder)
    } else if (waited >= PATIENCE_MS) {
      throw new PortcullisError(
        'credentials.busy',
        `another process has held \`${path}\` for ${PATIENCE_MS / 1000} s`,
        `wait for it to end; if none runs, remove \`${path}\``,
      )
    } else {
      await sleep(PAUSE_MS)
    }
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

async function readHolder(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw error
  }
}

/** Whether the process lives whose number a text begins with. */
export function isAlive(holder: string): boolean {
  const pid = Number.parseInt(holder, 10)
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) !== 'ESRCH'
  }
}

/** Moves the dead holder's lock away. Between look and move somebody may have taken it over: then theirs is put back. */
async function removeStale(path: string, deadHolder: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}.stale`
  try {
    await rename(path, aside)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return
    throw error
  }
  if ((await readFile(aside, 'utf8')) !== deadHolder) await link(aside, path)
  await rm(aside, { force: true })
}
