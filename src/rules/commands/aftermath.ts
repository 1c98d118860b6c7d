import type { Finding } from '../../access/finding.ts'
import type { Aftermath, FileOrigin, SessionView } from '../judgement.ts'
import type { PathMap } from '../paths/classify.ts'
import { hostKind } from '../paths/judge-url.ts'
import { holdsSecret, isPattern, isRemote, isUnknown } from '../paths/pattern.ts'
import { baseName } from '../paths/posix.ts'
import { isKnownPublisher } from '../paths/publishers.ts'
import type { Act } from './acts.ts'
import { commandRules } from './rule-names.ts'
import type { ShellState } from './shell/state.ts'

const MOST_WRITTEN = 100

/** Gathers what a session should remember of a command, should it run. */
export function aftermathOf(paths: PathMap, session: SessionView) {
  const handled = new Map<string, FileOrigin>()
  let readSecret = false
  let readUntrusted = false
  return {
    note({ kind, target, from }: Act): void {
      // What a standing script reads does not reach the agent by that alone.
      if (from?.isStanding) return
      if (kind === 'connect' && isStranger(target)) readUntrusted = true
      if (kind === 'read' && target !== null && paths.classify(target) === 'credential') readSecret = true
      // A copy, a move, a link: what comes of such a file under another name is no better.
      const origin = target === null || !/^(?:read|delete)$/.test(kind) ? undefined : session.originOf(target)
      if (origin && handled.size < MOST_WRITTEN) handled.set(target!, origin)
    },
    found({ rule }: Finding): void {
      if (rule === 'command.prints-credential' || rule === 'command.reads-credential') readSecret = true
    },
    of(state: ShellState): Aftermath {
      const written = new Map<string, FileOrigin>()
      for (const [path, content] of state.files)
        if (written.size < MOST_WRITTEN && !isPattern(path) && !path.startsWith('/dev/'))
          remember(written, path, content)
      for (const [link, target] of state.links) {
        const origin = state.files.has(target) ? written.get(target) : session.originOf(target)
        if (origin?.remote || origin?.secret) written.set(link, origin)
      }
      return { written, readSecret, readUntrusted }
    },
  }

  /** What was changed in a way nobody could follow stays what it was; into a folder, each goes under its own name. */
  function remember(written: Map<string, FileOrigin>, path: string, content: string): void {
    const known = { remote: isRemote(content), secret: holdsSecret(content) }
    if (!isUnknown(content)) {
      written.set(path, known)
      return
    }
    const sources = [...handled].filter(([, { remote, secret }]) => remote || secret)
    written.set(path, unite([known, session.originOf(path), ...sources.map(([, origin]) => origin)]))
    for (const [source, origin] of sources)
      if (source !== path) written.set(`${path}/${baseName(source)}`, origin)
  }
}

function unite(origins: readonly (FileOrigin | undefined)[]): FileOrigin {
  return {
    remote: origins.some(origin => origin?.remote === true),
    secret: origins.some(origin => origin?.secret === true),
  }
}

/** A host that is neither this machine nor a publisher of packages and code. */
function isStranger(host: string | null): boolean {
  if (host === null || isUnknown(host)) return true
  return hostKind(host.replace(/^\[|\]$/g, '')) !== 'local' && !isKnownPublisher(host)
}

/** Whoever has read a secret can write it into any request: a person looks at where it goes. */
export function judgeAfterSecret(
  { kind, target, program, from }: Act,
  session: SessionView,
): Finding | undefined {
  if (kind !== 'connect' || from?.isStanding || !session.hasReadSecret || !isStranger(target))
    return undefined
  const { threat, severity, does } = commandRules['command.sends-after-secret']
  const place = target === null || isUnknown(target) ? '' : ` \`${target}\``
  return {
    rule: 'command.sends-after-secret',
    threat,
    grade: 'likely',
    severity,
    message: `\`${program}\` ${does}${place}`,
  }
}
