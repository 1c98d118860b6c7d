import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../kernel/clock.ts'
import { PortcullisError } from '../kernel/errors.ts'
import { parseConfig, readConfigText } from './load.ts'
import type { Config } from './schema.ts'

export interface WatchOptions {
  readonly path: string
  /** The configuration in force when watching begins. */
  readonly initial: Config
  /** Takes a new configuration into force. When it throws, the old one counts as still in force. */
  readonly onChange: (config: Config) => void | Promise<void>
  /** Hears why a new configuration was not taken; once for each different state of the file. */
  readonly onRefused: (error: PortcullisError) => void
  readonly clock: Clock
  /** Between looks at the file when the system reports nothing; network file systems report nothing. */
  readonly pollMs?: number
  /** Quiet time after a change, because editors write in several steps. */
  readonly settleMs?: number
}

type ReloadOutcome = 'changed' | 'unchanged' | 'refused' | 'closed'

export interface ConfigWatch {
  /** Reads the file now (SIGHUP). Never rejects: a refused file is told to `onRefused`. */
  reload(): Promise<ReloadOutcome>
  /** The configuration in force, since when (`clock.now()`), and why a newer file is not. */
  status(): { readonly config: Config; readonly since: number; readonly refused: PortcullisError | null }
  /** Stops watching and waits for a reload under way. */
  close(): Promise<void>
}

/** How long a changed file must have been left alone. */
const STEADY_MS = 100

/** Watches the configuration file. A bad new version keeps the old one in force and says so. */
export function watchConfig(options: WatchOptions): ConfigWatch {
  const { path, onChange, onRefused, clock, pollMs = 5_000, settleMs = 100 } = options
  let config = options.initial
  let since = clock.now()
  let refused: PortcullisError | null = null
  let hasExisted = false
  let lastText: string | undefined
  let isClosed = false
  let settling: NodeJS.Timeout | undefined
  let queue: Promise<unknown> = Promise.resolve()

  async function read(isAsked: boolean): Promise<Config> {
    const text = isAsked ? await readConfigText(path) : await steadyText()
    if (text === undefined && hasExisted) throw disappeared(path)
    hasExisted ||= text !== undefined
    const next = parseConfig(text ?? '', path)
    lastText = text
    return next
  }

  /** A writer may be half-way through, and half a file can be a valid one: a change counts once it has been left alone. */
  async function steadyText(): Promise<string | undefined> {
    let written = await lastWrite(path)
    let text = await readConfigText(path)
    while (text !== lastText && !isClosed) {
      await sleep(Math.min(settleMs, STEADY_MS), undefined, { ref: false })
      const since = await lastWrite(path)
      if (since === written) break
      written = since
      text = await readConfigText(path)
    }
    return text
  }

  async function look(isAsked: boolean): Promise<ReloadOutcome> {
    if (isClosed) return 'closed'
    try {
      const next = await read(isAsked)
      refused = null
      if (JSON.stringify(next) === JSON.stringify(config)) return 'unchanged'
      await onChange(next)
      config = next
      since = clock.now()
      return 'changed'
    } catch (error) {
      const refusal = asRefusal(error)
      const isNews = isAsked || refused === null || refused.message !== refusal.message
      refused = refusal
      if (isNews) onRefused(refusal)
      return 'refused'
    }
  }

  /** One look at a time, in the order asked: two reloads must not overtake each other. */
  function enqueue(isAsked: boolean): Promise<ReloadOutcome> {
    const outcome = queue.then(() => look(isAsked))
    queue = outcome.catch(() => undefined)
    return outcome
  }

  function lookSoon(): void {
    clearTimeout(settling)
    if (!isClosed) settling = setTimeout(() => void enqueue(false), settleMs).unref()
  }

  const watcher = watchFolder(path, lookSoon)
  const poll = setInterval(() => void enqueue(false), pollMs).unref()
  void enqueue(false)

  return {
    reload: () => enqueue(true),
    status: () => ({ config, since, refused }),
    async close() {
      isClosed = true
      clearInterval(poll)
      clearTimeout(settling)
      watcher?.close()
      await queue
    },
  }
}

/** Which file the path leads to and when it was last written; undefined when there is none. */
async function lastWrite(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined)
  return found && `${found.ino} ${found.mtimeNs}`
}

/** Watches the folder, not the file: editors write a new file and rename it over the old one. */
function watchFolder(path: string, onEvent: () => void): FSWatcher | undefined {
  const name = basename(path)
  try {
    const watcher = watch(dirname(path), { persistent: false }, (_, changed) => {
      if (changed === null || changed === name) onEvent()
    })
    // The folder went away or the system is out of watches; the poll goes on looking.
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    // No such folder yet; the poll goes on looking.
    return undefined
  }
}

/** INVARIANT: a vanished file is not a reason for defaults, which may be weaker than what was in force. */
function disappeared(path: string): PortcullisError {
  return new PortcullisError(
    'config.unreadable',
    `the configuration \`${path}\` has disappeared; the last one stays in force`,
    'put it back, or restart to run on the defaults',
  )
}

function asRefusal(error: unknown): PortcullisError {
  if (error instanceof PortcullisError) return error
  return new PortcullisError(
    'config.invalid',
    'the new configuration could not be put into force; the last one stays',
    'see the cause in the log, mend the configuration and reload',
    error,
  )
}

/** The keys in which two configurations differ, for the log: `network.port`, `authorization.roles.ci.allow`. */
export function changedKeys(before: unknown, after: unknown, path = ''): readonly string[] {
  if (!isSection(before) || !isSection(after)) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [path]
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].flatMap(key => changedKeys(before[key], after[key], path === '' ? key : `${path}.${key}`))
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
