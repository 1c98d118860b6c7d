import type { Severity } from '../../../access/finding.ts'
import type { ThreatId } from '../../../access/threat-id.ts'
import { judgeCommand } from '../../../rules/commands/judge.ts'
import { analyse } from '../../../rules/configuration/analyse.ts'
import type { FileSystemView, SessionView } from '../../../rules/judgement.ts'
import type { Interpreter, InterpreterName } from './shebang.ts'

/** What the rules say the script would do. It advises; what holds is the sandbox. */
export interface Advice {
  readonly rule: string
  readonly threat: ThreatId
  readonly severity: Severity
  readonly message: string
  /** Counted from one, where the rule knows it. */
  readonly line?: number
}

const weights: Readonly<Record<Severity, number>> = { deny: 40, ask: 10, note: 1 }

/** From 0, nothing to say, to 100. */
export function scoreOf(advice: readonly Advice[]): number {
  return Math.min(
    100,
    advice.reduce((sum, { severity }) => sum + weights[severity], 0),
  )
}

/** A folder that exists nowhere: the rules read code of a project, and a hook's own folder is none. */
const FOLDER = '/portcullis-hook'

/** Nobody knows before it runs what it is handed. */
const ARGUMENTS = ['"$argument_1"', '"$argument_2"', '"$argument_3"']

/** The interpreter says what language it is; a name could say that it is prose. */
const nameFor: Readonly<Record<InterpreterName, string>> = {
  sh: 'script.sh',
  bash: 'script.bash',
  dash: 'script.dash',
  python3: 'script.py',
  node: 'script.js',
  perl: 'script.pl',
}

/** Reads the script by the rules for commands, as if somebody had just written it and now runs it, and by those for code. */
export function adviseOn(
  text: string,
  { name: interpreter, options }: Interpreter,
  home: string,
): readonly Advice[] {
  const path = `${FOLDER}/script`
  const view: FileSystemView = {
    realPath: other => other,
    readSmall: other => (other === path ? text : null),
    caseInsensitive: false,
  }
  // Written in this session, hence weighed like a command: code that stands in a project counts for less.
  const session: SessionView = {
    originOf: other => (other === path ? { remote: false, secret: false } : undefined),
    hasReadSecret: false,
    hasReadUntrusted: false,
  }
  const workplace = { cwd: FOLDER, home, project: FOLDER }
  const { findings } = judgeCommand(
    [interpreter, ...options, path, ...ARGUMENTS].join(' '),
    workplace,
    view,
    undefined,
    undefined,
    session,
  )
  const judged = findings.map(({ rule, threat, severity, message }) => ({
    rule,
    threat,
    severity,
    message: message.replace(/, in `script`$/, ''),
  }))
  const analysed = analyse(nameFor[interpreter], text).map(({ rule, threat, severity, message, start }) => ({
    rule,
    threat,
    severity,
    message,
    line: text.slice(0, start).split('\n').length,
  }))
  return [...judged, ...analysed]
}
