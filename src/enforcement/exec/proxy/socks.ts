import type { Socket } from 'node:net'
import { parseHost, type Target } from './host.ts'
import { Refused, refusals } from './refusal.ts'
import type { Visit } from './visit.ts'

const VERSION = 5
const NO_METHOD = Buffer.of(VERSION, 0xff)
const NOT_KNOWN = Buffer.of(1, 1)
const USER_PASSWORD = 2
const CONNECT = 1
const ADDRESS_V4 = 1
const ADDRESS_NAME = 3
const ADDRESS_V6 = 4

/** The program inside went away amid a message. */
class Gone extends Error {}

/** Serves one SOCKS5 connection: user and password (RFC 1929), then one CONNECT (RFC 1928). */
export async function serveSocks(visit: Visit): Promise<void> {
  const { socket } = visit
  const { take, rest } = createReader(socket)
  const refuse = ({ reason, asked }: Refused, bytes: Buffer) => {
    visit.headIs('read')
    visit.record(reason, 'socks5', asked)
    visit.farewell(bytes)
  }
  try {
    const method = await chooseMethod(socket, take)
    if (method) return refuse(method, NO_METHOD)
    const stranger = await authenticate(visit, take)
    if (stranger) return refuse(stranger, NOT_KNOWN)
    const target = await readRequest(take)
    const refused = target instanceof Refused ? target : await connect(visit, target, rest())
    if (refused) refuse(refused, reply(refusals[refused.reason].reply))
  } catch (error) {
    if (!(error instanceof Gone)) throw error
    socket.destroy()
  }
}

async function chooseMethod(socket: Socket, take: Take): Promise<Refused | undefined> {
  const [, count = 0] = await take(2)
  const methods = await take(count)
  if (!methods.includes(USER_PASSWORD)) return new Refused('proxy.token-missing')
  socket.write(Buffer.of(VERSION, USER_PASSWORD))
  return undefined
}

async function authenticate({ socket, isKnown }: Visit, take: Take): Promise<Refused | undefined> {
  const [version, userLength = 0] = await take(2)
  if (version !== 1) return new Refused('proxy.malformed-request')
  const user = await take(userLength)
  const [passwordLength = 0] = await take(1)
  const password = await take(passwordLength)
  if (!isKnown(`${user.toString('latin1')}:${password.toString('latin1')}`))
    return new Refused('proxy.token-wrong')
  socket.write(Buffer.of(1, 0))
  return undefined
}

async function readRequest(take: Take): Promise<Target | Refused> {
  const [version, command, reserved, type = 0] = await take(4)
  if (version !== VERSION || reserved !== 0) return new Refused('proxy.malformed-request')
  const text = await readAddress(take, type)
  if (text === undefined) return new Refused('proxy.malformed-host')
  const port = (await take(2)).readUInt16BE()
  const asked = { host: text, port }
  if (command !== CONNECT) return new Refused('proxy.command-not-allowed', asked)
  const host = parseHost(text)
  if (!host) return new Refused('proxy.malformed-host', asked)
  return port === 0 ? new Refused('proxy.malformed-port', asked) : { host, port }
}

async function readAddress(take: Take, type: number): Promise<string | undefined> {
  switch (type) {
    case ADDRESS_V4:
      return (await take(4)).join('.')
    case ADDRESS_V6: {
      const bytes = await take(16)
      return Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(':')
    }
    case ADDRESS_NAME: {
      const [length = 0] = await take(1)
      return (await take(length)).toString('latin1')
    }
    default:
      return undefined
  }
}

async function connect(visit: Visit, target: Target, early: Buffer): Promise<Refused | undefined> {
  visit.headIs('read')
  const asked = { host: target.host.text, port: target.port }
  const opened = await visit.open(target)
  if (opened.kind === 'refused') return new Refused(opened.reason, asked)
  visit.socket.write(reply(0))
  visit.join(opened.socket, early)
  return undefined
}

/** The address it is bound to is nobody's business inside. */
function reply(code: number): Buffer {
  return Buffer.of(VERSION, code, 0, ADDRESS_V4, 0, 0, 0, 0, 0, 0)
}

type Take = (size: number) => Promise<Buffer>

/** Reads exactly so many bytes at a time; `rest` is what came behind them. */
function createReader(socket: Socket): { take: Take; rest(): Buffer } {
  let held: Buffer = Buffer.alloc(0)
  return {
    async take(size) {
      while (held.length < size) held = Buffer.concat([held, await nextChunk(socket)])
      const taken = held.subarray(0, size)
      held = held.subarray(size)
      return taken
    },
    rest: () => held,
  }
}

/**
 * Takes all there is, never a part: a socket with bytes left in it calls at once whoever waits for more, and a message that
 * does not come to its end would keep the whole process turning.
 */
async function nextChunk(socket: Socket): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = socket.read()
    if (bytes !== null) return bytes
    if (socket.readableEnded || socket.destroyed) throw new Gone()
    await readable(socket)
  }
}

function readable(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const events = ['readable', 'end', 'close'] as const
  for (const event of events) socket.once(event, resolve)
  return promise.finally(() => {
    for (const event of events) socket.removeListener(event, resolve)
  })
}
