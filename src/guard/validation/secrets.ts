import type { DataClass } from '../../access/data-class.ts'
import { type Obligation, type Reason, reason, type Verdict } from '../../access/decision.ts'
import type { Finding, Grade } from '../../access/finding.ts'
import type { AccessRequest, Action } from '../../access/request.ts'
import type { Config } from '../../config/schema.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'
import { secretModes } from './secret-modes.ts'

type Treatment = NonNullable<Finding['treatment']>

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

/** Scans every text of a request and says what becomes of each secret in it; `writes` when it lands in a file by any name. */
export type SecretJudge = (
  request: AccessRequest,
  writes?: boolean,
  isThere?: (secret: string) => boolean,
) => SecretOutcome

/** Binds `validation.secrets` and `validation.classes`. */
export function createSecretJudge(
  engine: SecretEngine,
  settings: Pick<Config['validation'], 'secrets' | 'classes'>,
): SecretJudge {
  const modeOf = secretModes(settings)
  const { minimumGrade } = settings.secrets
  return ({ action: asked, resource }, writes = false, isThere = () => false) => {
    const action = writes && asked !== 'file:read' ? 'file:write' : asked
    const least = leastGrade(action, minimumGrade)
    const findings: Finding[] = []
    for (let leaf = 0; leaf < resource.texts.length; leaf++) {
      for (const { start, end, ...seen } of engine.scan(resource.texts[leaf]!.text)) {
        const planned =
          weight[seen.grade] < least ? 'noted' : treatmentOf(action, modeOf(seen.rule), seen.dataClass)
        // What stands in the file already comes to no new place.
        const stays = planned === 'refused' && isThere(resource.texts[leaf]!.text.slice(start, end))
        const treatment = stays ? 'noted' : planned
        const severity = treatment === 'refused' ? 'deny' : 'note'
        findings.push({ ...seen, severity, treatment, span: { leaf, start, end } })
      }
    }
    // the name of a field may be a secret, too
    const placeOf = (leaf: number) => engine.mask(resource.texts[leaf]!.where).text
    return findings.length === 0 ? nothing : outcomeOf(action, findings, placeOf)
  }
}

/** What is graded `possible` may be an example; refusing to write documentation about keys helps nobody. */
function leastGrade(action: Action, minimum: Grade): number {
  const cannotMask = action === 'file:write' || action === 'net:connect'
  return cannotMask ? Math.max(weight[minimum], weight.likely) : weight[minimum]
}

/** Where a text stands, fit to be said. */
type PlaceOf = (leaf: number) => string

function outcomeOf(action: Action, findings: readonly Finding[], placeOf: PlaceOf): SecretOutcome {
  const refused = findings.filter(({ treatment }) => treatment === 'refused')
  if (refused.length > 0) {
    return { findings, obligations: [], refusal: refuse(action, refused, findings, placeOf) }
  }
  const masked = findings.filter(({ treatment }) => treatment === 'masked')
  return { findings, obligations: masked.length > 0 ? [{ type: 'mask', findings: masked }] : [] }
}

/**
 * Where the texts go decides. To a model, a tool or a person: masked or refused, as configured. Into a file or an
 * address: a mask would write or fetch nonsense, so refused. In a command: noted, for the user may have put it
 * there, and the command rules judge where it would go. What is less than a secret belongs in files and addresses.
 */
function treatmentOf(action: Action, mode: SecretMode, dataClass: DataClass): Treatment {
  if (mode === 'observe') return 'noted'
  switch (action) {
    case 'model:invoke':
    case 'prompt:submit':
    case 'output:deliver':
    case 'tool:call':
    case 'mcp:call':
      return mode === 'mask' ? 'masked' : 'refused'
    case 'file:write':
    case 'net:connect':
      return dataClass === 'secret' || mode === 'block' ? 'refused' : 'noted'
    default:
      return 'noted'
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
  placeOf: PlaceOf,
): Refusal {
  const byRule = new Map<string, Reason>()
  for (const { rule, threat, message, span } of counted) {
    if (byRule.has(rule) || byRule.size === MOST_REASONS) continue
    const where = span ? ` at \`${placeOf(span.leaf)}\`` : ''
    const plain = reason('validation.secret-found', `${message}${where}`, { rule, threat })
    byRule.set(rule, { ...plain, remedy: remedies[action] ?? plain.remedy })
  }
  const [first, ...rest] = byRule.values()
  return { kind: 'deny', reasons: [first!, ...rest], findings }
}
