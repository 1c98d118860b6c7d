import type { Workplace } from '../../access/request.ts'
import type { FileSystemView } from '../judgement.ts'
import * as delicate from './delicate.ts'
import { DEEP, intersects, isPattern, isUnknown, patternOfGlob, QUESTION, STAR } from './pattern.ts'
import { absoluteTable, belowTable, type PlaceTable } from './place-table.ts'
import type { PolicyOptions } from './policy-options.ts'
import { baseName, isWithin, normalise, parentOf, resolveFrom } from './posix.ts'

/** What a canonical path means; the most delicate meaning wins. */
export type PathClass =
  | 'own'
  | 'protected'
  | 'credential'
  | 'agent-settings'
  | 'agent-memory'
  | 'persistence'
  | 'shell-profile'
  | 'record'
  | 'git-internals'
  | 'harmless-device'
  | 'device'
  | 'project'
  | 'temp'
  | 'cache'
  | 'home'
  | 'system'
  | 'outside'

/** Answers questions about paths of one workplace on one disk. */
export interface PathMap {
  readonly workplace: Workplace
  /** Absolute, symlinks resolved, `~` expanded; a pattern stays one behind its last known folder. */
  canonical(path: string, cwd?: string): string
  classify(canonical: string): PathClass
  /** Whether a pattern may reach a credential, whatever else it reaches. */
  mayReachCredential(canonical: string): boolean
  /** Why deleting everything at this canonical path is a catastrophe, or undefined. */
  catastrophe(canonical: string): string | undefined
}

/** Where Portcullis may keep its settings, keys and records. */
const OWN_BELOW_HOME = [
  '.config/portcullis',
  '.local/share/portcullis',
  '.local/state/portcullis',
  '.cache/portcullis',
]
const OWN_OF_SYSTEM = ['/etc/portcullis', '/var/lib/portcullis', '/var/log/portcullis', '/run/portcullis']

const tables = {
  systemCredentials: absoluteTable(delicate.systemCredentials),
  managedSettings: absoluteTable(delicate.managedSettings),
  systemPersistence: absoluteTable(delicate.systemPersistence),
  systemProfiles: absoluteTable(delicate.systemProfiles),
  records: absoluteTable(delicate.records),
  homeCredentials: belowTable(delicate.homeCredentials),
  agentSettings: belowTable(delicate.agentSettings),
  agentMemory: belowTable(delicate.agentMemory),
  homePersistence: belowTable(delicate.homePersistence),
  shellProfiles: belowTable(delicate.shellProfiles),
  homeRecords: belowTable(delicate.homeRecords),
  homeCaches: belowTable(delicate.homeCaches),
} as const

export function createPathMap(workplace: Workplace, view: FileSystemView, options: PolicyOptions): PathMap {
  const real = (path: string) => normalise(view.realPath(normalise(path)))
  const fold = (path: string) => (view.caseInsensitive ? path.toLowerCase() : path)
  const placeOnDisk = (): Place => {
    const home = real(workplace.home)
    // Only the places in use are looked up on disk: each look costs every judgement.
    const inUse = [...options.own, `${workplace.home}/.portcullis`].flatMap(path => [
      normalise(path),
      real(path),
    ])
    const own = [...inUse, ...OWN_BELOW_HOME.map(name => `${home}/${name}`), ...OWN_OF_SYSTEM]
    return {
      home: fold(home),
      project: fold(real(workplace.project)),
      own: [...new Set(own.map(fold))],
      protect: options.protect.map(glob => fold(patternOfGlob(absoluteGlob(glob, workplace)))),
    }
  }
  let found: Place | undefined
  /** Many a command names no path at all. */
  const place = () => (found ??= placeOnDisk())

  const classes = new Map<string, PathClass>()
  const reaching = new Map<string, boolean>()
  const losses = new Map<string, string | null>()

  return {
    workplace,
    canonical(path, cwd = workplace.cwd) {
      const absolute = resolveFrom(cwd, expandHome(path, workplace.home))
      return canonicalPattern(absolute, real)
    },
    // A part that is not known is a name like any other here; what is known around it still counts.
    classify: canonical =>
      remembered(classes, canonical, () =>
        classifyPath(fold(canonical.replace(/[\uE000-\uE002]+/g, 'x')), place()),
      ),
    mayReachCredential: canonical =>
      isPattern(canonical) &&
      remembered(reaching, canonical, () => {
        const lower = fold(canonical.replace(/[\uE000-\uE002]+/g, 'x')).toLowerCase()
        return isCredential(lower, belowHome(lower, place().home.toLowerCase()))
      }),
    catastrophe: canonical =>
      remembered(
        losses,
        canonical,
        () => catastropheAt(fold(canonical), place().home, place().project) ?? null,
      ) ?? undefined,
  }
}

/** Reading everything below a home, the disk or `/etc` reads the credentials in it. */
export function coversCredentials(canonical: string, home: string): boolean {
  return /^\/(?:|etc|proc|root)$/.test(canonical) || isWithin(home, canonical)
}

function remembered<Found>(known: Map<string, Found>, path: string, work: () => Found): Found {
  const before = known.get(path)
  if (before !== undefined) return before
  const fresh = work()
  known.set(path, fresh)
  return fresh
}

/** `~` and `~user` as the shell expands them at the start of a path. */
export function expandHome(path: string, home: string): string {
  if (!path.startsWith('~')) return path
  const match = /^~([A-Za-z0-9._-]*)(?=\/|$)/.exec(path)
  if (!match) return path
  const user = match[1]!
  const rest = path.slice(match[0].length)
  if (user === '' || user === baseName(home)) return home + rest
  if (user === 'root') return `/root${rest}`
  return `${home.startsWith('/Users/') ? '/Users' : '/home'}/${user}${rest}`
}

function absoluteGlob(glob: string, workplace: Workplace): string {
  if (glob.startsWith('/')) return glob
  if (glob.startsWith('~')) return expandHome(glob, workplace.home)
  return glob.includes('/') ? `${workplace.project}/${glob}` : `**/${glob}`
}

/** Resolves the known folders before the first pattern character on disk; the rest is appended as it is. */
function canonicalPattern(absolute: string, real: (path: string) => string): string {
  if (!isPattern(absolute)) return real(absolute)
  const first = absolute.search(/[\uE000-\uE005]/)
  const cut = absolute.lastIndexOf('/', first)
  if (cut <= 0) return normalise(absolute)
  return normalise(`${real(absolute.slice(0, cut))}${absolute.slice(cut)}`)
}

interface Place {
  readonly home: string
  readonly project: string
  readonly own: readonly string[]
  readonly protect: readonly string[]
}

/** The class of one canonical path. */
function classifyPath(path: string, place: Place): PathClass {
  const lower = path.toLowerCase()
  if (place.own.some(own => touches(path, own))) return 'own'
  if (place.protect.some(glob => intersects(path, glob) || intersects(path, `${glob}/${DEEP}`)))
    return 'protected'
  if (/^\/dev\//.test(path) && delicate.harmlessDevices.test(path)) return 'harmless-device'
  const personal = belowHome(lower, place.home.toLowerCase())
  if (isSettings(lower, personal, place)) return 'agent-settings'
  if (isPersistence(lower, personal)) return 'persistence'
  if (isCredential(lower, personal)) return 'credential'
  if (isProfile(lower, personal)) return 'shell-profile'
  if (isRecord(lower, personal)) return 'record'
  if (isMemory(lower, personal, place)) return 'agent-memory'
  if (/\/\.git(?:\/|$)/.test(lower)) return 'git-internals'
  return locationOf(path, lower, personal, place)
}

function locationOf(path: string, lower: string, personal: string | undefined, place: Place): PathClass {
  if (isWithin(path, place.project)) return 'project'
  if (delicate.temporaryFolders.some(folder => isWithin(lower, folder))) return 'temp'
  if (/^\/dev\//.test(lower)) return 'device'
  if (personal !== undefined && isWithin(path, place.home))
    return tables.homeCaches.some(personal) ? 'cache' : 'home'
  if (lower === '/' || delicate.systemFolders.some(folder => isWithin(lower, folder))) return 'system'
  return 'outside'
}

/** The part below a home folder, the person's own or anybody's; undefined elsewhere. Without a leading slash. */
function belowHome(lower: string, home: string): string | undefined {
  if (home !== '/' && isWithin(lower, home)) return lower.slice(home.length + 1)
  const match = /^\/(?:root|(?:home|users|var\/root|var\/home)\/[^/]+)(?:\/|$)/.exec(lower)
  return match ? lower.slice(match[0].length) : undefined
}

/** A pattern that is nothing but one star says nothing about what it reaches. */
function isVague(path: string): boolean {
  if (!isPattern(path)) return false
  const name = baseName(path)
  return isPattern(name) && !/[^\uE000-\uE005.*]/.test(name) && !name.startsWith('.')
}

function isCredential(lower: string, personal: string | undefined): boolean {
  const name = baseName(lower)
  if (delicate.harmlessName.test(name)) return false
  if (reaches(lower, tables.systemCredentials)) return true
  if (personal !== undefined && !delicate.publicNames.test(lower)) {
    if (isClose(lower, personal, tables.homeCredentials)) return true
  }
  if (!isPattern(name)) return delicate.credentialName.test(name) && !delicate.publicCertificate.test(lower)
  if (isUnknown(name) && !/[^\uE000-\uE005]/.test(name)) return false
  return (
    !isVague(lower) &&
    !ALL_OF_A_KIND.test(name) &&
    delicate.credentialExamples.some(example => matchesName(name, example))
  )
}

/** `*.json` means the project's data, though a credential may be among it; `*.pem` or `*secret*.json` mean more. */
const ALL_OF_A_KIND = /^[\uE003\uE005]+\.(?:json|ya?ml|toml|xml|txt|ini|cfg|conf|properties)$/

/** A vague pattern counts where the folder before it is itself the secret. */
function isInFolder(below: string, entry: string): boolean {
  return (
    entry.endsWith('/') && below.includes('/') && isWithin(parentOf(`/${below}`).slice(1), entry.slice(0, -1))
  )
}

/** As the shell matches names: a leading star or question mark does not reach a leading dot. */
function matchesName(pattern: string, name: string): boolean {
  if (name.startsWith('.') && (pattern.startsWith(STAR) || pattern.startsWith(QUESTION))) return false
  return intersects(pattern, name)
}

function reaches(path: string, table: PlaceTable): boolean {
  return table.some(path, isVague(path) ? isPattern : undefined)
}

function isSettings(lower: string, personal: string | undefined, place: Place): boolean {
  if (reaches(lower, tables.managedSettings)) return true
  return anywhere(lower, personal, place, tables.agentSettings)
}

function isMemory(lower: string, personal: string | undefined, place: Place): boolean {
  return anywhere(lower, personal, place, tables.agentMemory)
}

/** Tables of agents' files hold below a home, below the project, and wherever the dotted folder itself appears. */
function anywhere(lower: string, personal: string | undefined, place: Place, table: PlaceTable): boolean {
  if (isVague(lower) && !/\/\.[^/]+\/[^/]*$/.test(lower)) return false
  if (personal !== undefined && table.some(personal)) return true
  const project = place.project.toLowerCase()
  const inProject = isWithin(lower, project) ? lower.slice(project.length + 1) : undefined
  if (inProject !== undefined && table.some(inProject)) return true
  const dotted =
    /\/(\.(?:claude|codex|cursor|gemini|windsurf|opencode|copilot|mcp\.json|claude\.json)(?:\/.*)?)$/.exec(
      lower,
    )
  return dotted !== null && table.some(dotted[1]!)
}

function isPersistence(lower: string, personal: string | undefined): boolean {
  if (reaches(lower, tables.systemPersistence)) return true
  if (/\/\.git\/hooks\/[^/]+$/.test(lower) && !lower.endsWith('.sample')) return true
  if (/\/\.git\/(?:config|config\.worktree|modules\/.*\/(?:config|hooks\/.*))$/.test(lower)) return true
  return personal !== undefined && isClose(lower, personal, tables.homePersistence)
}

function isProfile(lower: string, personal: string | undefined): boolean {
  if (reaches(lower, tables.systemProfiles)) return true
  return personal !== undefined && isClose(lower, personal, tables.shellProfiles)
}

function isRecord(lower: string, personal: string | undefined): boolean {
  if (reaches(lower, tables.records)) return true
  return personal !== undefined && isClose(lower, personal, tables.homeRecords)
}

function isClose(lower: string, personal: string, table: PlaceTable): boolean {
  return table.some(personal, isVague(lower) ? entry => isInFolder(personal, entry) : undefined)
}

function touches(path: string, own: string): boolean {
  if (!isPattern(path)) return isWithin(path, own)
  if (isVague(path) && !isWithin(parentOf(path), own)) return false
  return intersects(path, own) || intersects(path, `${own}/${DEEP}`)
}

/** Names what would be lost with everything at `path`: the disk, the system, a home, the project. */
function catastropheAt(path: string, home: string, project: string): string | undefined {
  const all = contentsOf(path)
  if (all === '/') return 'the whole disk'
  const losses: [string, string][] = [
    [home, 'the home folder'],
    [project, 'the project folder'],
  ]
  for (const [folder, name] of losses) if (covers(all, folder)) return name
  const lower = all.toLowerCase()
  if (covers(lower, '/home/x') || covers(lower, '/users/x') || /^\/(?:home|users)\/[^/]+$/.test(lower))
    return lower === project.toLowerCase() ? 'the project folder' : 'a home folder'
  for (const folder of delicate.systemFolders)
    if (covers(lower, folder)) return `the system folder \`${folder}\``
  if (!isWithin(all, project) && isSystemCore(lower)) return 'a part of the operating system'
  if (isWithin(all, home) && delicate.homeTreasures.test(lower.slice(home.length + 1)))
    return 'a main folder of the home'
  if (/\/\.git$/.test(lower)) return 'the history of a repository'
  return undefined
}

/** `folder/*` loses as much as `folder`. */
function contentsOf(path: string): string {
  let folder = path
  while (/\/\.?[\uE003\uE005]+(?:\.[\uE003]+)?$/.test(folder)) folder = parentOf(folder)
  return folder
}

function covers(pattern: string, folder: string): boolean {
  if (!isPattern(pattern)) return isWithin(folder, pattern)
  if (isUnknown(pattern)) return false
  for (let at = folder; at !== '/'; at = parentOf(at)) if (matchesName(pattern, at)) return true
  return false
}

function isSystemCore(lower: string): boolean {
  if (delicate.temporaryFolders.some(folder => isWithin(lower, folder))) return false
  const soft = delicate.softSystemFolders.find(folder => isWithin(lower, folder))
  if (soft)
    return (
      lower === soft ||
      /^\/var\/(?:lib|log|db|spool|mail|cache|www|backups|run)$|^\/usr\/local\/(?:bin|lib|sbin|share|etc)$/.test(
        lower,
      )
    )
  return /^\/(?:bin|sbin|usr|lib\d*|libx32|etc|boot|dev|proc|sys|system|library|private\/etc|private\/var)(?:\/|$)/.test(
    lower,
  )
}
