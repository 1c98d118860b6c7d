import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { startStandInModel } from '../standin/model.ts'
import {
  CLIENT_KEY,
  passing,
  post,
  question,
  raw,
  type Setting,
  type Stage,
  setStage,
  until,
} from './support.ts'

let stage: Stage | undefined
afterEach(async () => {
  await stage?.close()
  stage = undefined
})

async function on(setting: Setting = {}): Promise<Stage> {
  stage = await setStage(setting)
  return stage
}

describe('starting', () => {
  test('on a port in use says which, and the remedy', async () => {
    const { port } = await on()
    await expect(setStage({ config: { network: { port } } })).rejects.toMatchObject({
      code: 'network.port-in-use',
      message: `port ${port} is in use on \`127.0.0.1\``,
      remedy: expect.stringContaining('network.port'),
    })
  })

  test('beyond loopback without authentication is refused, with it not', async () => {
    const network = { host: '0.0.0.0' }
    await expect(setStage({ config: { network } })).rejects.toMatchObject({ code: 'network.unsafe-bind' })
    const open = await on({ config: { network, authentication: { mode: 'required' } } })
    const headers = { 'x-api-key': CLIENT_KEY }
    expect((await post(open, JSON.stringify(question), { headers })).status).toBe(200)
  })

  test('with a plain HTTP upstream beyond loopback is refused', async () => {
    await expect(setStage({ upstreamUrl: 'http://192.0.2.1' })).rejects.toMatchObject({
      code: 'config.invalid',
    })
  })
})

describe('stopping', () => {
  test('lets a request under way finish and takes no more', async () => {
    const gate = Promise.withResolvers<void>()
    const { gateway, model, port, sdk } = await on({
      script: async () => gate.promise.then(() => ({ text: 'late' })),
    })
    const answer = sdk().messages.create(question)
    await until(() => model.requests.length === 1)
    const closed = gateway.close(5_000)
    expect(
      await raw(port, 'GET /healthz HTTP/1.1\r\nHost: gate\r\n\r\n', { silenceMs: 100 }).catch(() => ''),
    ).toBe('')
    gate.resolve()
    expect((await answer).content[0]).toMatchObject({ text: 'late' })
    await closed
  })

  test('cuts what does not finish in time', async () => {
    const { gateway, model, sdk } = await on({ script: () => ({ fault: 'hang' }) })
    const answer = sdk().messages.create(question)
    const refused = expect(answer).rejects.toThrow()
    await until(() => model.requests.length === 1)
    const started = performance.now()
    await gateway.close(100)
    expect(performance.now() - started).toBeLessThan(2_000)
    await refused
  })
})

describe('reloading', () => {
  test('sends new requests to the new upstream and lets old ones finish', async () => {
    const gate = Promise.withResolvers<void>()
    const { gateway, config, model, sdk } = await on({
      script: async () => gate.promise.then(() => ({ text: 'old' })),
    })
    const other = await startStandInModel({ script: () => ({ text: 'new' }) })
    const before = sdk().messages.create(question)
    await until(() => model.requests.length === 1)
    const upstream = { ...config.gateway.upstream, url: other.url }
    gateway.reload({ ...config, gateway: { ...config.gateway, upstream } })
    expect((await sdk().messages.create(question)).content[0]).toMatchObject({ text: 'new' })
    gate.resolve()
    expect((await before).content[0]).toMatchObject({ text: 'old' })
    await other.close()
  })
})

const openssl = (() => {
  try {
    execFileSync('openssl', ['version'])
    return true
  } catch {
    return false
  }
})()

describe.skipIf(!openssl)('TLS', () => {
  test('is served, the guard knows it, and a key open to others is refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-tls-'))
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const options =
      '-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost'.split(' ')
    execFileSync('openssl', ['req', ...options, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' })
    chmodSync(keyFile, 0o600)
    const { port, questions } = await on({
      config: { network: { tls: { certFile, keyFile } } },
      layers: { network: passing('network') },
    })
    const headers = await postTls(port, readFileSync(certFile))
    expect(headers['strict-transport-security']).toBe('max-age=31536000')
    expect(questions[0]?.context.network.encrypted).toBe(true)

    chmodSync(keyFile, 0o644)
    const insecure = setStage({ config: { network: { tls: { certFile, keyFile } } } })
    await expect(insecure).rejects.toMatchObject({ code: 'file.insecure' })
    rmSync(folder, { recursive: true })
  })
})

function postTls(port: number, ca: Buffer): Promise<NodeJS.Dict<string | string[]>> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const options = { port, host: 'localhost', ca, method: 'POST', path: '/v1/messages', headers }
    request(options, response => {
      response.resume()
      response.on('end', () => resolve(response.headers))
    })
      .on('error', reject)
      .end(JSON.stringify(question))
  })
}
