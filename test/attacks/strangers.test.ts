import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { question, raw } from '../gateway/support.ts'
import { type Fortress, raiseFortress } from './support.ts'

const body = JSON.stringify(question)
const required = { authentication: { mode: 'required' } }

let fortress: Fortress
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await fortress.close()
})

function head(...lines: string[]): string {
  const first = ['POST /v1/messages HTTP/1.1', 'Host: localhost', 'Content-Type: application/json']
  return `${[...first, ...lines].join('\r\n')}\r\n\r\n`
}

async function newKey(): Promise<{ id: string; text: string }> {
  const { key, secret } = await fortress.deployment.keys.create({ label: 'attack' })
  return { id: key.id, text: secret.reveal() }
}

/** Opens a connection, sends the bytes and keeps it open. */
async function send(bytes: string): Promise<{ said: () => string }> {
  const socket = connect({ port: fortress.port, host: '127.0.0.1' })
  sockets.push(socket)
  let said = ''
  socket.on('data', chunk => {
    said += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(bytes)
  return { said: () => said }
}

describe('a stranger in mode `required`', () => {
  const large = `Content-Length: ${8 * 1024 * 1024}`

  test('is refused after the headers, whatever body they promise, and holds none of the memory for bodies', async () => {
    fortress = await raiseFortress({
      ...required,
      gateway: { maxInFlightMb: 16 },
      network: { rateLimit: { requestsPerMinute: 0 } },
    })
    const strangers = await Promise.all(Array.from({ length: 30 }, () => send(`${head(large)}{"model"`)))
    await expect
      .poll(() => strangers.filter(({ said }) => said().startsWith('HTTP/1.1 401 ')).length)
      .toBe(30)
    expect(fortress.gateway.stats().bodyBytesInFlight).toBe(0)
    const { text } = await newKey()
    const honest = await raw(
      fortress.port,
      head(`x-api-key: ${text}`, `Content-Length: ${body.length}`) + body,
    )
    expect(honest).toMatch(/^HTTP\/1\.1 200 /)
    expect(fortress.model.requests).toHaveLength(1)
  })

  test('is not told to continue', async () => {
    fortress = await raiseFortress(required)
    const answer = await raw(fortress.port, head(large, 'Expect: 100-continue'))
    expect(answer).toMatch(/^HTTP\/1\.1 401 /)
    expect(answer).toMatch(/connection: close/i)
  })

  test('cannot smuggle a second request in a body that was not read', async () => {
    fortress = await raiseFortress(required)
    const { text } = await newKey()
    const inner = head(`x-api-key: ${text}`, `Content-Length: ${body.length}`) + body
    const answer = await raw(fortress.port, [head(large), inner])
    expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1)
    expect(fortress.model.requests).toHaveLength(0)
  })

  test.each(['revoked', 'unknown', 'wrong', 'none', 'two'])(
    'with a key that is %s learns nothing from the refusal',
    async kind => {
      fortress = await raiseFortress(required)
      const { id, text } = await newKey()
      if (kind === 'revoked') await fortress.deployment.keys.revoke(id)
      const shown: Record<string, string[]> = {
        revoked: [`x-api-key: ${text}`],
        unknown: ['x-api-key: pcl_live_abcdefgh_made-up'],
        wrong: [`x-api-key: ${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`],
        none: [],
        two: [`x-api-key: ${text}`, 'Authorization: Bearer other'],
      }
      const answer = await raw(fortress.port, head(...shown[kind]!, `Content-Length: ${body.length}`) + body)
      const [, status, said] = /^HTTP\/1\.1 (\d+) [\s\S]*?\r\n\r\n([\s\S]*)$/.exec(answer) ?? []
      expect(status).toBe('401')
      expect(JSON.parse(said!).error.message.replace(/dec_\w+/, 'ID')).toBe(
        'the request shows no valid credential; send a valid client key as `x-api-key` or `Authorization: Bearer`; `portcullis keys create` makes one. Details: portcullis explain ID',
      )
      for (const word of ['revoked', 'unusable', id, text]) expect(answer).not.toContain(word)
      const journal = await fortress.journal()
      expect(journal.filter(line => line.includes('authentication.unusable-key'))).toHaveLength(1)
    },
  )
})

describe('an honest request', () => {
  test('leaves one decision and one outcome, in both modes', async () => {
    for (const settings of [required, {}]) {
      fortress = await raiseFortress(settings)
      const { text } = await newKey()
      const answer = await raw(
        fortress.port,
        head(`x-api-key: ${text}`, `Content-Length: ${body.length}`) + body,
      )
      expect(answer).toMatch(/^HTTP\/1\.1 200 /)
      const id = /request-id: (dec_\w+)/.exec(answer)?.[1] ?? 'none'
      await expect
        .poll(async () => (await fortress.journal()).filter(line => line.includes(id)).length)
        .toBe(2)
      const events = (await fortress.journal())
        .filter(line => line.includes(id))
        .map(line => JSON.parse(line).event)
      expect(events).toEqual(['decision.allow', 'request.completed'])
      if (settings === required) await fortress.close()
    }
  })
})

describe('a page whose name leads to this machine', () => {
  // In mode local whoever reaches the port is the user, and the upstream key is ours when the caller shows none.
  test.each([
    'evil.example.com',
    'evil.example.com:8787',
    'localhost.evil.com',
    '127.0.0.1.evil.com',
    '127.0.0.1.',
    'evil',
    '0x7f.1',
    '192.168.1.7',
    '[fe80::1]',
  ])('spends nothing of our upstream key with the Host %s', async host => {
    fortress = await raiseFortress()
    const bytes = head(`Content-Length: ${body.length}`).replace('Host: localhost', `Host: ${host}`)
    const answer = await raw(fortress.port, bytes + body)
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(fortress.model.requests).toHaveLength(0)
  })

  test.each(['localhost', 'LOCALHOST:8787', '127.0.0.1', '127.0.0.1:1', '[::1]:8787'])(
    'is not what %s is',
    async host => {
      fortress = await raiseFortress()
      const bytes = head(`Content-Length: ${body.length}`).replace('Host: localhost', `Host: ${host}`)
      expect(await raw(fortress.port, bytes + body)).toMatch(/^HTTP\/1\.1 200 /)
    },
  )
})
