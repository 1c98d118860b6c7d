import type { Finding } from '../../access/finding.ts'
import { type ReasonCode, reasonCodes } from '../../access/reason-codes.ts'
import type { AccessRequest } from '../../access/request.ts'
import type { Config } from '../../config/schema.ts'
import type { FileSystemView, Judgement } from '../../rules/judgement.ts'
import { applyPolicy } from '../../rules/policy/apply.ts'
import { createPathMatcher } from '../../rules/policy/glob.ts'
import type { PolicyAct } from '../../rules/policy/match.ts'
import { stillView } from './file-system.ts'

/** Lets the deployment's own rules and exceptions have their say about a judgement of the built-in ones. */
export function createPolicyJudge(
  { validation }: Config,
  view: FileSystemView,
): (request: AccessRequest, judgement: Judgement) => Judgement {
  const { rules, exceptions } = validation
  const isEmpty = rules.length + exceptions.length === 0
  return (request, judgement) =>
    applyPolicy(
      judgement,
      describe(request, isEmpty ? noDisk : view),
      { rules, exceptions },
      request.context.time,
    )
}

/** Without rules and exceptions no path is compared, and the disk is left alone. */
const noDisk: FileSystemView = { realPath: path => path, caseInsensitive: false }

/** An act as the words of a policy are compared with it. */
export function policyAct(
  request: AccessRequest,
  { acts = [], calls = [] }: Judgement,
  view: FileSystemView,
): PolicyAct {
  return { ...describe(request, view), acts, calls }
}

function describe(
  { action, resource, context }: AccessRequest,
  view: FileSystemView,
): Omit<PolicyAct, 'acts' | 'calls'> {
  const disk = stillView(view)
  const workplace = 'workplace' in resource ? resource.workplace : null
  const real = (path: string) => disk.realPath(path)
  return {
    agent: context.client ?? 'unknown',
    action,
    tool: 'tool' in resource ? resource.tool : resource.id,
    project: workplace && real(workplace.project),
    isAct: ['command', 'file', 'url', 'tool'].includes(resource.type),
    paths: createPathMatcher(workplace ?? NOWHERE, real, disk.caseInsensitive),
  }
}

const NOWHERE = { cwd: '/', home: '/', project: '/' }

/** What one can do about a finding: the rule's own word, and the way to allow it. */
export function remedyFor({ rule, remedy, isFinal }: Finding, code: ReasonCode): string {
  const first = remedy ?? reasonCodes[code].remedy
  if (isFinal) return `${first}; no exception lifts this rule`
  return `${first}; to allow it from now on, a person can add an exception for \`${rule}\` to \`validation.exceptions\`; \`portcullis check --explain\` shows how it was read`
}
