import type { AccessRequest } from '../src/access/request.ts'
import { configSchema } from '../src/config/schema.ts'
import { createAuthorizationLayer } from '../src/guard/authorization/authorization.ts'
import type { Deliberation } from '../src/guard/layer.ts'

// Authorization at 1,000 roles of 100 patterns: the layer, and beside it a plain list of patterns.

const ROLES = 1_000
const PATTERNS = 100
const ROUNDS = 200_000

let state = 42
/** A fixed sequence, so that two runs measure the same questions. */
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state % below
}

function pattern(): string {
  const tool = `tool${random(500)}`
  const kind = random(10)
  if (kind < 6) return `tools.${tool}.execute`
  if (kind < 8) return `tools.${tool}.*`
  return kind === 8 ? `admin.area${random(500)}.*` : `read:kind${random(500)}`
}

const roles = Object.fromEntries(
  Array.from({ length: ROLES }, (_, i) => [
    `role${i}`,
    {
      allow: Array.from({ length: PATTERNS - 5 }, pattern),
      deny: Array.from({ length: 5 }, () => `tools.tool${random(5000)}.execute`),
    },
  ]),
)
const config = configSchema.parse({ authorization: { roles } })
const started = performance.now()
const layer = createAuthorizationLayer(config)
const setUp = performance.now() - started

const questions = Array.from({ length: 10_000 }, (): Deliberation => {
  const tool = `tool${random(500)}`
  const request: AccessRequest = {
    id: 'dec_0',
    point: 'hooks',
    action: 'tool:call',
    resource: { type: 'tool', id: tool, tool, workplace: { cwd: '/', home: '/', project: '/' }, texts: [] },
    context: { time: 0, network: { address: '127.0.0.1', local: true, encrypted: false } },
    credentials: {},
  }
  const names = Array.from({ length: 3 }, () => `role${random(ROLES)}`)
  const principal = { kind: 'human', id: 'ann', roles: names } as const
  return { request, principal, permission: null, findings: [], obligations: [], affirmed: false }
})

const expressions = new Map<string, RegExp>()

function expressionOf(text: string): RegExp {
  const known = expressions.get(text)
  if (known) return known
  const body = text.replace(/[.:]/g, '\u0000').replace(/\*$/, '.+').replaceAll('*', '[^.:]+')
  const expression = new RegExp(`^${body.replaceAll('\u0000', '[.:]')}$`)
  expressions.set(text, expression)
  return expression
}

/** Every pattern of every role as an expression, asked one after the other. */
function naive({ request, principal }: Deliberation): boolean {
  const asked = `tools.${request.resource.id}.execute`
  const matches = (text: string) => expressionOf(text).test(asked)
  const mine = principal!.roles.map(name => roles[name]!)
  return !mine.some(({ deny }) => deny.some(matches)) && mine.some(({ allow }) => allow.some(matches))
}

function measure(name: string, rounds: number, ask: (question: Deliberation) => boolean): void {
  for (let i = 0; i < rounds / 10; i++) ask(questions[i % questions.length]!)
  const times = new Float64Array(rounds)
  let granted = 0
  for (let i = 0; i < rounds; i++) {
    const question = questions[i % questions.length]!
    const begin = performance.now()
    if (ask(question)) granted++
    times[i] = performance.now() - begin
  }
  times.sort()
  const at = (part: number) => (times[Math.floor(rounds * part)]! * 1000).toFixed(2)
  const mean = ((times.reduce((sum, time) => sum + time, 0) / rounds) * 1000).toFixed(2)
  const share = ((100 * granted) / rounds).toFixed(0)
  console.log(`${name.padEnd(12)} mean ${mean} µs, p50 ${at(0.5)}, p99 ${at(0.99)}, granted ${share} %`)
}

console.log(`${ROLES} roles × ${PATTERNS} patterns, 3 roles a principal; set-up ${setUp.toFixed(0)} ms`)
measure('layer', ROUNDS, question => (layer.check(question) as { kind: string }).kind === 'pass')
measure('plain list', ROUNDS / 10, naive)
