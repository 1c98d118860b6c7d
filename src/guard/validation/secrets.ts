import { type Obligation, type Reason, reason, type Verdict } from '../../access/decision.ts'
import type { Finding, Grade } from '../../access/finding.ts'
import type { AccessRequest, Action, TextLeaf } from '../../access/request.ts'
import type { Config } from '../../config/schema.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'

/** What becomes of a secret in a request's texts. */
type Treatment = 'note' | 'mask' | 'deny'

/** The refusing kind of verdict. */
export type Refusal = Extract<Verdict, { kind: 'deny' }>

type SecretMode = Config['validation']['secrets']['mode']

/** The secrets of a request, split by what policy does with them. */
export interface SecretOutcome {
  readonly findings: readonly Finding[]
  readonly refusal?: Refusal
  readonly obligations: readonly Obligation[]
}

const nothing: SecretOutcome = { findings: [], obligations: [] }

const weight: Readonly<Record<Grade, number>> = { possible: 0, likely: 1, certain: 2 }

/** Scans every text of a request and applies `validation.secrets`. */
export function judgeSecrets(
  request: AccessRequest,
  engine: SecretEngine,
  { mode, minimumGrade }: Config['validation']['secrets'],
): SecretOutcome {
  const { action, resource } = request
  const treatment = treatmentOf(action, mode)
  // What is graded `possible` may be an example; refusing to write documentation about keys helps nobody.
  const cannotMask = action === 'file:write' || action === 'net:connect'
  const least = cannotMask ? Math.max(weight[minimumGrade], weight.likely) : weight[minimumGrade]
  const findings: Finding[] = []
  const counted: Finding[] = []
  for (let leaf = 0; leaf < resource.texts.length; leaf++) {
    for (const { start, end, ...seen } of engine.scan(resource.texts[leaf]!.text)) {
      const counts = treatment !== 'note' && weight[seen.grade] >= least
      const severity = counts && treatment === 'deny' ? 'deny' : 'note'
      const finding: Finding = { ...seen, severity, span: { leaf, start, end } }
      findings.push(finding)
      if (counts) counted.push(finding)
    }
  }
  if (findings.length === 0) return nothing
  if (counted.length === 0) return { findings, obligations: [] }
  if (treatment === 'mask') return { findings, obligations: [{ type: 'mask', findings: counted }] }
  return { findings, obligations: [], refusal: refuse(action, counted, findings, resource.texts) }
}

/**
 * Where the texts go decides. To a model, a tool or a person: masked or refused, as configured. Into a file or an
 * address: a mask would write or fetch nonsense, so refused. In a command: noted, for the user may have put it
 * there, and the command rules judge where it would go.
 */
function treatmentOf(action: Action, mode: SecretMode): Treatment {
  if (mode === 'observe') return 'note'
  switch (action) {
    case 'model:invoke':
    case 'prompt:submit':
    case 'output:deliver':
    case 'tool:call':
    case 'mcp:call':
      return mode === 'mask' ? 'mask' : 'deny'
    case 'file:write':
    case 'net:connect':
      return 'deny'
    default:
      return 'note'
  }
}

const MOST_REASONS = 10

const remedies: Partial<Record<Action, string>> = {
  'file:write':
    'read the value from an environment variable or a secret store, and write only its name into the file',
  'net:connect': 'send the credential in a header from outside the agent, never in an address',
}

function refuse(
  action: Action,
  counted: readonly Finding[],
  findings: readonly Finding[],
  texts: readonly TextLeaf[],
): Refusal {
  const byRule = new Map<string, Reason>()
  for (const { rule, threat, message, span } of counted) {
    if (byRule.has(rule) || byRule.size === MOST_REASONS) continue
    const where = span ? ` at \`${texts[span.leaf]!.where}\`` : ''
    const plain = reason('validation.secret-found', `${message}${where}`, { rule, threat })
    byRule.set(rule, { ...plain, remedy: remedies[action] ?? plain.remedy })
  }
  const [first, ...rest] = byRule.values()
  return { kind: 'deny', reasons: [first!, ...rest], findings }
}
