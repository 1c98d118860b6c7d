import { type Allow, type Decision, type Deny, layerNames, reason } from '../../access/decision.ts'
import type { Finding } from '../../access/finding.ts'
import type { Resource, TextLeaf } from '../../access/request.ts'
import type { AuditLog } from '../../audit/event.ts'
import type { Config } from '../../config/schema.ts'
import type { UpstreamCredential } from '../../credentials/upstream/upstream.ts'
import type { Guard, Hearing } from '../../guard/decide.ts'
import type { Clock } from '../../kernel/clock.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'
import { type MessagesBody, readMessagesBody } from './body.ts'
import type { Exchange } from './exchange.ts'
import { presentedCredentials, showsAnyCredential, showsClientKey, upstreamHeaders } from './headers.ts'
import { type Discharged, type Inspection, inspect } from './inspect.ts'
import { MalformedJson } from './json-bytes.ts'
import type { ScanMemory } from './memory.ts'
import type { BodyBudget } from './read-body.ts'
import { readBody } from './read-body.ts'
import type { Recorder } from './record.ts'
import { fault, isContentRefusal, type Refusal, refusalOf, refuse, sendRefusal } from './refusal.ts'
import { relay } from './relay.ts'
import { newReplyFacts } from './reply.ts'
import { restoringFor } from './restore-use.ts'
import { refuseBodyKind, type Target } from './strictness.ts'
import { sendSyntheticTurn } from './synthetic-turn.ts'
import type { Upstream, UpstreamCall } from './upstream.ts'

/** What the gateway stands on while it serves; a reload replaces parts of it. */
export interface Deployment {
  config: Config
  guard: Guard
  engine: SecretEngine
  upstream: Upstream
  readonly upstreamCredential: UpstreamCredential
  memory: ScanMemory
  readonly budget: BodyBudget
  readonly recorder: Recorder
  readonly audit: AuditLog
  readonly ids: (prefix: string) => string
  readonly clock: Clock
  /** Told of each tool use the model asked for, so that hooks that stay silent are noticed. */
  readonly coverage?: { asked(sessionId: string, toolUseId: string): void }
}

/** What passed the reading and goes before the guard. */
interface Question {
  readonly exchange: Exchange
  readonly hearing: OpenHearing
  readonly target: Target
  readonly body: MessagesBody | null
  readonly bytes: Buffer | null
  readonly inspection: Inspection
}

type OpenHearing = Extract<Hearing, { kind: 'open' }>

/** Serves `POST /v1/messages` and `count_tokens`: let in, read, ask, mask, forward. */
export async function passMessages(
  deployment: Deployment,
  exchange: Exchange,
  target: Target,
): Promise<void> {
  const { request, response } = exchange
  const { maxBodyMb, bodyTimeoutSeconds } = deployment.config.gateway
  const refusal = refuseBodyKind(request)
  if (refusal) return refuseUnasked(deployment, exchange, refusal)
  const hearing = await letIn(deployment, exchange, 'model:invoke')
  if (hearing === null) return
  const held = await readBody(request, {
    maxBytes: maxBodyMb * 1024 * 1024,
    timeoutMs: bodyTimeoutSeconds * 1_000,
    budget: deployment.budget,
    onWelcome: () => {
      if (request.headers.expect !== undefined) response.writeContinue()
    },
  })
  if (held === null) return
  if ('status' in held) return refuseUnasked(deployment, exchange, held)
  try {
    const question = readQuestion(deployment, exchange, hearing, target, held.bytes)
    if ('status' in question) refuseUnasked(deployment, exchange, question)
    else await askAndForward(deployment, question)
  } finally {
    held.release()
  }
}

/** Serves `GET /v1/models`: no body, the same guard. */
export async function passModels(deployment: Deployment, exchange: Exchange, target: Target): Promise<void> {
  const { headers } = exchange.request
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0) {
    const refusal = refuse(400, 'network.malformed-request', 'a GET request has a body')
    return refuseUnasked(deployment, exchange, refusal)
  }
  const hearing = await letIn(deployment, exchange, 'model:list')
  if (hearing === null) return
  const inspection = inspect(Buffer.alloc(0), [], deployment.memory, deployment.engine)
  await askAndForward(deployment, { exchange, hearing, target, body: null, bytes: null, inspection })
}

/** Who asks is judged by the headers alone: a stranger's body is never read. Null: refused and answered. */
async function letIn(
  deployment: Deployment,
  exchange: Exchange,
  action: 'model:invoke' | 'model:list',
): Promise<OpenHearing | null> {
  const { id, context, request } = exchange
  const hearing = await deployment.guard.open({
    id,
    point: 'gateway',
    action,
    resource: { type: 'model', id: 'unread', texts: [], stream: false },
    context,
    credentials: presentedCredentials(request.headers),
  })
  if (hearing.kind === 'open') return hearing
  const settled = await hearing.ruling.settled
  if (settled.effect !== 'deny') throw new TypeError('a denial settled as an allow')
  if (exchange.isGone) return null
  setServerTiming(exchange, settled)
  sendRefusal(exchange.response, { ...refusalOf(settled), closes: !request.complete }, id)
  return null
}

function readQuestion(
  { memory, engine }: Deployment,
  exchange: Exchange,
  hearing: OpenHearing,
  target: Target,
  bytes: Buffer,
): Question | Refusal {
  try {
    const body = readMessagesBody(bytes)
    return { exchange, hearing, target, body, bytes, inspection: inspect(bytes, body.units, memory, engine) }
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error
    return { ...refuse(400, 'network.malformed-request', error.message), closes: false }
  }
}

async function askAndForward(deployment: Deployment, question: Question): Promise<void> {
  const { exchange, hearing } = question
  const ruling = await hearing.decide(resourceOf(question))
  if (ruling.decision.effect === 'deny') return answerDenial(deployment, question, await ruling.settled)

  const discharged = discharge(ruling.decision, question.inspection)
  const credential = discharged && chooseCredential(deployment, exchange)
  if (!credential || exchange.isGone) {
    return withoutCall(deployment, question, await ruling.settled, discharged)
  }
  // The call runs while the decision is written down; its answer waits for the record.
  const call = deployment.upstream.call({
    method: question.body ? 'POST' : 'GET',
    path: question.target.path + question.target.query,
    headers: upstreamHeaders(exchange.request.headers, exchange.request.rawHeaders, credential),
    body: question.bytes && discharged.body,
  })
  exchange.onGone(() => call.abort())
  try {
    const settled = await ruling.settled
    if (settled.effect === 'allow')
      return await relayAndRecord(deployment, question, settled, discharged, call)
    call.abort()
    answerDenial(deployment, question, settled)
  } catch (error) {
    call.abort()
    throw error
  }
}

async function relayAndRecord(
  deployment: Deployment,
  { exchange, body, bytes }: Question,
  settled: Allow,
  discharged: Discharged,
  call: UpstreamCall,
): Promise<void> {
  discharged.remember()
  setServerTiming(exchange, settled)
  const facts = newReplyFacts(toolUseReporter(deployment, exchange))
  const { engine, budget, config } = deployment
  const restore = config.gateway.restoreForFileTools ? restoringFor(deployment, exchange) : undefined
  const relayed = await relay({ exchange, call, engine, facts, budget, restore })
  deployment.recorder.outcome(exchange, {
    event: exchange.isGone ? 'request.aborted' : relayed.fault ? 'request.failed' : 'request.completed',
    status: relayed.status,
    model: body?.model ?? null,
    principal: settled.principal,
    requestBytes: bytes?.length ?? 0,
    maskedInRequest: discharged.masked,
    facts,
    ...(relayed.fault !== undefined && { fault: relayed.fault }),
  })
}

function resourceOf({ target, body, inspection }: Question): Resource {
  return body
    ? { type: 'model', id: body.model, texts: textsOf(target, inspection), stream: body.stream }
    : { type: 'service', id: 'models', texts: [] }
}

/** A query that is not the usual one is judged like text. It cannot be masked, so a secret in it is refused. */
function textsOf({ query }: Target, { texts }: Inspection): readonly TextLeaf[] {
  if (query === '' || query === '?beta=true') return texts
  return [...texts, { text: query, where: 'query' }]
}

/** Does what the allow asks for; null when an obligation is beyond this point, which then denies. */
function discharge({ obligations }: Allow, inspection: Inspection): Discharged | null {
  const findings: Finding[] = []
  for (const obligation of obligations) {
    if (obligation.type !== 'mask') return null
    findings.push(...obligation.findings)
  }
  return inspection.discharge(findings)
}

type Credential = readonly [string, string] | 'theirs' | 'none'

/** Whose key the upstream sees. A key of ours for clients never leaves; null when we need our own and have none. */
function chooseCredential({ config, upstreamCredential }: Deployment, exchange: Exchange): Credential | null {
  const { headers } = exchange.request
  const isReplaced = config.authentication.mode === 'required' || showsClientKey(headers)
  if (!isReplaced && showsAnyCredential(headers)) return 'theirs'
  const ours = currentCredential(upstreamCredential)
  if (ours) return upstreamCredential.header(ours)
  return isReplaced ? null : 'none'
}

/** A key file that turned unsafe counts as no key: refused where ours is needed, else left to the upstream to refuse. */
function currentCredential(credential: UpstreamCredential) {
  try {
    return credential.current()
  } catch (error) {
    if (error instanceof PortcullisError) return null
    throw error
  }
}

/** The guard allowed, but the act cannot be carried out: says so, after the record. */
async function withoutCall(
  deployment: Deployment,
  question: Question,
  settled: Decision,
  discharged: Discharged | null,
): Promise<void> {
  const { exchange } = question
  if (settled.effect === 'deny') {
    answerDenial(deployment, question, settled)
  } else if (discharged === null) {
    const denial = denyUndischarged(settled)
    // The decision on record says allow; nobody may be told otherwise before the record says so, too.
    await deployment.recorder.notDischargeable(exchange, denial)
    answerDenial(deployment, question, denial)
  } else if (exchange.isGone) {
    recordFailure(deployment, question, settled, 499, 'the client went away before the call')
  } else {
    recordFailure(deployment, question, settled, 500, 'no upstream credential')
    sendRefusal(exchange.response, fault(500, NO_CREDENTIAL), exchange.id)
  }
}

const NO_CREDENTIAL =
  'the gate has no key for the upstream; set the variable or file named in `gateway.upstream.credential` (mode 0600)'

function recordFailure(
  { recorder }: Deployment,
  { exchange, body, bytes }: Question,
  { principal }: Decision,
  status: number,
  trouble: string,
): void {
  recorder.outcome(exchange, {
    event: exchange.isGone ? 'request.aborted' : 'request.failed',
    status,
    model: body?.model ?? null,
    principal,
    requestBytes: bytes?.length ?? 0,
    maskedInRequest: [],
    facts: newReplyFacts(),
    fault: trouble,
  })
}

function denyUndischarged(allow: Allow): Deny {
  const names = allow.obligations.map(({ type }) => type).join(', ')
  const why = reason(
    'execution.unknown-obligation',
    `the gateway cannot discharge the obligation \`${names}\``,
  )
  const { id, principal, permission, findings, timings } = allow
  return {
    effect: 'deny',
    id,
    layer: 'execution',
    reasons: [why],
    principal,
    permission,
    findings,
    timings,
  }
}

function answerDenial({ config }: Deployment, { exchange, body }: Question, decision: Decision): void {
  if (exchange.isGone) return
  if (decision.effect !== 'deny') throw new TypeError('a denial settled as an allow')
  const { response, id } = exchange
  setServerTiming(exchange, decision)
  const refusal = refusalOf(decision)
  const isTurn = config.gateway.block === 'assistant-turn' && isContentRefusal(refusal)
  if (isTurn && body && !exchange.request.url?.includes('/count_tokens')) {
    sendSyntheticTurn(response, refusal, { requestId: id, model: body.model, stream: body.stream })
  } else {
    sendRefusal(response, refusal, id)
  }
}

/** Refuses what never became a question; it still leaves a line in the log. */
export function refuseUnasked({ recorder }: Deployment, exchange: Exchange, refusal: Refusal): void {
  recorder.refusal(exchange.id, exchange.context.network.address, refusal)
  if (!exchange.isGone) sendRefusal(exchange.response, refusal, exchange.id)
}

function setServerTiming({ response }: Exchange, { timings }: Decision): void {
  const parts: string[] = []
  for (const layer of layerNames) {
    const microseconds = timings[layer]
    if (microseconds !== undefined) parts.push(`${layer};dur=${inMilliseconds(microseconds)}`)
  }
  response.setHeader('server-timing', parts.join(', '))
}

/** The same as dividing, without the printing of a fraction, which took longer than a layer. */
function inMilliseconds(microseconds: number): string {
  const rest = microseconds % 1_000
  return `${(microseconds - rest) / 1_000}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}`
}

function toolUseReporter({ coverage }: Deployment, { context: { session } }: Exchange) {
  if (!coverage || session === undefined) return undefined
  return (toolUseId: string) => coverage.asked(session, toolUseId)
}
