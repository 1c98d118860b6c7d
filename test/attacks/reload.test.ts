import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { configSchema } from '../../src/config/schema.ts'
import { raw } from '../gateway/support.ts'
import { type Fortress, raiseFortress } from './support.ts'

const token = `glpat-${'0a1b2c3d4e5f6a7b8c9d'}`
const body = JSON.stringify({
  model: 'm',
  max_tokens: 1,
  messages: [{ role: 'user', content: `it is ${token}` }],
})
const head = `POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`

let fortress: Fortress
afterEach(() => fortress.close())

/** Takes a new configuration into force while requests are under way. */
function reload(settings: object): void {
  const { gateway, deployment, model } = fortress
  const config = configSchema.parse({
    network: { port: 0 },
    gateway: { upstream: { url: model.url } },
    ...settings,
  })
  gateway.reload(config, deployment.policyOf(config))
}

describe('a request that began before a reload', () => {
  test('leaves nothing behind that lets its secret pass under the new policy', async () => {
    fortress = await raiseFortress({ validation: { secrets: { mode: 'observe' } } })
    const socket = connect({ port: fortress.port, host: '127.0.0.1' })
    socket.resume()
    await once(socket, 'connect')
    socket.write(head + body.slice(0, 10))
    await expect.poll(() => fortress.gateway.stats().bodyBytesInFlight).toBe(body.length)
    reload({ validation: { secrets: { mode: 'mask' } } })
    const closed = once(socket, 'close')
    socket.write(body.slice(10))
    await closed
    expect(fortress.model.requests).toHaveLength(1)

    expect(await raw(fortress.port, head + body)).toMatch(/^HTTP\/1\.1 200 /)
    expect(fortress.model.requests).toHaveLength(2)
    expect(fortress.model.requests[1]!.body.toString()).not.toContain(token)
  })

  test('a memory of masks does not outlive a policy that refuses', async () => {
    fortress = await raiseFortress()
    expect(await raw(fortress.port, head + body)).toMatch(/^HTTP\/1\.1 200 /)
    reload({ validation: { secrets: { mode: 'block' } } })
    expect(await raw(fortress.port, head + body)).toMatch(/^HTTP\/1\.1 451 /)
    expect(fortress.model.requests).toHaveLength(1)
  })

  test('who was let in by the old keys does not get in by the new policy', async () => {
    fortress = await raiseFortress()
    reload({ authentication: { mode: 'required' } })
    expect(await raw(fortress.port, head + body)).toMatch(/^HTTP\/1\.1 401 /)
    expect(fortress.model.requests).toHaveLength(0)
  })
})
