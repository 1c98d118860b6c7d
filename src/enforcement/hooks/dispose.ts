import {
  type Decision,
  type Obligation,
  type Reason,
  type RestoredSecret,
  reason,
} from '../../access/decision.ts'
import type { ReasonCode } from '../../access/reason-codes.ts'
import type { Action } from '../../access/request.ts'
import type { Config } from '../../config/schema.ts'
import { putBack, restoredByAll } from '../../guard/validation/restoring.ts'
import { maskingWhatLeaves } from '../../guard/validation/secret-modes.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'
import type { Abilities, Disposition } from './adapter.ts'

interface DisposeParts {
  readonly action: Action
  readonly abilities: Abilities
  readonly config: Config
  readonly engine: SecretEngine
  /** The shell command that is asked about. */
  readonly command?: string
  /** Puts a command into a sandbox; null where that cannot be done. */
  readonly sandboxed?: (command: string, profile: string) => string | null
}

/** Weighs a decision, and words it: what an answer says reaches the agent and its model. */
export function dispose(decision: Decision, parts: DisposeParts): Disposition {
  const disposition = weigh(decision, parts)
  const clean = (text: string) => parts.engine.mask(text).text
  if (disposition.kind === 'pass') return { ...disposition, notices: disposition.notices.map(clean) }
  if (!('reasons' in disposition)) return disposition
  const reasons = disposition.reasons.map(one => ({
    ...one,
    message: clean(one.message),
    remedy: clean(one.remedy),
  }))
  return { ...disposition, reasons }
}

/**
 * Weighs a decision's obligations against what this event's answer can express.
 * INVARIANT: an obligation that cannot be discharged here denies.
 */
function weigh(decision: Decision, parts: DisposeParts): Disposition {
  const { action, abilities, config, engine } = parts
  const { id } = decision
  if (decision.effect === 'deny') return { kind: 'deny', id, reasons: decision.reasons }
  const wrapped = inSandbox(decision.obligations, parts)
  const refusals = decision.obligations.flatMap(obligation =>
    obligation.type === 'sandbox' && wrapped !== null ? [] : refusal(obligation, action, abilities),
  )
  if (refusals.length > 0) return { kind: 'deny', id, reasons: refusals }

  const approvals = decision.obligations.filter(obligation => obligation.type === 'require-approval')
  const restores = decision.obligations.flatMap(one => (one.type === 'restore' ? one.secrets : []))
  const masks = decision.obligations.some(obligation => obligation.type === 'mask')
  const mask = masks ? (text: string) => maskingWhatLeaves(engine, config).mask(text).text : same
  const rewrite = wrapped === null ? mask : (text: string) => (text === parts.command ? wrapped : mask(text))
  const isRewritten = masks || wrapped !== null || restores.length > 0
  if (approvals.length > 0) {
    const reasons = approvals.flatMap(one => one.reasons)
    return isRewritten ? { kind: 'ask', id, reasons, rewrite, restores } : { kind: 'ask', id, reasons }
  }
  if (isRewritten) return { kind: 'rewrite', rewrite, restores }
  const notices = decision.obligations.flatMap(one => (one.type === 'notify' ? [one.message] : []))
  const { autoAllow } = config.validation.commands
  const affirmed = autoAllow && action === 'command:run' && decision.assurance === 'affirmed'
  return { kind: 'pass', affirmed, notices }
}

const same = (text: string) => text

/** The command as it runs in the sandbox that is demanded; null where none is, or it cannot be had. */
function inSandbox(
  obligations: readonly Obligation[],
  { abilities, command, sandboxed }: DisposeParts,
): string | null {
  const demanded = obligations.find(({ type }) => type === 'sandbox')
  // What is put back later would stand inside quotes that were made without it.
  const isQuotable = !obligations.some(({ type }) => type === 'restore' || type === 'mask')
  if (demanded?.type !== 'sandbox' || !abilities.wrap || command === undefined || !isQuotable) return null
  return sandboxed?.(command, demanded.profile) ?? null
}

/** Reasons that are about an act, and not about secrets, settings or a fault. */
const aboutActs: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'validation.dangerous-command',
  'validation.command-needs-approval',
  'validation.protected-path',
  'validation.path-needs-approval',
  'validation.forbidden-host',
])

/** Whether a person may lift what is refused or asked here: it is about an act, and no finding of it is final. */
export function isLiftable(decision: Decision, disposition: Disposition): boolean {
  if (disposition.kind !== 'deny' && disposition.kind !== 'ask') return false
  if (decision.effect === 'deny' && decision.layer !== 'validation') return false
  const isHard = decision.findings.some(({ isFinal, severity }) => isFinal && severity !== 'note')
  return !isHard && disposition.reasons.every(({ code }) => aboutActs.has(code))
}

/** What is done about an event that asks for several things at once. */
export function strictest(dispositions: readonly Disposition[]): Disposition {
  const worst = dispositions.toSorted((left, right) => severity[right.kind] - severity[left.kind])[0]
  if (worst === undefined) throw new TypeError('an event without an act')
  const passes = dispositions.filter(one => one.kind === 'pass')
  if (worst.kind === 'pass') {
    const notices = passes.flatMap(one => one.notices)
    return { kind: 'pass', affirmed: passes.every(one => one.affirmed), notices }
  }
  if (worst.kind !== 'ask' && worst.kind !== 'rewrite') return worst
  const masks = dispositions.flatMap(one => ('rewrite' in one && one.rewrite ? [one.rewrite] : []))
  // One input serves all acts of an event: a secret goes into it only when every one of them may have it.
  const restores = restoredByAll(dispositions.map(one => ('restores' in one && one.restores) || []))
  const mask = masks.find(one => one !== same)
  if (!mask && restores.length === 0) {
    if (worst.kind === 'rewrite') return { kind: 'pass', affirmed: false, notices: [] }
    return { kind: 'ask', id: worst.id, reasons: worst.reasons }
  }
  const rewrite = (text: string) => putBack(mask ? mask(text) : text, restores)
  return { ...worst, rewrite, restores }
}

const severity: Readonly<Record<Disposition['kind'], number>> = {
  pass: 0,
  warn: 1,
  rewrite: 2,
  ask: 3,
  deny: 4,
}

/** Acts that still mean the same with a placeholder in their texts; a command or a file would not. */
const maskable: ReadonlySet<Action> = new Set<Action>(['output:deliver', 'tool:call', 'mcp:call'])

/** The reasons for which an obligation cannot be discharged; none when it can. */
function refusal(obligation: Obligation, action: Action, abilities: Abilities): readonly Reason[] {
  switch (obligation.type) {
    case 'mask':
      return abilities.rewrite && maskable.has(action) ? [] : obligation.findings.map(secretFound)
    case 'restore':
      return abilities.rewrite ? [] : obligation.secrets.map(cannotRestore)
    case 'require-approval':
      return abilities.ask ? [] : obligation.reasons
    case 'sandbox':
    case 'step-up':
      return [reason('execution.unknown-obligation', `a hook cannot discharge \`${obligation.type}\``)]
    case 'limit':
      // The agent's own shell ends a command after ten minutes at most and cuts its output.
      return []
    case 'notify':
      return []
  }
}

function cannotRestore({ placeholder }: RestoredSecret) {
  return reason(
    'validation.placeholder-not-restored',
    `this agent lets nobody put the secret back in place of \`${placeholder}\``,
    { remedy: 'edit around the masked value, or do this yourself' },
  )
}

function secretFound({ message, rule, threat }: { message: string; rule: string; threat: Reason['threat'] }) {
  return reason('validation.secret-found', message, { rule, threat })
}
