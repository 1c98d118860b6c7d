import { temporaryFolders } from '../paths/delicate.ts'
import { isRemote, isUnknown } from '../paths/pattern.ts'
import { isWithin } from '../paths/posix.ts'
import type { Shell } from './acts.ts'
import type { ShellState } from './state.ts'

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[?::1\]?|0\.0\.0\.0|host\.docker\.internal)$/i

/** What `mktemp` makes is empty, so it holds nobody's code. */
const FRESH = '/tmp/tmp.made'

/** The host of an address (`https://host/x`, `tcp://host:1`); undefined for what is none. */
export function hostOf(text: string): string | undefined {
  const host = /^(?:[A-Za-z][\w+.-]*:)?\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)/.exec(text)?.[1]
  return host === undefined || host === '' ? undefined : host
}

export function isThisMachine(host: string): boolean {
  return LOOPBACK.test(host)
}

/**
 * Whether code or settings at this place come from outside the project, the home and the system: a temporary folder
 * that every program may write to, another disk, an address. A bare name is no place.
 */
export function liesElsewhere(shell: Shell, text: string, state: ShellState): boolean {
  const host = hostOf(text)
  if (host !== undefined && !text.startsWith('file:')) return !isThisMachine(host)
  const place = text.replace(/^file:(?:\/\/)?/, '')
  if (!/[/~]/.test(place) || /\s/.test(place)) return false
  if (isUnknown(place[0]!)) return isRemote(place)
  const path = shell.path(place, state)
  if (path.startsWith(FRESH)) return false
  if (isWithin(path, shell.paths.canonical(shell.paths.workplace.project))) return false
  return shell.paths.classify(path) === 'outside' || temporaryFolders.some(folder => isWithin(path, folder))
}

/** The places a value lists: separated as paths, options and module lists are. */
export function placesIn(text: string): string[] {
  return text.length > 4_096
    ? [text]
    : text.split(/[,;\s]+|:(?!\/\/)/).flatMap(part => [part, part.slice(part.indexOf('=') + 1)])
}
