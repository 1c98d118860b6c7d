import { parse } from 'unbash'
import type { Effect } from '../../access/effect.ts'
import type { Finding } from '../../access/finding.ts'
import type { Workplace } from '../../access/request.ts'
import { type FileSystemView, type Judgement, type SessionView, unknownSession } from '../judgement.ts'
import { createPathMap } from '../paths/classify.ts'
import { holdsSecret, readable } from '../paths/pattern.ts'
import { defaultPolicyOptions, type PolicyOptions } from '../paths/policy-options.ts'
import type { Act, Shell } from './acts.ts'
import { type Agreement, compareGrammars, type SecondGrammar } from './affirm/agreement.ts'
import { isPlain } from './affirm/plain.ts'
import { aftermathOf, judgeAfterSecret } from './aftermath.ts'
import { weighByFile } from './code/code-files.ts'
import { judgeAct } from './policy.ts'
import { commandRules, type RuleName } from './rule-names.ts'
import { freshVariables } from './shell/fresh-variables.ts'
import { createInterpreter } from './shell/interpreter.ts'
import { initialState, type ShellState } from './shell/state.ts'
import {
  holdsHiddenCharacters,
  isOnlyForZsh,
  withoutHiddenCharacters,
  withoutZshRedirections,
} from './shell/text-check.ts'
import { createTrace } from './trace.ts'

const LONGEST_COMMAND = 128 * 1024
/** Too short for most nestings to end the stack. */
const SHALLOW_LENGTH = 4_096
/** Of what opens an expansion: each is read by itself, so that the time grows with their number and the length. */
const MOST_EXPANSIONS = 500
const MOST_FINDINGS = 50

/** What a shell would evaluate is never affirmed, not even in quotes, so that a missed corner of the grammar cannot allow. */
const HOLDS_CODE = /`|\$\(|[<>]\(|\(\(|\$\[|\$\{[^}]*[^\w}]/

/**
 * Judges one shell command by what it would do; nothing is run. `allow` means that every program, flag and target
 * is known to only read, and that a second grammar reads the same programs; without one nothing is affirmed.
 * Never throws on any text; what cannot be read for certain is at least `ask`.
 */
export function judgeCommand(
  command: string,
  workplace: Workplace,
  view: FileSystemView,
  options: PolicyOptions = defaultPolicyOptions,
  grammar?: SecondGrammar,
  session: SessionView = unknownSession,
): Judgement {
  const paths = createPathMap(workplace, view, options)
  const findings = new Map<string, Finding>()
  const trace = createTrace()
  const effects: Effect[] = []
  const aftermath = aftermathOf(paths, session)
  let affirmed = true

  const report = {
    act(act: Act) {
      if (effects.length < 200)
        effects.push({
          kind: act.kind,
          target: act.target === null ? null : readable(act.target),
          program: readable(act.program),
        })
      aftermath.note(act)
      const unweighed = judgeAct(act, paths, options) ?? judgeAfterSecret(act, session)
      const weighed = unweighed && weighByFile(unweighed, act, paths)
      const key = weighed && `${weighed.rule} ${weighed.severity} ${weighed.message}`
      const finding = (key !== undefined && findings.get(key)) || weighed
      trace.add(act, finding)
      if (!finding || key === undefined) return
      aftermath.found(finding)
      if (findings.size < MOST_FINDINGS || finding.severity === 'deny') findings.set(key, finding)
    },
    unaffirm() {
      affirmed = false
    },
    statement: trace.statement,
    begin: trace.begin,
    end: trace.end,
  }
  for (const rule of textRules(command)) findings.set(rule, textFinding(rule))

  const plain = withoutHiddenCharacters(command.slice(0, readableLength(command)))
  const text = isOnlyForZsh(plain) ? withoutZshRedirections(plain) : plain
  const shell = createInterpreter(paths, report, { view, session })
  const state = { ...initialState(paths.canonical(workplace.cwd)), fresh: freshVariables(text) }
  const printed = runBounded(shell, text, state)
  if (holdsSecret(printed)) shell.raise('command.prints-credential', 'shell', null)

  const opinion = opinionOf([...findings.values()], affirmed)
  const confirmed = opinion === 'allow' ? confirm(text, grammar) : { opinion, findings: [] }
  return {
    opinion: confirmed.opinion,
    findings: [...findings.values(), ...confirmed.findings],
    effects,
    aftermath: aftermath.of(state),
    acts: trace.acts,
    calls: trace.calls,
    isPartial: trace.isPartial || [...findings.values()].some(({ rule }) => obscuring.has(rule)),
    statements: () => trace.statements(text),
  }
}

/** The parser calls itself for some nestings, until the stack ends; then the beginning is judged and the rest asked about. */
function runBounded(shell: Shell, text: string, state: ShellState): string {
  const stdin = { text: '', connected: false }
  try {
    return shell.runText(text, stdin, state)
  } catch (error) {
    if (!(error instanceof RangeError) || text.length <= 1) throw error
    shell.raise('command.is-too-large', 'shell')
    return runBounded(shell, text.slice(0, Math.min(SHALLOW_LENGTH, text.length >> 1)), state)
  }
}

/** After these nobody can be sure that the list of effects is whole. */
const obscuring: ReadonlySet<string> = new Set<RuleName>([
  'command.holds-invisible-characters',
  'command.is-too-large',
  'command.is-unreadable',
])

const withoutAgreement: Readonly<Record<Agreement, Judgement['opinion']>> = {
  agrees: 'allow',
  'adds-program': 'ask',
  differs: 'none',
  unreadable: 'none',
}

/** An affirmation holds only for a plain command, in which another grammar finds the same programs; one more is asked about. */
function confirm(text: string, grammar: SecondGrammar | undefined): Pick<Judgement, 'opinion' | 'findings'> {
  if (!grammar || !isPlainCommand(text)) return { opinion: 'none', findings: [] }
  const opinion = withoutAgreement[compareGrammars(text, grammar)]
  return { opinion, findings: opinion === 'ask' ? [textFinding('command.grammars-disagree')] : [] }
}

function textRules(command: string): RuleName[] {
  const rules: RuleName[] = []
  if (command.length > readableLength(command)) rules.push('command.is-too-large')
  if (holdsHiddenCharacters(command)) rules.push('command.holds-invisible-characters')
  if (isOnlyForZsh(command)) rules.push('command.is-unreadable')
  return rules
}

/** How much of a command is read; what stands before is still judged, and the rest is asked about. */
function readableLength(command: string): number {
  const text = command.slice(0, LONGEST_COMMAND)
  let expansions = 0
  for (const { index } of text.matchAll(/[$<>][({]|`|\$\[/g)) if (++expansions > MOST_EXPANSIONS) return index
  return text.length
}

function textFinding(rule: RuleName): Finding {
  const { threat, severity, does } = commandRules[rule]
  return { rule, threat, grade: 'likely', severity, message: `the command ${does.replace(/:$/, '')}` }
}

function isPlainCommand(text: string): boolean {
  if (HOLDS_CODE.test(text)) return false
  const script = parse(text)
  return script.commands.length > 0 && isPlain(script)
}

function opinionOf(findings: readonly Finding[], affirmed: boolean): Judgement['opinion'] {
  if (findings.some(({ severity }) => severity === 'deny')) return 'deny'
  if (findings.some(({ severity }) => severity === 'ask')) return 'ask'
  return affirmed ? 'allow' : 'none'
}
