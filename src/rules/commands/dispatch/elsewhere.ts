import { temporaryFolders } from '../../paths/delicate.ts'
import { isRemote, isUnknown } from '../../paths/pattern.ts'
import { isWithin } from '../../paths/posix.ts'
import { isKnownPublisher } from '../../paths/publishers.ts'
import type { Shell } from '../acts.ts'
import type { ShellState } from '../shell/state.ts'

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

const MOST_PLACES = 64
const LONGEST_LIST = 8_192

/** Whether any place that a value lists lies elsewhere: separated as paths, options and module lists are. */
export function someLieElsewhere(shell: Shell, text: string, state: ShellState): boolean {
  if (!/[/~]/.test(text)) return false
  const parts = text
    .slice(0, LONGEST_LIST)
    .split(/[,;\s]+|:(?!\/\/)/)
    .flatMap(part => [part, part.slice(part.indexOf('=') + 1)])
  const places = new Set(parts.filter(part => /[/~]/.test(part)))
  // Each place is looked up on disk; nobody lists that many but to hide one.
  if (text.length > LONGEST_LIST || places.size > MOST_PLACES) return true
  return [...places].some(place => liesElsewhere(shell, place, state))
}

/** Whether packages from this address or folder come from somebody other than the usual sources. */
export function comesFromStranger(shell: Shell, place: string, state: ShellState): boolean {
  if (isUnknown(place)) return isRemote(place)
  const host =
    hostOf(place.replace(/^(?:sparse|git)\+/, '')) ??
    (/^[\w-]+(?:\.[\w-]+)+$/.test(place) ? place : undefined)
  if (host === undefined) return liesElsewhere(shell, place, state)
  return !isThisMachine(host) && !isKnownPublisher(host) && !KNOWN_MIRRORS.test(host)
}

/** Package sources that many name instead of the first one. */
const KNOWN_MIRRORS =
  /^(?:registry\.(?:yarnpkg\.com|npmmirror\.com)|npm\.pkg\.github\.com|npm\.jsr\.io|mirrors?\.(?:aliyun|tencent|ustc|tuna\.tsinghua|cloud\.tencent|huaweicloud)[\w.]*|pypi\.tuna\.tsinghua\.edu\.cn|download\.pytorch\.org|goproxy\.(?:cn|io)|index\.crates\.io|hf-mirror\.com|huggingface\.co|rsproxy\.cn|gems\.ruby-china\.com|repo\.hex\.pm|api\.nuget\.org|conda\.anaconda\.org|dl\.flathub\.org|flathub\.org|hex\.pm|pkg\.julialang\.org|cdn\.npmmirror\.com)$/i
