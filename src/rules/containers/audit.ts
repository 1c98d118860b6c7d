import type { Severity } from '../../access/finding.ts'
import type { ThreatId } from '../../access/threat-id.ts'
import type { CodeFinding } from '../configuration/rule.ts'
import type { SecretEngine } from '../secrets/types.ts'
import { type ContainerRuleId, containerRules } from './catalogue.ts'
import { contentChecks } from './checks/contents.ts'
import { isolationChecks, outerChecks } from './checks/isolation.ts'
import { privilegeChecks } from './checks/privileges.ts'
import type { Check, Seen, Tell } from './checks/tell.ts'
import { kindOf, kindOfText } from './kinds.ts'
import { readComposeFile } from './readers/compose.ts'
import { readDockerfileText } from './readers/dockerfile.ts'
import { readManifestFile } from './readers/kubernetes.ts'
import { readLine, readScript } from './readers/script.ts'
import type { Reading, Trouble } from './reading.ts'
import type { ContainerSpec, ReaderName } from './spec.ts'

export interface ContainerFinding extends CodeFinding {
  readonly rule: ContainerRuleId
  /** The file it stands in: not always the one that was asked about. */
  readonly file: string
}

export interface Audit {
  readonly findings: readonly ContainerFinding[]
  readonly troubles: readonly Trouble[]
  /** Every text that was read, by path. */
  readonly texts: ReadonlyMap<string, string>
  readonly containers: number
}

export interface AuditOptions {
  /** What the text is, where its name does not say; `line` is one command line. */
  readonly kind?: ReaderName | 'line' | undefined
  /** The text of a file that another one names, by its path as `path` is given; undefined when it cannot be read. */
  readonly readFile?: (path: string) => string | undefined
  /** Values for variables of compose files, stronger than those of `.env`. */
  readonly variables?: ReadonlyMap<string, string>
  /** Finds tokens that tell themselves, anywhere in the text. */
  readonly secrets?: Pick<SecretEngine, 'scan'>
}

const checks: readonly Check[] = [...privilegeChecks, ...isolationChecks, ...contentChecks]
/** Of one severity: many small ones do not hide a bad one. */
const MOST_FINDINGS = 3_000

/** What a file is, or undefined when it says nothing about containers. */
export function containerKindOf(path: string, text: string): ReaderName | undefined {
  return kindOf(path, text)
}

/**
 * Judges every container that a text describes. Never throws: what could not be read is told as trouble, and then what
 * was found is not all there may be.
 */
export function auditContainers(path: string, text: string, options: AuditOptions = {}): Audit {
  const { readFile = () => undefined, variables = new Map(), secrets } = options
  const plain = text.replace(/[\uE000-\uE00F]/g, '?')
  const reading: Reading = {
    specs: [],
    troubles: [],
    readFile: name => readFile(name)?.replace(/[\uE000-\uE00F]/g, '?'),
    texts: new Map([[path, plain]]),
    open: new Set(),
    variables,
  }
  // of nothing at all nobody can say that it is in order
  const kind = plain.trim() === '' ? undefined : (options.kind ?? kindOf(path, plain) ?? kindOfText(plain))
  try {
    read(kind, path, plain, reading)
  } catch (error) {
    // nesting ends the stack of a parser; anything else is our own fault, and neither is clean
    const why = error instanceof RangeError ? 'it is nested too deep' : 'the reader failed on it'
    reading.troubles.push({ place: { file: path, start: 0, end: 1 }, why })
  }
  const { tell, findings } = gather(reading.troubles)
  for (const spec of reading.specs) judge(spec, tell)
  if (secrets) for (const [file, content] of reading.texts) tellSecrets(file, content, secrets, tell)
  return {
    findings: findings(),
    troubles: distinct(reading.troubles),
    texts: reading.texts,
    containers: reading.specs.filter(({ isAround }) => !isAround).length,
  }
}

function read(kind: ReaderName | 'line' | undefined, path: string, text: string, reading: Reading): void {
  switch (kind) {
    case 'compose':
      readComposeFile(path, reading)
      break
    case 'dockerfile':
      readDockerfileText(path, text, reading)
      break
    case 'kubernetes':
      readManifestFile(path, text, reading)
      break
    case 'run':
      readScript(path, text, reading)
      break
    case 'line':
      readLine(path, text, reading)
      break
    case undefined: {
      const why = 'it is no Dockerfile, compose file, manifest or script that runs containers'
      reading.troubles.push({ place: { file: path, start: 0, end: Math.min(1, text.length) }, why })
    }
  }
}

function judge(spec: ContainerSpec, tell: Tell): void {
  for (const check of spec.isAround ? outerChecks : checks) check(spec, tell)
}

/** A value that is not likely one is left to the scan for secrets. */
function tellSecrets(file: string, text: string, secrets: Pick<SecretEngine, 'scan'>, tell: Tell): void {
  if (/(?:^|\/)\.env$/.test(file)) return
  for (const { start, end, grade, rule } of secrets.scan(text, file))
    if (grade !== 'possible')
      tell({
        rule: 'container.holds-secret',
        place: { file, start, end },
        message: `a ${rule.replace('secret.', '').replaceAll('-', ' ')} stands in plain text`,
        grade,
      })
}

/** The same for what is seen twice at one place, such as a setting that two services extend. */
export function samenessOf(finding: Pick<ContainerFinding, 'rule' | 'file' | 'start' | 'message'>): string {
  const { rule, file, start, message } = finding
  return `${rule} ${file} ${start} ${message.replace(/(?:service|container|stage) `[^`]*`|the (?:image|container)/, '')}`
}

function gather(troubles: Trouble[]) {
  const seen = new Map<string, ContainerFinding>()
  const counts: Record<Severity, number> = { deny: 0, ask: 0, note: 0 }
  const tell: Tell = (found: Seen) => {
    const { rule, place, message, fix, severity, grade } = found
    const key = samenessOf({ rule, message, file: place.file, start: place.start })
    if (seen.has(key)) return
    const { threat, remedy, severity: usual } = containerRules[rule]
    const level = severity ?? usual
    if (counts[level]++ >= MOST_FINDINGS) {
      if (counts[level] === MOST_FINDINGS + 1)
        troubles.push({
          place,
          why: `more than ${MOST_FINDINGS} findings of a kind; the others are not listed`,
        })
      return
    }
    seen.set(key, {
      rule,
      threat: threat as ThreatId,
      remedy,
      message,
      severity: level,
      grade: grade ?? 'likely',
      file: place.file,
      start: place.start,
      end: place.end,
      ...(fix && { fix }),
    })
  }
  const findings = () =>
    withoutDoubles([...seen.values()]).sort(
      (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.start - b.start || a.end - b.end,
    )
  return { tell, findings }
}

/** A secret that is told as the value of its variable is not told once more as a token inside of it. */
function withoutDoubles(findings: readonly ContainerFinding[]): ContainerFinding[] {
  const secrets = findings.filter(({ rule }) => rule === 'container.holds-secret')
  return findings.filter(
    one =>
      one.rule !== 'container.holds-secret' ||
      !secrets.some(
        other =>
          other !== one &&
          other.file === one.file &&
          other.start <= one.start &&
          other.end >= one.end &&
          (other.start < one.start || other.end > one.end),
      ),
  )
}

function distinct(troubles: readonly Trouble[]): Trouble[] {
  return [...new Map(troubles.map(one => [`${one.place.file} ${one.place.start} ${one.why}`, one])).values()]
}
