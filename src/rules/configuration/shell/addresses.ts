import { addressOf, isOurs } from '../../commands/programs/outgoing-data.ts'

/** An address of this machine or of a name that never leaves it. */
export function isLocal(url: string): boolean {
  const host = addressOf(url)?.host
  return host !== undefined && isLocalHost(host)
}

function isLocalHost(host: string): boolean {
  return isOurs(host) || /^(?:localhost|host\.docker\.internal)$|\.(?:localhost|local|internal)$/i.test(host)
}

/** Plain HTTP to somewhere else: anybody on the way can change what comes. */
export function isPlainHttp(url: string): boolean {
  return /^http:\/\//i.test(url) && !isLocal(url) && !isPrivateAddress(url)
}

function isPrivateAddress(url: string): boolean {
  const host = addressOf(url)?.host ?? ''
  // a name without a dot is one of a network of containers
  return /^(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254)\./.test(host) || !/[.\uE000]/.test(host)
}
