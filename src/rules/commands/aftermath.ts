import type { Finding } from '../../access/finding.ts'
import type { Aftermath, FileOrigin, SessionView } from '../judgement.ts'
import type { PathMap } from '../paths/classify.ts'
import { hostKind } from '../paths/judge-url.ts'
import { holdsSecret, isPattern, isRemote, isUnknown } from '../paths/pattern.ts'
import { isKnownPublisher } from '../paths/publishers.ts'
import type { Act } from './acts.ts'
import { commandRules } from './rule-names.ts'
import type { ShellState } from './state.ts'

const MOST_WRITTEN = 100

/** Gathers what a session should remember of a command, should it run. */
export function aftermathOf(paths: PathMap) {
  let readSecret = false
  let readUntrusted = false
  return {
    note({ kind, target, from }: Act): void {
      // What a standing script reads does not reach the agent by that alone.
      if (from?.isStanding) return
      if (kind === 'connect' && isStranger(target)) readUntrusted = true
      if (kind === 'read' && target !== null && paths.classify(target) === 'credential') readSecret = true
    },
    found({ rule }: Finding): void {
      if (rule === 'command.prints-credential' || rule === 'command.reads-credential') readSecret = true
    },
    of(state: ShellState): Aftermath {
      const written = new Map<string, FileOrigin>()
      for (const [path, content] of state.files)
        if (written.size < MOST_WRITTEN && !isPattern(path) && !path.startsWith('/dev/'))
          written.set(path, { remote: isRemote(content), secret: holdsSecret(content) })
      return { written, readSecret, readUntrusted }
    },
  }
}

/** A host that is neither this machine nor a publisher of packages and code. */
export function isStranger(host: string | null): boolean {
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
