import { type Obligation, type Reason, reason } from '../../access/decision.ts'
import type { Finding } from '../../access/finding.ts'
import type { ReasonCode } from '../../access/reason-codes.ts'
import type { AccessRequest, Resource } from '../../access/request.ts'
import type { Config } from '../../config/schema.ts'
import type { SecondGrammar } from '../../rules/commands/affirm/agreement.ts'
import { judgeCommand } from '../../rules/commands/judge.ts'
import {
  type FileSystemView,
  type Judgement,
  type SessionView,
  unknownSession,
} from '../../rules/judgement.ts'
import { judgePath } from '../../rules/paths/judge.ts'
import { judgeUrl } from '../../rules/paths/judge-url.ts'
import type { PolicyOptions } from '../../rules/paths/policy-options.ts'
import { stillView } from './file-system.ts'
import { createKnownCommands } from './known-commands.ts'
import { remedyFor } from './policy.ts'
import type { Refusal } from './secrets.ts'
import { judgeToolInput } from './tool-inputs.ts'

/** Judges what would be done, leaving the texts aside. */
export type ActJudge = (request: AccessRequest, session?: SessionView) => Judgement

const noOpinion: Judgement = { opinion: 'none', findings: [], effects: [] }

/** Binds the rules for commands, paths and addresses to this deployment's policy and disk. */
export function createActJudge(
  config: Config,
  view: FileSystemView,
  own: readonly string[],
  grammar?: SecondGrammar,
): ActJudge {
  const { protect, outsideProject } = config.validation.paths
  const options: PolicyOptions = { protect, outsideProject, own }
  const judgeKnown = createKnownCommands(view)
  const ownPorts = [config.network.port, config.network.adminPort]

  return ({ action, resource }, session = unknownSession) => {
    if (action === 'config:change') return weakensGuard(resource.id)
    switch (resource.type) {
      case 'command':
        return judgeKnown(resource.command, resource.workplace, session, (disk, known) =>
          judgeCommand(resource.command, resource.workplace, disk, options, grammar, known),
        )
      case 'file': {
        const operation = action === 'file:write' ? 'write' : resource.operation
        return judgePath(
          { path: resource.path, operation, tool: resource.tool },
          resource.workplace,
          stillView(view),
          options,
        )
      }
      case 'url':
        return judgeUrl(resource.id, ownPorts, session)
      case 'tool': {
        const { tool, workplace } = resource
        const disk = stillView(view)
        return judgeToolInput(resource, {
          command: text => judgeCommand(text, workplace, disk, options, undefined, session),
          path: (path, operation) => judgePath({ path, operation, tool }, workplace, disk, options),
          url: url => judgeUrl(url, ownPorts, session),
        })
      }
      case 'model':
      case 'text':
      case 'service':
        return noOpinion
    }
  }
}

/** An enforcement point asks for `config:change` only when a change would take the guard out of the agent's way. */
function weakensGuard(change: string): Judgement {
  const finding: Finding = {
    rule: 'path.is-agent-settings',
    threat: 'GRD-TMP-001',
    grade: 'certain',
    severity: 'deny',
    message: `the changed settings would switch the guard off (\`${change}\`)`,
  }
  return { opinion: 'deny', findings: [finding], effects: [] }
}

const MOST_REASONS = 10

/** The refusal a judgement asks for, or undefined. */
export function refusalOf(judgement: Judgement, type: Resource['type']): Refusal | undefined {
  if (judgement.opinion !== 'deny') return undefined
  const [first, ...rest] = reasonsFor(judgement.findings, 'deny', type)
  const reasons = [first ?? reason(denyCode(undefined, type), 'the rules refuse it'), ...rest] as const
  return { kind: 'deny', reasons, findings: judgement.findings }
}

/** The approval a judgement asks for, as obligations: one or none. */
export function approvalOf(judgement: Judgement, type: Resource['type']): readonly Obligation[] {
  if (judgement.opinion !== 'ask') return []
  const reasons = reasonsFor(judgement.findings, 'ask', type)
  return [{ type: 'require-approval', reasons }]
}

/** One reason per rule: findings of the asked severity, or all of them when none has it. */
function reasonsFor(
  findings: readonly Finding[],
  severity: 'ask' | 'deny',
  type: Resource['type'],
): Reason[] {
  const exact = findings.filter(finding => finding.severity === severity)
  const byRule = new Map<string, Reason>()
  for (const finding of exact.length > 0 ? exact : findings) {
    const { rule, threat, message } = finding
    if (byRule.has(rule) || byRule.size === MOST_REASONS) continue
    const code = severity === 'deny' ? denyCode(rule, type) : askCode(type)
    byRule.set(rule, reason(code, message, { rule, threat, remedy: remedyFor(finding, code) }))
  }
  return [...byRule.values()]
}

/** Rules about what steers or guards agents, whatever door the change comes through. */
const settingsRules: ReadonlySet<string> = new Set([
  'command.changes-agent-settings',
  'command.disables-guard',
  'command.touches-portcullis',
  'path.is-agent-settings',
  'path.is-portcullis-own',
])

function denyCode(rule: string | undefined, type: Resource['type']): ReasonCode {
  if (rule !== undefined && settingsRules.has(rule)) return 'validation.settings-protected'
  if (type === 'url') return 'validation.forbidden-host'
  return type === 'file' ? 'validation.protected-path' : 'validation.dangerous-command'
}

function askCode(type: Resource['type']): ReasonCode {
  if (type === 'url') return 'validation.forbidden-host'
  return type === 'file' ? 'validation.path-needs-approval' : 'validation.command-needs-approval'
}
