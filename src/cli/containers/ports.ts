import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createPrivateFile, ensurePrivateFolder } from '../../config/private-files.ts'
import { isAlive, withFileLock } from '../../credentials/file-lock.ts'
import { PortcullisError, systemCode } from '../../kernel/errors.ts'

const FIRST = 9000
const LAST = 9999

/**
 * A port that nobody listens on and that no other call was given whose process still lives. It stays `holder`'s until
 * that process ends or the port is released; the file that says so is made under one lock, so that of many calls at
 * once each gets its own. Throws `network.port-in-use` when all are taken.
 */
export function allocatePort(folder: string, holder: number): Promise<number> {
  ensurePrivateFolder(folder)
  return withFileLock(join(folder, 'lock'), async () => {
    const held = sweep(folder)
    for (let port = FIRST; port <= LAST; port++)
      if (!held.has(port) && (await isFree(port)) && createPrivateFile(fileOf(folder, port), `${holder}\n`))
        return port
    throw new PortcullisError(
      'network.port-in-use',
      `all ports from ${FIRST} to ${LAST} are taken`,
      'end what holds them, or release one: `portcullis containers port --release PORT`',
    )
  })
}

/** Gives a port back; false when nobody held it. */
export function releasePort(folder: string, port: number): Promise<boolean> {
  if (!Number.isInteger(port) || port < FIRST || port > LAST)
    throw new PortcullisError(
      'usage',
      `\`${port}\` is none of these ports`,
      `give one from ${FIRST} to ${LAST}`,
    )
  ensurePrivateFolder(folder)
  return withFileLock(join(folder, 'lock'), async () => {
    const isHeld = sweep(folder).has(port)
    rmSync(fileOf(folder, port), { force: true })
    return isHeld
  })
}

function fileOf(folder: string, port: number): string {
  return join(folder, `${port}.held`)
}

/** The ports that are held; what a process left that is gone is taken away. */
function sweep(folder: string): Set<number> {
  const held = new Set<number>()
  for (const name of readdirSync(folder)) {
    const [, port] = /^(\d{4})\.held$/.exec(name) ?? []
    if (port === undefined) continue
    if (isAlive(readFileSync(join(folder, name), 'utf8'))) held.add(Number(port))
    else rmSync(join(folder, name), { force: true })
  }
  return held
}

/** Asked of loopback, where containers are published: whoever listens on all addresses is in the way there, too. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', error => {
      if (systemCode(error) === 'EADDRINUSE' || systemCode(error) === 'EACCES') resolve(false)
      else reject(error)
    })
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
