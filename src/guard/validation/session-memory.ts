import type { Aftermath, FileOrigin, SessionView } from '../../rules/judgement.ts'

/**
 * What the sessions of agents have done. A session is named by the client, so that what is remembered only ever makes a
 * judgement stricter.
 */
export interface SessionMemory {
  viewOf(session: string): SessionView
  /** The act was let pass: count it as done. */
  remember(session: string, aftermath: Aftermath): void
  /** The act waits for a person, or was refused: count it as done only once its output is delivered. */
  expect(session: string, toolUseId: string, aftermath: Aftermath): void
  /** The output of a tool call came, so it has run. */
  confirm(session: string, toolUseId: string): void
}

export interface MemoryLimits {
  readonly sessions: number
  readonly files: number
  /** Characters of all paths of one session. */
  readonly characters: number
  readonly pending: number
}

const defaults: MemoryLimits = { sessions: 200, files: 500, characters: 64 * 1024, pending: 50 }

const FADED_FOR_EACH = 20

interface Session {
  readonly files: Map<string, FileOrigin>
  readonly pending: Map<string, Aftermath>
  characters: number
  hasReadSecret: boolean
  hasReadUntrusted: boolean
  /** More was written than is kept: from then on any file may be of this session's making. */
  hasForgotten: boolean
}

const own: FileOrigin = { remote: false, secret: false }

/** Memory of this process, bounded; the session that was silent for longest goes first. */
export function createSessionMemory(limits: MemoryLimits = defaults): SessionMemory {
  const sessions = new Map<string, Session>()
  /** Of sessions that had to go only the worst is kept, so that a crowd of made-up ones makes none forgotten. */
  const faded = new Map<string, Session>()

  function open(name: string): Session {
    const session = sessions.get(name) ?? faded.get(name) ?? newSession()
    faded.delete(name)
    sessions.delete(name)
    sessions.set(name, session)
    if (sessions.size > limits.sessions) fade(sessions.keys().next().value!)
    return session
  }

  function fade(name: string): void {
    const { files, pending, hasReadSecret, hasReadUntrusted, hasForgotten } = sessions.get(name)!
    sessions.delete(name)
    const hasWritten = hasForgotten || files.size + pending.size > 0
    if (!hasWritten && !hasReadSecret && !hasReadUntrusted) return
    faded.set(name, { ...newSession(), hasReadSecret, hasReadUntrusted, hasForgotten: hasWritten })
    if (faded.size > limits.sessions * FADED_FOR_EACH) faded.delete(faded.keys().next().value!)
  }

  return {
    viewOf(name) {
      const session = sessions.get(name) ?? faded.get(name)
      return {
        originOf: path => session?.files.get(path) ?? (session?.hasForgotten ? own : undefined),
        hasReadSecret: session?.hasReadSecret ?? false,
        hasReadUntrusted: session?.hasReadUntrusted ?? false,
      }
    },
    remember: (name, aftermath) => note(open(name), aftermath, limits),
    expect(name, toolUseId, aftermath) {
      const session = open(name)
      const { pending } = session
      pending.set(toolUseId, joinAftermaths([pending.get(toolUseId), aftermath]))
      if (pending.size <= limits.pending) return
      // What can no longer be waited for counts as done, or a crowd of refused acts would hide one that was agreed to.
      const [oldest, dropped] = pending.entries().next().value!
      pending.delete(oldest)
      note(session, dropped, limits)
    },
    confirm(name, toolUseId) {
      const session = sessions.get(name)
      const aftermath = session?.pending.get(toolUseId)
      if (!session || !aftermath) return
      session.pending.delete(toolUseId)
      note(session, aftermath, limits)
    },
  }
}

function newSession(): Session {
  return {
    files: new Map(),
    pending: new Map(),
    characters: 0,
    hasReadSecret: false,
    hasReadUntrusted: false,
    hasForgotten: false,
  }
}

function note(session: Session, aftermath: Aftermath, limits: MemoryLimits): void {
  session.hasReadSecret ||= aftermath.readSecret
  session.hasReadUntrusted ||= aftermath.readUntrusted
  for (const [path, origin] of aftermath.written) {
    forget(session, path)
    session.files.set(path, origin)
    session.characters += path.length
  }
  while (session.files.size > limits.files || session.characters > limits.characters) {
    session.hasForgotten = true
    forget(session, leastTelling(session.files))
  }
}

function forget(session: Session, path: string): void {
  if (session.files.delete(path)) session.characters -= path.length
}

/** A plain file of the session's own making is the first to be forgotten: `hasForgotten` says as much about it. */
function leastTelling(files: ReadonlyMap<string, FileOrigin>): string {
  for (const [path, { remote, secret }] of files) if (!remote && !secret) return path
  return files.keys().next().value!
}

const nothing: Aftermath = { written: new Map(), readSecret: false, readUntrusted: false }

/** Whether there is anything to remember. */
export function leavesTraces({ written, readSecret, readUntrusted }: Aftermath): boolean {
  return written.size > 0 || readSecret || readUntrusted
}

/** Everything that several acts at once leave behind. */
export function joinAftermaths(parts: readonly (Aftermath | undefined)[]): Aftermath {
  const known = parts.filter(part => part !== undefined)
  if (known.length === 0) return nothing
  return {
    written: new Map(known.flatMap(({ written }) => [...written])),
    readSecret: known.some(({ readSecret }) => readSecret),
    readUntrusted: known.some(({ readUntrusted }) => readUntrusted),
  }
}
