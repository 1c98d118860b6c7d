import type { Workplace } from '../../access/request.ts'
import type { FileOrigin, FileSystemView, Judgement, SessionView } from '../../rules/judgement.ts'
import { stillView } from './file-system.ts'

/** Judges a command with the answers of a disk and a session, and with nothing else that could change. */
export type JudgeCommand = (view: FileSystemView, session: SessionView) => Judgement

/** Everything one judgement was told from outside: while all of it holds, the judgement does. */
interface Known {
  readonly judgement: Judgement
  readonly realPaths: ReadonlyMap<string, string>
  readonly texts: ReadonlyMap<string, string | null>
  readonly origins: ReadonlyMap<string, FileOrigin | undefined>
  readonly hasReadSecret: boolean
  readonly hasReadUntrusted: boolean
}

const MOST_KNOWN = 64

/**
 * Commands that run code from disk are costly to judge and are given again and again: `make test`. A judgement is used
 * again when every path still leads where it did, every file still says what it did, and the session knows no more of them.
 */
export function createKnownCommands(view: FileSystemView) {
  const known = new Map<string, Known>()
  return (
    command: string,
    { cwd, home, project }: Workplace,
    session: SessionView,
    judge: JudgeCommand,
  ): Judgement => {
    const key = JSON.stringify([command, cwd, home, project])
    const before = known.get(key)
    if (before && stillHolds(before, view, session)) return before.judgement
    known.delete(key)
    const disk = stillView(view)
    const origins = new Map<string, FileOrigin | undefined>()
    const judgement = judge(disk, {
      hasReadSecret: session.hasReadSecret,
      hasReadUntrusted: session.hasReadUntrusted,
      originOf(path) {
        const origin = session.originOf(path)
        origins.set(path, origin)
        return origin
      },
    })
    if (![...disk.texts.values()].some(text => text !== null)) return judgement
    const { realPaths, texts } = disk
    const { hasReadSecret, hasReadUntrusted } = session
    known.set(key, { judgement, realPaths, texts, origins, hasReadSecret, hasReadUntrusted })
    if (known.size > MOST_KNOWN) known.delete(known.keys().next().value!)
    return judgement
  }
}

function stillHolds(before: Known, view: FileSystemView, session: SessionView): boolean {
  if (before.hasReadSecret !== session.hasReadSecret) return false
  if (before.hasReadUntrusted !== session.hasReadUntrusted) return false
  for (const [path, origin] of before.origins) if (!isSame(origin, session.originOf(path))) return false
  const disk = stillView(view)
  for (const [path, text] of before.texts) if (disk.readSmall?.(path) !== text) return false
  for (const [path, real] of before.realPaths) if (disk.realPath(path) !== real) return false
  return true
}

function isSame(left: FileOrigin | undefined, right: FileOrigin | undefined): boolean {
  return left?.remote === right?.remote && left?.secret === right?.secret
}
