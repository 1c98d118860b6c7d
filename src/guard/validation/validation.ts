import type { Verdict } from '../../access/decision.ts'
import type { AccessRequest } from '../../access/request.ts'
import type { Config } from '../../config/schema.ts'
import type { SecondGrammar } from '../../rules/commands/affirm/agreement.ts'
import type { FileSystemView } from '../../rules/judgement.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'
import type { Layer } from '../layer.ts'
import { approvalOf, createActJudge, refusalOf } from './acts.ts'
import { readRegularFile } from './file-system.ts'
import { createPolicyJudge } from './policy.ts'
import { createRemembering } from './remembering.ts'
import { createRestorer, type RestorerParts, writesFile } from './restoring.ts'
import { createSecretJudge, type Refusal } from './secrets.ts'
import type { SessionMemory } from './session-memory.ts'
import type { SecretVault } from './vault.ts'

export interface ValidationParts {
  readonly engine: SecretEngine
  readonly view: FileSystemView
  /** Absolute paths that belong to Portcullis. */
  readonly own: readonly string[]
  /** Without it no command is affirmed. */
  readonly grammar?: SecondGrammar | undefined
  /** Outlives the policy; without it every act stands alone. */
  readonly memory?: SessionMemory | undefined
  /** Outlives the policy; without it placeholders are words like others, and no secret is put back. */
  readonly vault?: SecretVault | undefined
  readonly variableOf?: RestorerParts['variableOf']
}

/** Larger files are not looked into for a secret that would be put back. */
const LARGEST_HOLDER = 1024 * 1024

/** Layer four. The strictest of all that the rules say counts: deny, then approval and masking, then affirmation. */
export function createValidationLayer(
  config: Config,
  { engine, view, own, grammar, memory, vault, variableOf }: ValidationParts,
): Layer {
  const judgeAct = createActJudge(config, view, own, grammar)
  const applyPolicy = createPolicyJudge(config, view)
  const remembering = createRemembering(memory)
  const readFile = (path: string) => readRegularFile(path, LARGEST_HOLDER)
  const restorer = vault && createRestorer(config, { engine, vault, view, readFile, variableOf })
  const { commands } = config.validation
  const judgeSecrets = createSecretJudge(engine, config.validation)

  return {
    name: 'validation',
    check({ request, principal }): Verdict {
      const { type } = request.resource
      const restoring = restorer?.consider(request, principal)
      const asDone = restoring?.asDone ?? request
      const act = applyPolicy(asDone, judgeAct(asDone, remembering.viewOf(request, principal)))
      const texts = judgeSecrets(request, type === 'tool' && writesFile(act), textIn(request, readFile))
      const back = restoring?.settle(act)
      const findings = [...act.findings, ...texts.findings]
      const refusal = joinRefusals(refusalOf(act, type), texts.refusal, back?.refusal)
      const obligations = refusal
        ? []
        : [...approvalOf(act, type), ...texts.obligations, ...(back?.obligations ?? [])]
      remembering.learn(request, principal, { act, texts, isRefused: refusal !== undefined, obligations })
      if (refusal) return { ...refusal, findings }
      restorer?.learn(request, principal, texts)
      const affirmed =
        act.opinion === 'allow' &&
        !restoring &&
        findings.length === 0 &&
        mayAffirm(request, commands.autoAllow)
      return { kind: 'pass', findings, obligations, affirmed }
    },
  }
}

/** Whether a text stands in the file that would be written; a file that is a link is none. */
function textIn(
  { action, resource }: AccessRequest,
  readFile: (path: string) => string | null,
): ((text: string) => boolean) | undefined {
  if (action !== 'file:write' || resource.type !== 'file') return undefined
  let before: string | null | undefined
  return text => {
    before ??= readFile(resource.path)
    return before?.includes(text) === true
  }
}

/** All refusals are told at once, so that the agent can mend all. */
function joinRefusals(...refusals: readonly (Refusal | undefined)[]): Refusal | undefined {
  const [first, ...others] = refusals.filter(refusal => refusal !== undefined)
  if (!first) return undefined
  return { ...first, reasons: [...first.reasons, ...others.flatMap(({ reasons }) => reasons)] }
}

function mayAffirm({ resource }: AccessRequest, autoAllow: boolean): boolean {
  return resource.type !== 'command' || autoAllow
}
