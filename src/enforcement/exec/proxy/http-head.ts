import type { IncomingMessage } from 'node:http'

/** RFC 9110 §7.6.1, and what belongs to the leg between the program and us. */
const ownLeg: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Headers that say where a body ends or whose it is: naming them in `Connection` must not take them away. */
const neverNamed: ReadonlySet<string> = new Set(['content-length', 'content-type', 'authorization', 'cookie'])

/** All values of a header, in their order; Node joins or drops repeated ones. */
export function valuesOf({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]!.toLowerCase() === name)
}

/**
 * Whether the head could be read in two ways (RFC 9112 §11.2). Node's strict parser has already refused bare line feeds, folded
 * lines, spaces before colons, odd lengths, and a length beside an encoding; this is what it lets pass.
 */
export function findSmuggling(request: IncomingMessage): boolean {
  const encodings = valuesOf(request, 'transfer-encoding')
  const lengths = valuesOf(request, 'content-length')
  const hosts = valuesOf(request, 'host')
  const expectations = valuesOf(request, 'expect')
  const isOldVersion = request.httpVersion !== '1.1'
  if (request.httpVersion === '0.9' || hosts.length > 1 || (hosts.length === 0 && !isOldVersion)) return true
  if (encodings.length > 0 && (isOldVersion || encodings.join().trim().toLowerCase() !== 'chunked'))
    return true
  if (encodings.length + lengths.length > 1) return true
  if (request.method === 'CONNECT' && encodings.length + lengths.length > 0) return true
  return expectations.length > 0 && expectations.join().toLowerCase() !== '100-continue'
}

/** The headers that pass to the other side, as a flat list in their order and spelling. */
export function passedHeaders(message: IncomingMessage): string[] {
  const named = connectionNamed(message)
  const kept: string[] = []
  for (let index = 0; index < message.rawHeaders.length; index += 2) {
    const name = message.rawHeaders[index]!
    const lower = name.toLowerCase()
    if (ownLeg.has(lower) || named.has(lower)) continue
    kept.push(name, message.rawHeaders[index + 1]!)
  }
  return kept
}

function connectionNamed(message: IncomingMessage): Set<string> {
  const lists = [...valuesOf(message, 'connection'), ...valuesOf(message, 'proxy-connection')]
  const names = lists
    .join()
    .split(',')
    .map(name => name.trim().toLowerCase())
  return new Set(names.filter(name => !neverNamed.has(name)))
}
