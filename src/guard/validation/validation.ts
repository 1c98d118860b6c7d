import type { Verdict } from '../../access/decision.ts'
import type { AccessRequest } from '../../access/request.ts'
import type { Config } from '../../config/schema.ts'
import type { SecondGrammar } from '../../rules/commands/affirm/agreement.ts'
import type { FileSystemView } from '../../rules/judgement.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'
import type { Layer } from '../layer.ts'
import { approvalOf, createActJudge, refusalOf } from './acts.ts'
import { createPolicyJudge } from './policy.ts'
import { createRemembering } from './remembering.ts'
import { createSecretJudge, type Refusal } from './secrets.ts'
import type { SessionMemory } from './session-memory.ts'

export interface ValidationParts {
  readonly engine: SecretEngine
  readonly view: FileSystemView
  /** Absolute paths that belong to Portcullis. */
  readonly own: readonly string[]
  /** Without it no command is affirmed. */
  readonly grammar?: SecondGrammar | undefined
  /** Outlives the policy; without it every act stands alone. */
  readonly memory?: SessionMemory | undefined
}

/** Layer four. The strictest of all that the rules say counts: deny, then approval and masking, then affirmation. */
export function createValidationLayer(
  config: Config,
  { engine, view, own, grammar, memory }: ValidationParts,
): Layer {
  const judgeAct = createActJudge(config, view, own, grammar)
  const applyPolicy = createPolicyJudge(config, view)
  const remembering = createRemembering(memory)
  const { commands } = config.validation
  const judgeSecrets = createSecretJudge(engine, config.validation.secrets)

  return {
    name: 'validation',
    check({ request, principal }): Verdict {
      const { type } = request.resource
      const act = applyPolicy(request, judgeAct(request, remembering.viewOf(request, principal)))
      const texts = judgeSecrets(request)
      const findings = [...act.findings, ...texts.findings]
      const refusal = joinRefusals(refusalOf(act, type), texts.refusal)
      const obligations = refusal ? [] : [...approvalOf(act, type), ...texts.obligations]
      remembering.learn(request, principal, { act, texts, isRefused: refusal !== undefined, obligations })
      if (refusal) return { ...refusal, findings }
      const affirmed =
        act.opinion === 'allow' && findings.length === 0 && mayAffirm(request, commands.autoAllow)
      return { kind: 'pass', findings, obligations, affirmed }
    },
  }
}

/** Both refusals are told at once, so that the agent can mend both. */
function joinRefusals(act: Refusal | undefined, texts: Refusal | undefined): Refusal | undefined {
  if (!act || !texts) return act ?? texts
  return { ...act, reasons: [...act.reasons, ...texts.reasons] }
}

function mayAffirm({ resource }: AccessRequest, autoAllow: boolean): boolean {
  return resource.type !== 'command' || autoAllow
}
