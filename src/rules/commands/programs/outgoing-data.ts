import { hostKind } from '../../paths/judge-url.ts'
import { DEEP, holdsSecret, isUnknown, STAR } from '../../paths/pattern.ts'
import { isKnownPublisher } from '../../paths/publishers.ts'
import type { Call } from '../acts.ts'

/** A host and what is asked of it. */
export interface Address {
  readonly host: string
  readonly path: string
  readonly secure: boolean
}

/** States a connection and what its address alone gives away. */
export function connect(call: Call, word: string): Address | undefined {
  // A `?` or `*` that matches no file stays what it is.
  const url = word.replace(/\uE004/g, '?').replace(/\uE003/g, '*')
  const { shell, name } = call
  if (/^file:/i.test(url)) {
    shell.read(
      decodeURIComponent(url.replace(/^file:(?:\/\/[^/]*)?/i, '').replace(/%(?![0-9a-f]{2})/gi, '%25')),
      name,
      call.state,
    )
    return undefined
  }
  const address = addressOf(url)
  const host = address?.host ?? null
  shell.act({ kind: 'connect', program: name, target: host })
  if (holdsSecret(url)) shell.raise('command.sends-secret', name, host)
  if (host !== null && !isUnknown(host) && hostKind(host.replace(/^\[|\]$/g, '')) === 'metadata')
    shell.raise('command.connects-to-metadata-service', name, host)
  if (
    isUnknown(url) &&
    host !== null &&
    !isUnknown(host) &&
    !isOurs(host) &&
    (/[?&=][^/]*[\uE000-\uE002]/.test(url) || !isKnownPublisher(host))
  )
    shell.raise('command.sends-unknown-data', name, host)
  // The names that a listing prints are data of this machine.
  else if (host !== null && !isOurs(host) && word.includes('?') && word.includes(STAR, word.indexOf('?')))
    shell.raise('command.sends-unknown-data', name, host)
  // A name is data too: whoever serves the domain reads the queries for it.
  if (host !== null && /[\uE000-\uE002]/.test(host) && /\.[\w-]+\.[a-z]{2,}$/i.test(host))
    shell.raise('command.sends-unknown-data', name, host)
  return address
}

/** The parts of an address, with or without a scheme. */
export function addressOf(text: string): Address | undefined {
  const match =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:[^/@\s]*@)?(\[[^\]]*\]|[^/:?#\s]+)(?::\d+)?([/?#].*)?$/i.exec(text)
  if (!match) return undefined
  return { host: match[2]!, path: match[3] ?? '', secure: (match[1] ?? 'http').toLowerCase() === 'https' }
}

/** A host that is this machine. */
export function isOurs(host: string | null): boolean {
  return host !== null && !isUnknown(host) && hostKind(host.replace(/^\[|\]$/g, '')) === 'local'
}

/** States that `data` leaves for the hosts. */
export function send(call: Call, data: string, host: string | null): void {
  const { shell, name, state } = call
  const file = (/^(?:[^=]*=)?[@<](.+)$/s.exec(data) ?? /^[\w.-]+@([^=\s]+)$/s.exec(data))?.[1]?.replace(
    /;.*$/,
    '',
  )
  if (file === '-') {
    sendText(call, call.stdin.text, host)
    return
  }
  if (file !== undefined) {
    const path = shell.path(file.replace(/^~(?=\/)/, shell.paths.workplace.home), state)
    shell.act({ kind: 'read', program: name, target: path })
    if (!isOurs(host))
      shell.raise(isSecret(call, path) ? 'command.sends-secret' : 'command.sends-file', name, host)
    return
  }
  sendText(call, data, host)
}

/** A file whose contents nobody else may see. */
export function isSecret(call: Call, path: string): boolean {
  const { shell, state } = call
  return (
    shell.paths.classify(path) === 'credential' ||
    (shell.paths.classify(path) === 'record' && /history$/.test(path)) ||
    shell.originOf(path)?.secret === true ||
    holdsSecret(shell.contentOf(path, state) ?? '')
  )
}

/** States that a text leaves for the host. */
export function sendText(call: Call, text: string, host: string | null): void {
  if (holdsSecret(text)) call.shell.raise('command.sends-secret', call.name, host)
  else if ((isUnknown(text) || text.includes(STAR) || text.includes(DEEP)) && !isOurs(host))
    call.shell.raise('command.sends-unknown-data', call.name, host)
}
