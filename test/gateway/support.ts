import { once } from 'node:events'
import { connect } from 'node:net'
import Anthropic from '@anthropic-ai/sdk'
import { reason } from '../../src/access/decision.ts'
import type { Finding } from '../../src/access/finding.ts'
import type { AccessRequest } from '../../src/access/request.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import { type Config, configSchema } from '../../src/config/schema.ts'
import { createGateway, type Gateway } from '../../src/enforcement/gateway/gateway.ts'
import { createGuard, type Guard, type Layers, type Monitor } from '../../src/guard/decide.ts'
import type { Layer } from '../../src/guard/layer.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { createIdSource } from '../../src/kernel/ids.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import type { SecretEngine } from '../../src/rules/secrets/types.ts'
import { type Script, type StandInModel, startStandInModel } from '../standin/model.ts'
import { createToyEngine } from './toy-engine.ts'

export const CLIENT_KEY = 'pcl_test_made-up-client-key'
export const UPSTREAM_KEY = 'made-up-upstream-key'

export interface Setting {
  readonly script?: Script
  /** Merged over a configuration that listens on a free port. */
  readonly config?: Record<string, Record<string, unknown>>
  readonly engine?: SecretEngine
  readonly layers?: Partial<Record<Layer['name'], Layer>>
  readonly monitor?: Monitor
  readonly upstreamUrl?: string
  readonly upstreamKey?: string | null
}

export interface Stage {
  readonly gateway: Gateway
  readonly model: StandInModel
  readonly url: string
  readonly port: number
  readonly config: Config
  readonly events: AuditEvent[]
  readonly questions: AccessRequest[]
  readonly asked: [string, string][]
  sdk(options?: ConstructorParameters<typeof Anthropic>[0]): Anthropic
  close(): Promise<void>
}

/** A gateway on a free port before a stand-in model, with a guard of small layers that do what the real ones do. */
export async function setStage(setting: Setting = {}): Promise<Stage> {
  const model = await startStandInModel({ script: setting.script ?? (() => ({ text: 'hello' })) })
  try {
    return await setStageBefore(model, setting)
  } catch (error) {
    await model.close()
    throw error
  }
}

async function setStageBefore(model: StandInModel, setting: Setting): Promise<Stage> {
  const upstreamUrl = setting.upstreamUrl ?? model.url
  const config = configSchema.parse({
    ...setting.config,
    network: { port: 0, ...setting.config?.['network'] },
    gateway: { upstream: { url: upstreamUrl }, ...setting.config?.['gateway'] },
  })
  const engine = setting.engine ?? createToyEngine()
  const events: AuditEvent[] = []
  const questions: AccessRequest[] = []
  const asked: [string, string][] = []
  const key = setting.upstreamKey === undefined ? UPSTREAM_KEY : setting.upstreamKey
  const gateway = createGateway({
    config,
    guard: createTestGuard(setting, config, engine, questions),
    engine,
    upstreamCredential: {
      current: () => (key === null ? null : new Secret(key)),
      header: secret => ['x-api-key', secret.reveal()],
    },
    audit: {
      async append(event) {
        return events.push(event)
      },
    },
    clock: systemClock,
    ids: createIdSource(systemClock, systemRandom),
    coverage: { asked: (session, id) => void asked.push([session, id]) },
  })
  const { port } = await gateway.listen()
  const url = `http://127.0.0.1:${port}`
  return {
    gateway,
    model,
    url,
    port,
    config,
    events,
    questions,
    asked,
    sdk: options => new Anthropic({ baseURL: url, apiKey: 'made-up-login', maxRetries: 0, ...options }),
    async close() {
      await gateway.close(500)
      await model.close()
    },
  }
}

function createTestGuard(
  { layers = {}, monitor }: Setting,
  config: Config,
  engine: SecretEngine,
  questions: AccessRequest[],
): Guard {
  const order: Layers = [
    layers.network ?? passing('network'),
    layers.authentication ?? authentication(config),
    layers.authorization ?? passing('authorization'),
    layers.validation ?? secretScan(config, engine),
    layers.execution ?? passing('execution'),
    monitor ?? { name: 'monitoring', record: async () => {} },
  ]
  const guard = createGuard(order, systemClock)
  return {
    decide(request) {
      questions.push(request)
      return guard.decide(request)
    },
    async open(opening) {
      const hearing = await guard.open(opening)
      if (hearing.kind === 'refused') {
        questions.push(opening)
        return hearing
      }
      return {
        kind: 'open',
        decide(resource) {
          questions.push({ ...opening, resource })
          return hearing.decide(resource)
        },
      }
    },
  }
}

export function passing(name: Layer['name']): Layer {
  return { name, check: () => ({ kind: 'pass' }) }
}

export function denying(name: Layer['name'], code: Parameters<typeof reason>[0], retryAfter?: number): Layer {
  const reasons = [reason(code, 'the test says no')] as const
  return {
    name,
    check: () => ({ kind: 'deny', reasons, ...(retryAfter !== undefined && { retryAfter }) }),
  }
}

function authentication({ authentication: { mode } }: Config): Layer {
  const principal = { kind: 'human', id: 'tester', roles: ['developer'] } as const
  return {
    name: 'authentication',
    check({ request: { credentials } }) {
      const shown = (credentials.apiKey ?? credentials.bearer)?.reveal()
      if (mode === 'local' || shown === CLIENT_KEY) return { kind: 'pass', principal }
      return { kind: 'deny', reasons: [reason('authentication.refused', 'the credential is not valid')] }
    },
  }
}

function secretScan({ validation: { secrets } }: Config, engine: SecretEngine): Layer {
  return {
    name: 'validation',
    check({ request: { resource } }) {
      const findings: Finding[] = resource.texts.flatMap(({ text }, leaf) =>
        engine.scan(text).map(({ start, end, ...seen }) => ({ ...seen, span: { leaf, start, end } })),
      )
      if (findings.length === 0 || secrets.mode === 'observe') return { kind: 'pass', findings }
      if (secrets.mode === 'mask') {
        return { kind: 'pass', findings, obligations: [{ type: 'mask', findings }] }
      }
      return {
        kind: 'deny',
        reasons: [reason('validation.secret-found', 'the text holds a secret')],
        findings,
      }
    },
  }
}

export const question = {
  model: 'claude-standin',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'hello' }],
}

/** Posts bytes exactly as given and returns the answer as text. */
export async function post(
  stage: Stage,
  body: string | Buffer,
  { path = '/v1/messages', headers = {} }: { path?: string; headers?: Record<string, string> } = {},
) {
  const response = await fetch(stage.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** Writes bytes to the gateway's socket and returns everything it says until it closes or falls silent. */
export async function raw(
  port: number,
  bytes: string | readonly string[],
  { pauseMs = 5, silenceMs = 700, halfClose = false } = {},
): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  let said = ''
  socket.setEncoding('latin1')
  socket.on('data', chunk => {
    said += chunk
  })
  socket.on('error', () => {})
  const over = new Promise<void>(resolve => {
    socket.once('end', resolve)
    socket.once('close', () => resolve())
  })
  await once(socket, 'connect')
  for (const piece of typeof bytes === 'string' ? [bytes] : bytes) {
    socket.write(Buffer.from(piece, 'latin1'))
    await new Promise(resolve => setTimeout(resolve, pauseMs))
  }
  if (halfClose) socket.end()
  await Promise.race([over, new Promise(resolve => setTimeout(resolve, silenceMs))])
  socket.destroy()
  return said
}

/** Waits until a condition holds, looking every few milliseconds. */
export async function until(condition: () => boolean, timeoutMs = 3_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true in time')
    await new Promise(resolve => setTimeout(resolve, 3))
  }
}
