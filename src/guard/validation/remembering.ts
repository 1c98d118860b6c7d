import type { Obligation } from '../../access/decision.ts'
import type { Principal } from '../../access/principal.ts'
import type { AccessRequest } from '../../access/request.ts'
import { type Judgement, type SessionView, unknownSession } from '../../rules/judgement.ts'
import type { SecretOutcome } from './secrets.ts'
import { leavesTraces, type SessionMemory } from './session-memory.ts'

/** What the layer has said about one request. */
interface Said {
  readonly act: Judgement
  readonly texts: SecretOutcome
  readonly isRefused: boolean
  readonly obligations: readonly Obligation[]
}

/** Joins requests with what is remembered of their session. Without a session nothing is remembered. */
export interface Remembering {
  viewOf(request: AccessRequest, principal: Principal | null): SessionView
  learn(request: AccessRequest, principal: Principal | null, said: Said): void
}

export function createRemembering(memory: SessionMemory | undefined): Remembering {
  return {
    viewOf(request, principal) {
      const name = nameOf(request, principal)
      return memory && name !== undefined ? memory.viewOf(name) : unknownSession
    },
    learn(request, principal, said) {
      const name = nameOf(request, principal)
      if (memory && name !== undefined) learnFrom(memory, name, request, said)
    },
  }
}

/** Two people's clients may name their sessions alike. */
function nameOf({ context }: AccessRequest, principal: Principal | null): string | undefined {
  return context.session === undefined ? undefined : `${principal?.id ?? ''} ${context.session}`
}

function learnFrom(memory: SessionMemory, name: string, request: AccessRequest, said: Said): void {
  const { toolUseId } = request.context
  if (request.action === 'output:deliver') {
    if (toolUseId !== undefined) memory.confirm(name, toolUseId)
    if (deliversSecret(said))
      memory.remember(name, { written: new Map(), readSecret: true, readUntrusted: false })
    return
  }
  const { aftermath } = said.act
  if (!aftermath || !leavesTraces(aftermath)) return
  const waits = said.isRefused || said.obligations.some(({ type }) => type === 'require-approval')
  if (!waits) memory.remember(name, aftermath)
  else if (toolUseId !== undefined) memory.expect(name, toolUseId, aftermath)
  // Nothing will tell whether the person agreed: what is not refused counts as done.
  else if (!said.isRefused) memory.remember(name, aftermath)
}

/** A secret that was found and neither masked nor refused has reached the agent. */
function deliversSecret({ texts, isRefused }: Said): boolean {
  return (
    !isRefused && texts.findings.some(({ grade, treatment }) => grade !== 'possible' && treatment === 'noted')
  )
}
