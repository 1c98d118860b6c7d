import type { Severity } from '../../access/finding.ts'
import type { Fix } from '../configuration/rule.ts'

/** Where something stands; offsets are UTF-16 code units, the end is exclusive. */
export interface Place {
  readonly file: string
  readonly start: number
  readonly end: number
}

export interface Placed<T> {
  readonly value: T
  readonly place: Place
}

/** `unknown` is decided by a variable that nobody here knows: it may be either. */
export type Answer = 'yes' | 'no' | 'unknown'

export type ReaderName = 'run' | 'compose' | 'dockerfile' | 'kubernetes'

/** What of the machine, or made for it, is seen inside. */
export interface Mount {
  readonly kind: 'bind' | 'volume' | 'tmpfs'
  /** A path of the machine for `bind`; as written, variables filled in. */
  readonly source: string
  readonly target: string
  readonly isReadOnly: boolean
  /** Of a tmpfs, as for `mount -o`; undefined when the format cannot say them. */
  readonly options: readonly string[] | undefined
  readonly isShared: boolean
  readonly place: Place
}

interface Port {
  /** The address of the machine; empty for all of them. */
  readonly address: string
  readonly inside: string
  readonly outside: string
  /** Only named, not opened on the machine. */
  readonly isInside: boolean
  readonly place: Place
}

interface Variable {
  readonly name: string
  /** As it stands in the file, without the values of other files. */
  readonly value: string
  readonly place: Place
}

/** Where settings can be added in the text, by what they mean. Absent where no safe place is known. */
export interface Additions {
  readonly noNewPrivileges?: Fix
  readonly pidsLimit?: Fix
  readonly logLimit?: Fix
  readonly seccomp?: Fix
}

/** A limit that holds nothing back is none: readers leave it out. */
interface Limits {
  memory?: Placed<string>
  cpu?: Placed<string>
  pids?: Placed<string>
  log?: Placed<string>
}

/** One container as it would run, or one stage of an image as it would be. Filled by a reader, then only read. */
export interface ContainerSpec {
  readonly reader: ReaderName
  readonly name: string
  /** Where a setting that is missing is missed. */
  readonly place: Place
  additions: Additions
  /** It does its work and ends: nothing is to be kept alive. */
  isShortLived: boolean
  /** No container, but what leads to some or is mounted by them: its ports and mounts alone are looked at. */
  isAround: boolean
  /** Of a Dockerfile: `last` is what is built, a `side` one only when it is asked for, a `part` goes into others. */
  stage?: { readonly name: string; readonly role: 'last' | 'side' | 'part' }
  /** The image is made here, so that its name says nothing. */
  isBuiltHere: boolean
  image?: Placed<string>
  /** What was said of images that a build starts from. */
  looseImages: (Placed<string> & { readonly severity?: Severity | undefined })[]
  /** Everybody it may run as; empty where the image decides. */
  users: Placed<string>[]
  /** Further groups. */
  groups: Placed<string>[]
  /** The platform refuses to start it as root. */
  neverRoot?: Placed<Answer>
  privileged: Placed<Answer>[]
  capabilitiesAdded: Placed<string>[]
  capabilitiesDropped: Placed<string>[]
  noNewPrivileges?: Placed<Answer>
  /** Confinement that is switched off or left to an unsafe default, in words. */
  unconfined: Placed<string>[]
  seccomp?: Placed<string>
  namespaces: Placed<{ readonly kind: string; readonly with: string }>[]
  readOnlyRoot?: Placed<Answer>
  mounts: Mount[]
  limits: Limits
  looseLimits: Placed<string>[]
  devices: Placed<string>[]
  deviceRules: Placed<string>[]
  ports: Port[]
  network?: Placed<string>
  environment: Variable[]
  /** Files that hold secrets and go into an image. */
  secretFiles: Placed<string>[]
  health?: Placed<'set' | 'off'>
  restart?: Placed<string>
  sysctls: Placed<{ readonly name: string; readonly value: string }>[]
  ulimits: Placed<{ readonly name: string; readonly value: string }>[]
  /** What goes in unchecked, and how bad that is. */
  unchecked: (Placed<string> & { readonly severity?: Severity; readonly fix?: Fix })[]
  /** Of Kubernetes alone. */
  serviceAccountToken?: Placed<Answer>
  hostPaths: Placed<string>[]
}

export function newSpec(reader: ReaderName, name: string, place: Place): ContainerSpec {
  return {
    reader,
    name,
    place,
    additions: {},
    isShortLived: false,
    isAround: false,
    isBuiltHere: false,
    looseImages: [],
    users: [],
    groups: [],
    privileged: [],
    capabilitiesAdded: [],
    capabilitiesDropped: [],
    unconfined: [],
    namespaces: [],
    mounts: [],
    limits: {},
    looseLimits: [],
    devices: [],
    deviceRules: [],
    ports: [],
    environment: [],
    secretFiles: [],
    sysctls: [],
    ulimits: [],
    unchecked: [],
    hostPaths: [],
  }
}

/** Characters that stand for text nobody here knows. */
const UNKNOWN_TEXT = /[\uE000-\uE00F]/

export function isUnknownText(text: string): boolean {
  return UNKNOWN_TEXT.test(text)
}

export const UNKNOWN_MARK = '\uE000'
/** Unknown, but nothing runs before somebody has set it. */
export const DEMANDED_MARK = '\uE00E'

/** The text as a person may read it. */
export function readableText(text: string): string {
  return text.replace(/[\uE000-\uE00F]+/g, '<unknown>')
}

const YES = /^(?:true|yes|y|on|1|t)$/i

/** Every way in which the formats' readers take a yes; what is unknown is neither. */
export function answerOf(text: string): Answer {
  if (isUnknownText(text)) return 'unknown'
  return YES.test(text.trim()) ? 'yes' : 'no'
}
