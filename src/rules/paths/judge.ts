import type { Finding } from '../../access/finding.ts'
import type { Workplace } from '../../access/request.ts'
import type { ThreatId } from '../../access/threat-id.ts'
import type { Aftermath, FileOrigin, FileSystemView, Judgement } from '../judgement.ts'
import { alternativesOf } from './alternatives.ts'
import { coversCredentials, createPathMap, type PathClass, type PathMap } from './classify.ts'
import { patternOfGlob } from './pattern.ts'
import type { PolicyOptions } from './policy-options.ts'
import { baseName, isWithin, parentOf } from './posix.ts'

/** One touch of a file by a tool. `search` reads many files under the path. */
export interface FileTouch {
  readonly path: string
  readonly operation: 'read' | 'write' | 'search'
  readonly tool: string
}

interface PathRule {
  readonly rule: string
  readonly threat: ThreatId
  readonly severity: 'ask' | 'deny'
  readonly why: string
}

/** Refusals for reading, by class. Classes not named are open. */
export const readRules: Partial<Record<PathClass, PathRule>> = {
  own: {
    rule: 'path.is-portcullis-own',
    threat: 'GRD-TMP-001',
    severity: 'deny',
    why: 'belongs to Portcullis',
  },
  protected: {
    rule: 'path.is-protected',
    threat: 'PATH-TRV-001',
    severity: 'deny',
    why: 'is protected by configuration',
  },
  credential: {
    rule: 'path.is-credential',
    threat: 'CRED-ACC-001',
    severity: 'deny',
    why: 'holds credentials',
  },
  device: { rule: 'path.is-device', threat: 'PATH-TRV-001', severity: 'ask', why: 'is a device' },
}

/** Refusals for writing, by class. */
export const writeRules: Partial<Record<PathClass, PathRule>> = {
  ...readRules,
  'agent-settings': {
    rule: 'path.is-agent-settings',
    threat: 'GRD-TMP-001',
    severity: 'deny',
    why: 'steers what agents may do',
  },
  'agent-memory': {
    rule: 'path.is-agent-memory',
    threat: 'MEM-POI-001',
    severity: 'ask',
    why: 'is read by agents as instructions',
  },
  persistence: {
    rule: 'path.starts-by-itself',
    threat: 'PER-MOD-001',
    severity: 'deny',
    why: 'is run without being asked',
  },
  'shell-profile': {
    rule: 'path.is-shell-profile',
    threat: 'PER-MOD-001',
    severity: 'deny',
    why: 'is run by every new shell',
  },
  record: {
    rule: 'path.is-record',
    threat: 'AUD-TMP-001',
    severity: 'deny',
    why: 'is a record of what happened',
  },
  'git-internals': {
    rule: 'path.is-git-internal',
    threat: 'DATA-DES-001',
    severity: 'ask',
    why: 'belongs to git itself',
  },
  device: { rule: 'path.is-device', threat: 'DATA-DES-001', severity: 'deny', why: 'is a device' },
  system: {
    rule: 'path.is-system',
    threat: 'PATH-TRV-001',
    severity: 'deny',
    why: 'belongs to the operating system',
  },
}

/** Writing the project's own `.env` gives nothing away, and may lose what is in it. The command rules ask as well. */
const projectCredential: PathRule = {
  rule: 'path.is-credential',
  threat: 'CRED-ACC-001',
  severity: 'ask',
  why: 'holds credentials of the project',
}

/** Judges one touch of a file. Reading in the project is known to be harmless; the rest is only not objected to. */
export function judgePath(
  touch: FileTouch,
  workplace: Workplace,
  view: FileSystemView,
  options: PolicyOptions,
): Judgement {
  if (isUnreadable(touch.path)) return verdict(touch, null, [unreadable(touch)])
  const map = createPathMap(workplace, view, options)
  if (touch.operation !== 'search') return judgeOne(touch, workplace, map, options)
  const paths = alternativesOf(touch.path)
  if (paths === null) return verdict(touch, null, [tooManyToSearch(touch)])
  return strictest(paths.map(path => judgeOne({ ...touch, path }, workplace, map, options)))
}

const weight = { allow: 0, none: 1, ask: 2, deny: 3 } as const

/** A search that may come upon several things is what the gravest of them makes it. */
function strictest(judgements: readonly Judgement[]): Judgement {
  const [first, ...others] = judgements
  if (first === undefined) throw new TypeError('a search for nothing')
  const worst = others.reduce((a, b) => (weight[b.opinion] > weight[a.opinion] ? b : a), first)
  return {
    ...worst,
    effects: judgements.flatMap(({ effects }) => effects),
    acts: judgements.flatMap(({ acts = [] }) => acts),
  }
}

function tooManyToSearch({ tool }: FileTouch): Finding {
  return {
    rule: 'path.is-unreadable',
    threat: 'PATH-TRV-001',
    grade: 'likely',
    severity: 'ask',
    message: `\`${tool}\` searches for more patterns at once than can be looked at`,
  }
}

function judgeOne(touch: FileTouch, workplace: Workplace, map: PathMap, options: PolicyOptions): Judgement {
  const path = map.canonical(patternOfGlob(touch.path))
  const found = map.classify(path)
  const kind = found === 'credential' && isByKind(touch.operation, path, map) ? 'project' : found
  const rule =
    touch.operation === 'write' && kind === 'credential' && isWithin(path, map.canonical(workplace.project))
      ? projectCredential
      : (pathRule(kind, touch.operation, options) ?? searchRule(touch, path, map))
  const shown = touch.path.length > 200 ? `${touch.path.slice(0, 200)}…` : touch.path
  if (rule) {
    const { why, ...rest } = rule
    return verdict(touch, path, [
      { ...rest, grade: 'certain', message: `\`${touch.tool}\` of \`${shown}\`: it ${why}` },
    ])
  }
  const isPlainRead = touch.operation !== 'write' && found === 'project'
  return { ...verdict(touch, path, []), opinion: isPlainRead ? 'allow' : 'none' }
}

function pathRule(
  kind: PathClass,
  operation: FileTouch['operation'],
  options: PolicyOptions,
): PathRule | undefined {
  if (operation !== 'write') return readRules[kind]
  const rule = writeRules[kind]
  if (rule) return rule
  return kind === 'home' || kind === 'outside' ? outsideRule(options) : undefined
}

/** All files of a common kind (`*.json`): that one of them may hold a secret is no reason to search none. */
function isByKind(operation: FileTouch['operation'], path: string, map: PathMap): boolean {
  return (
    operation === 'search' &&
    /^[\uE003\uE005]+\.(?:json|ya?ml|toml|txt|csv)$/.test(baseName(path)) &&
    map.classify(parentOf(path)) !== 'credential'
  )
}

/** What a search may come upon beside what it is named for. */
function searchRule({ operation }: FileTouch, path: string, map: PathMap): PathRule | undefined {
  if (operation === 'write' || isByKind(operation, path, map)) return undefined
  if (map.mayReachCredential(path)) return readRules.credential
  const isBroad = operation === 'search' && coversCredentials(path, map.canonical(map.workplace.home))
  return isBroad ? { ...readRules.credential!, severity: 'ask' } : undefined
}

/** What the deployment says about writes that are neither in the project nor in a temporary folder. */
function outsideRule(options: PolicyOptions): PathRule | undefined {
  if (options.outsideProject === 'allow') return undefined
  return {
    rule: 'path.is-outside-project',
    threat: 'PATH-TRV-001',
    severity: options.outsideProject,
    why: 'lies outside the project',
  }
}

function isUnreadable(path: string): boolean {
  return (
    path === '' ||
    /[\u0000-\u001f\u007f\u00a0\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ue000-\uf8ff]/.test(path)
  )
}

function unreadable(touch: FileTouch): Finding {
  return {
    rule: 'path.is-unreadable',
    threat: 'PATH-TRV-001',
    grade: 'certain',
    severity: 'ask',
    message: `\`${touch.tool}\` names a path that is empty or holds invisible characters`,
  }
}

function aftermathOf({ operation }: FileTouch, target: string | null, findings: Finding[]): Aftermath {
  const written = operation === 'write' && target !== null ? [[target, OWN] as const] : []
  const readSecret = operation !== 'write' && findings.some(({ rule }) => rule === 'path.is-credential')
  return { written: new Map(written), readSecret, readUntrusted: false }
}

/** Neither downloaded nor, as far as can be told, made from a secret: contents that hold one are refused. */
const OWN: FileOrigin = { remote: false, secret: false }

function verdict(touch: FileTouch, target: string | null, findings: Finding[]): Judgement {
  const opinion = findings.some(({ severity }) => severity === 'deny')
    ? 'deny'
    : findings.length > 0
      ? 'ask'
      : 'none'
  const kind = touch.operation === 'write' ? 'write' : 'read'
  const effect = { kind, target, program: touch.tool } as const
  const isRecursive = touch.operation === 'search'
  return {
    opinion,
    findings,
    effects: [effect],
    acts: [{ effect, pattern: target, isRecursive, calls: [], findings }],
    aftermath: aftermathOf(touch, target, findings),
  }
}
