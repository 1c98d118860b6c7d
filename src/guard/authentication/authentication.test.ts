import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Verdict } from '../../access/decision.ts'
import type { AccessRequest, Context, EnforcementPointName } from '../../access/request.ts'
import { configSchema } from '../../config/schema.ts'
import { type ClientKeys, openClientKeys } from '../../credentials/client-keys/client-keys.ts'
import { createClientKey } from '../../credentials/client-keys/key-format.ts'
import { systemRandom } from '../../kernel/random.ts'
import { Secret } from '../../kernel/secret.ts'
import type { Deliberation } from '../layer.ts'
import { createAuthenticationLayer } from './authentication.ts'

let time = 0
const clock = { now: () => 1_800_000_000_000 + time, monotonic: () => time }
let keys: ClientKeys
let good: Secret
let goodId: string

beforeEach(async () => {
  time = 0
  keys = await openClientKeys({
    folder: join(mkdtempSync(join(tmpdir(), 'portcullis-auth-')), 'keys'),
    clock,
  })
  const issued = await keys.create({ roles: ['viewer'] })
  good = issued.secret
  goodId = issued.key.id
})

interface Given {
  readonly mode?: 'local' | 'required'
  readonly env?: NodeJS.ProcessEnv
  readonly point?: EnforcementPointName
  readonly network?: Partial<Context['network']>
  readonly apiKey?: Secret
  readonly bearer?: Secret
  readonly client?: string
  readonly trustedProxies?: string[]
  readonly limiter?: { take(subject: string): number }
}

function ask(given: Given): Verdict {
  const {
    mode = 'required',
    env = {},
    point = 'gateway',
    apiKey,
    bearer,
    client,
    trustedProxies = [],
    limiter,
  } = given
  const config = configSchema.parse({ authentication: { mode }, network: { trustedProxies } })
  const layer = createAuthenticationLayer(config, {
    keys,
    clock,
    env,
    user: 'ada',
    ...(limiter && { limiter }),
  })
  const request: AccessRequest = {
    id: 'dec_1',
    point,
    action: 'model:invoke',
    resource: { type: 'model', id: 'm', texts: [], stream: false },
    context: {
      time: 0,
      network: { address: '127.0.0.1', local: true, encrypted: false, ...given.network },
      ...(client !== undefined && { client }),
    },
    credentials: { ...(apiKey && { apiKey }), ...(bearer && { bearer }) },
  }
  const deliberation: Deliberation = {
    request,
    principal: null,
    permission: null,
    findings: [],
    obligations: [],
    affirmed: false,
  }
  return layer.check(deliberation) as Verdict
}

const wrong = createClientKey('live', systemRandom).secret
const vendor = new Secret('sk-ant-api03-made-up')
const refused = { kind: 'deny', reasons: [{ code: 'authentication.refused', threat: 'AUTH-BYP-001' }] }
const local = { kind: 'pass', principal: { kind: 'human', id: 'ada', roles: ['developer'] } }
const remote = { address: '192.0.2.1', local: false, encrypted: true }

function asKey() {
  return {
    kind: 'pass',
    principal: { kind: 'service', id: `key:${goodId}`, keyId: goodId, roles: ['viewer'] },
  }
}

describe('mode required', () => {
  test('takes the key as x-api-key, as bearer, or as both when equal', () => {
    expect(ask({ apiKey: good })).toEqual(asKey())
    expect(ask({ bearer: good })).toEqual(asKey())
    expect(ask({ apiKey: good, bearer: new Secret(good.reveal()) })).toEqual(asKey())
    expect(ask({ apiKey: good, network: remote })).toEqual(asKey())
  })

  test('refuses two that differ, whichever is good', () => {
    expect(ask({ apiKey: good, bearer: wrong })).toMatchObject(refused)
    expect(ask({ apiKey: wrong, bearer: good })).toMatchObject(refused)
    expect(ask({ apiKey: good, bearer: vendor })).toMatchObject(refused)
    expect(ask({ apiKey: good, bearer: new Secret('') })).toMatchObject(refused)
  })

  test('a gateway request on this machine needs a key too', () => {
    expect(ask({})).toMatchObject(refused)
    expect(ask({ point: 'admin' })).toMatchObject(refused)
    expect(ask({ point: 'mcp' })).toMatchObject(refused)
    expect(ask({ apiKey: vendor })).toMatchObject(refused)
  })

  test('a key without roles gets the default one', async () => {
    const { secret } = await keys.create({})
    expect(ask({ apiKey: secret })).toMatchObject({ principal: { roles: ['developer'] } })
  })

  test('every failure gives word for word the same reasons, and none names the key', async () => {
    const expired = await keys.create({ expiresInSeconds: 10 })
    const revoked = await keys.create({})
    await keys.revoke(revoked.key.id)
    time += 11_000
    const shown = [
      {},
      { apiKey: new Secret('') },
      { apiKey: wrong },
      { apiKey: vendor },
      { apiKey: expired.secret },
      { bearer: revoked.secret },
      { apiKey: new Secret('__proto__') },
      { apiKey: new Secret('x'.repeat(1_000_000)) },
      { apiKey: new Secret(`${good.reveal().slice(0, -1)}!`) },
      { apiKey: good, bearer: wrong },
    ]
    const reasons = shown.map(each => {
      const verdict = ask({ ...each, network: remote })
      return verdict.kind === 'deny' ? JSON.stringify(verdict.reasons) : verdict.kind
    })
    expect(new Set(reasons).size).toBe(1)
    expect(reasons[0]).toContain('authentication.refused')
  })

  test('the record says which key it was, when the whole key was shown, and never the key', async () => {
    await keys.revoke(goodId)
    const verdict = ask({ apiKey: good })
    expect(verdict).toMatchObject({
      findings: [{ message: `client key \`${goodId}\` is revoked`, severity: 'note' }],
    })
    expect(JSON.stringify(verdict)).not.toContain(good.reveal().slice(18))
  })

  test('a replaced key is admitted during its grace and flagged, then refused', async () => {
    const next = await keys.rotate(goodId, 60)
    expect(ask({ apiKey: good })).toMatchObject({
      kind: 'pass',
      findings: [
        { rule: 'authentication.replaced-key-in-use', message: expect.stringContaining(next.key.id) },
      ],
    })
    time += 60_000
    expect(ask({ apiKey: good })).toMatchObject(refused)
    expect(ask({ apiKey: next.secret })).not.toHaveProperty('findings')
  })
})

describe('our own environment', () => {
  const env = () => ({ PORTCULLIS_API_KEY: good.reveal() })

  test('stands in on this machine when nothing is shown', () => {
    expect(ask({ env: env() })).toEqual(asKey())
    expect(ask({ env: { PORTCULLIS_API_KEY: wrong.reveal() } })).toMatchObject(refused)
  })

  test('never for a caller from elsewhere, nor in place of a wrong key', () => {
    expect(ask({ env: env(), network: remote })).toMatchObject(refused)
    expect(ask({ env: env(), apiKey: wrong })).toMatchObject(refused)
    expect(ask({ env: env(), apiKey: wrong, bearer: vendor })).toMatchObject(refused)
    const forwarded = { forwardedFor: '192.0.2.1', forwardedProto: 'https' }
    expect(ask({ env: env(), network: forwarded })).toMatchObject(refused)
  })
})

describe('mode local', () => {
  const mode = 'local'

  test('the caller on this machine is its user; the client’s own login does not matter', () => {
    expect(ask({ mode })).toEqual(local)
    expect(ask({ mode, apiKey: vendor })).toEqual(local)
    expect(ask({ mode, bearer: new Secret('sk-ant-oat01-made-up') })).toEqual(local)
  })

  test('a shown client key must be good', () => {
    expect(ask({ mode, apiKey: good })).toEqual(asKey())
    expect(ask({ mode, apiKey: wrong })).toMatchObject(refused)
    expect(ask({ mode, bearer: new Secret('pcl_') })).toMatchObject(refused)
    expect(ask({ mode, apiKey: vendor, bearer: wrong })).toMatchObject(refused)
  })

  test('a caller from elsewhere is nobody without a key', () => {
    expect(ask({ mode, network: remote })).toMatchObject(refused)
    expect(ask({ mode, network: remote, apiKey: vendor })).toMatchObject(refused)
    expect(ask({ mode, network: remote, apiKey: good })).toEqual(asKey())
  })

  test('what a proxy or tunnel on this machine forwards is not local', () => {
    const both = { forwardedFor: '192.0.2.1', forwardedProto: 'https' }
    expect(ask({ mode, network: both })).toMatchObject(refused)
    expect(ask({ mode, network: both, apiKey: good })).toEqual(asKey())
    const trustedProxies = ['127.0.0.1']
    expect(ask({ mode, trustedProxies, network: { forwardedProto: 'https' } })).toMatchObject(refused)
    expect(ask({ mode, trustedProxies, network: { forwardedFor: '127.0.0.1' } })).toMatchObject(refused)
    expect(ask({ mode, trustedProxies })).toEqual(local)
  })

  test('a page that rebinds its name to this machine is not local, and neither is our environment its key', () => {
    for (const host of [
      'evil.example',
      'evil.example:8787',
      'localhost.evil.example',
      '192.0.2.1:8787',
      '',
    ]) {
      expect(ask({ mode, network: { host } })).toMatchObject(refused)
      expect(ask({ network: { host }, env: { PORTCULLIS_API_KEY: good.reveal() } })).toMatchObject(refused)
      expect(ask({ mode, network: { host }, apiKey: good })).toEqual(asKey())
    }
    for (const host of [
      'localhost',
      'localhost:8787',
      '127.0.0.1:8787',
      '[::1]:8787',
      '[::1]',
      'LOCALHOST:1',
    ]) {
      expect(ask({ mode, network: { host } })).toEqual(local)
    }
  })

  test('a lone spoofed X-Forwarded-For changes nothing', () => {
    expect(ask({ mode, network: { forwardedFor: '192.0.2.1' } })).toEqual(local)
    expect(ask({ mode, network: { ...remote, forwardedFor: '127.0.0.1' } })).toMatchObject(refused)
  })
})

describe('hooks and commands of this machine', () => {
  test.each(['local', 'required'] as const)('are vouched for by the operating system in mode %s', mode => {
    expect(ask({ mode, point: 'hooks', client: 'claude-code' })).toEqual({
      kind: 'pass',
      principal: { kind: 'agent', id: 'claude-code', roles: ['developer'], onBehalfOf: 'ada' },
    })
    for (const point of ['check', 'exec', 'scan'] as const) expect(ask({ mode, point })).toEqual(local)
  })

  test.each(['local', 'required'] as const)(
    'are nobody from elsewhere, and a shown key must be good, in mode %s',
    mode => {
      expect(ask({ mode, point: 'hooks', network: remote })).toMatchObject(refused)
      expect(ask({ mode, point: 'hooks', apiKey: wrong })).toMatchObject(refused)
      expect(ask({ mode, point: 'check', apiKey: good })).toEqual(asKey())
    },
  )

  test('a client’s name is a label: what is not one becomes `agent`', () => {
    for (const client of ['Claude Code/2.1', '../x', 'a'.repeat(41), '\u001b[31m', '']) {
      expect(ask({ point: 'hooks', client })).toMatchObject({ principal: { id: 'agent', onBehalfOf: 'ada' } })
    }
  })
})

describe('the limit of a key', () => {
  test('is asked for the key once it is known, and only then', () => {
    const asked: string[] = []
    const limiter = { take: (subject: string) => (asked.push(subject) > 1 ? 1500 : 0) }
    expect(ask({ limiter, apiKey: wrong })).toMatchObject(refused)
    expect(ask({ limiter, apiKey: good }).kind).toBe('pass')
    expect(ask({ limiter, apiKey: good })).toMatchObject({
      kind: 'deny',
      reasons: [{ code: 'network.rate-limited', threat: 'DOS-001' }],
      retryAfter: 2,
    })
    expect(asked).toEqual([`key:${goodId}`, `key:${goodId}`])
  })
})
