import { type ChildProcess, spawn } from 'node:child_process'
import { basename, dirname } from 'node:path'
import { PortcullisError, systemCode } from '../../../kernel/errors.ts'

interface RelayParts {
  /** The process whose network it enters. */
  readonly pid: number
  /** What it listens on, on 127.0.0.1 in there. */
  readonly port: number
  /** Where the proxy listens out here. */
  readonly socketPath: string
  readonly programs: Readonly<Partial<Record<'nsenter' | 'setpriv' | 'socat', string>>>
  readonly isRoot: boolean
}

/** What carries connections from a port inside the sandbox to the proxy's socket outside. */
export interface Relay {
  close(): void
}

const ATTEMPTS = 100
const PAUSE_MS = 20

/**
 * Starts the relay: a process that has entered the sandbox's network and nothing else of it, so that no file of ours is seen
 * inside and nobody inside can stop it. Resolves once it listens. Throws `sandbox.refused`.
 */
export async function openRelay(parts: RelayParts): Promise<Relay> {
  // Who is not root can enter only once the new user namespace has its map, which takes bubblewrap a moment.
  for (let attempt = 1; ; attempt++) {
    const child = start(parts)
    const said = await listening(child)
    if (said === null) return { close: () => stop(child) }
    stop(child)
    if (attempt === ATTEMPTS || !isSandboxThere(parts.pid)) throw failed(said)
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
  }
}

function start({ pid, port, socketPath, programs, isRoot }: RelayParts): ChildProcess {
  const { nsenter = 'nsenter', setpriv = 'setpriv', socat = 'socat' } = programs
  const enter = [
    '--target',
    String(pid),
    ...(isRoot ? [] : ['--user', '--preserve-credentials']),
    '--net',
    '--',
  ]
  // In there: whatever enters a namespace forgets that it should die with us.
  const drop = ['--pdeathsig', 'KILL', ...(isRoot ? ['--bounding-set=-all'] : []), '--no-new-privs', '--']
  const listen = `TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr,backlog=128,max-children=256`
  const relay = [
    '-d',
    '-d',
    '-b',
    '65536',
    '-t',
    LONGEST_HALF_CLOSED,
    listen,
    `UNIX-CONNECT:${basename(socketPath)}`,
  ]
  return spawn(nsenter, [...enter, setpriv, ...drop, socat, ...relay], {
    // A path may hold what means something to socat, a name of ours does not.
    cwd: dirname(socketPath),
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own, which holds the process of each connection, too.
    detached: true,
  })
}

/** Seconds in which one side may go on after the other has ended. */
const LONGEST_HALF_CLOSED = '300'

/** Null once it listens, or what it said before it ended. */
function listening(child: ChildProcess): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>()
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    // Read to the end, or the relay would stand still; kept only until it listens.
    said = (said + text).slice(-2_000)
    if (said.includes(' listening on ')) resolve(null)
  })
  child.once('error', error => resolve(error.message))
  child.once('close', () => resolve(said))
  return promise
}

function isSandboxThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}

function stop({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // Gone already.
    if (systemCode(error) !== 'ESRCH') throw error
  }
}

function failed(said: string): PortcullisError {
  // socat tells everything with `-d -d`; its errors are marked.
  const lines = said.trim().split('\n')
  const last = lines.findLast(line => line.includes(' E ')) ?? lines.at(-1) ?? ''
  return new PortcullisError(
    'sandbox.refused',
    `the way from the sandbox to its proxy could not be made${last === '' ? '' : `: ${last}`}`,
    'run `portcullis doctor` to see what this machine lacks',
  )
}
