import { createHash } from 'node:crypto'
import type { DataClass } from '../../access/data-class.ts'
import type { Grade, Severity } from '../../access/finding.ts'
import { handlingOf } from '../../access/handling.ts'
import type { ThreatId } from '../../access/threat-id.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'
import { UNSCANNED } from '../../rules/secrets/user-rules-windows.ts'
import { readComments } from './allow.ts'
import type { Encoding } from './encoding.ts'
import type { LocatedFinding, Outcome } from './outcome.ts'

/** Of one file or archive. */
const MOST = 10_000
const EXCERPT = 48
const LONGEST_EXCERPT = 240
const remedies: Readonly<Record<DataClass, string>> = {
  secret: 'revoke the secret, take it out of the text and keep it in a secret store',
  confidential: 'take it out of the text, or put made-up data in its place',
  internal: 'put a name that says nothing in its place, or keep the text where it belongs',
  public: 'nothing needs to be done',
}

export type Fingerprint = (rule: string, secret: string) => string

/** What a rule of any kind saw in one text; offsets are UTF-16 code units. */
export interface Sighting {
  readonly rule: string
  readonly threat: ThreatId
  readonly grade: Grade
  readonly severity: Severity
  readonly message: string
  readonly remedy?: string
  readonly dataClass?: DataClass
  readonly start: number
  readonly end: number
  /** What would mend it, for a person to look at. */
  readonly fix?: { readonly start: number; readonly end: number; readonly replacement: string }
}

/** A text, or the part of it at hand, and where it begins in its file. */
export interface Passage {
  readonly path: string
  readonly text: string
  /** From 0. */
  readonly line: number
  /** Code units of the first line that stand before the passage. */
  readonly column: number
}

export interface FindingOptions {
  readonly engine: SecretEngine
  readonly fingerprint: Fingerprint | undefined
  /** Comments may leave a line to its author. */
  readonly honoursComments: boolean
}

/** Puts what was seen at its place into the outcome; `secrets` are all that are to be masked around it. */
export function locateAll(
  sightings: readonly Sighting[],
  secrets: readonly Sighting[],
  passage: Passage,
  options: FindingOptions,
  outcome: Outcome,
): void {
  if (sightings.length === 0) return
  const lines = lineStarts(passage.text)
  const path = maskedName(options.engine, passage.path)
  const isAllowed = readComments(passage.text, lines)
  for (const sighting of sightings) {
    if (outcome.findings.length === MOST) {
      noteRest(path, outcome)
      return
    }
    const line = lineAt(lines, sighting.start)
    if (sighting.rule === `secret.${UNSCANNED}`) {
      const why = `line ${passage.line + line + 1}: a rule of your own did not end in its time`
      outcome.skipped.push({ path, why, incomplete: true })
    } else if (options.honoursComments && isAllowed(line, sighting.rule)) outcome.allowed++
    else outcome.findings.push(locate(sighting, secrets, { ...passage, path }, lines, options))
  }
}

function noteRest(path: string, outcome: Outcome): void {
  const why = `more than ${MOST} findings; the others are not listed`
  if (!outcome.skipped.some(skip => skip.why === why)) outcome.skipped.push({ path, why, incomplete: true })
}

function locate(
  sighting: Sighting,
  secrets: readonly Sighting[],
  { path, text, line: firstLine, column: firstColumn }: Passage,
  lines: readonly number[],
  { fingerprint }: FindingOptions,
): LocatedFinding {
  const { rule, threat, grade, severity, message, dataClass, start, end, fix } = sighting
  const line = lineAt(lines, start)
  const columnOf = (offset: number, at: number) => offset - lines[at]! + 1 + (at === 0 ? firstColumn : 0)
  const regionOf = (place: { readonly start: number; readonly end: number }) => {
    const first = lineAt(lines, place.start)
    const last = lineAt(lines, Math.max(place.start, place.end - 1))
    return {
      line: firstLine + first + 1,
      column: columnOf(place.start, first),
      endLine: firstLine + last + 1,
      endColumn: columnOf(place.end, last),
    }
  }
  const excerpt = excerptOf(sighting, secrets, text, lines[line]!)
  return {
    path,
    ...regionOf(sighting),
    rule,
    threat,
    grade,
    severity,
    message,
    remedy: sighting.remedy ?? remedies[dataClass ?? 'secret'],
    ...(dataClass && { class: dataClass }),
    excerpt,
    place: digest(`${rule}\0${path}\0${excerpt}`),
    ...(fix && { fix: { ...regionOf(fix), replacement: fix.replacement } }),
    ...(fingerprint && {
      fingerprint: fingerprint(rule, dataClass ? text.slice(start, end) : `${path}\0${excerpt}`),
    }),
  }
}

/** Chance makes anything out of random bytes, but rarely what names itself. */
export function believable(secrets: readonly Sighting[], encoding: Encoding): readonly Sighting[] {
  if (encoding !== 'binary') return secrets
  return secrets.filter(({ grade, rule }) => grade !== 'possible' && !rule.startsWith('secret.generic-'))
}

/** Some of the line on both sides. Whatever of it belongs to any secret, of any grade, is masked. */
function excerptOf(
  { start, end }: Sighting,
  secrets: readonly Sighting[],
  text: string,
  lineStart: number,
): string {
  const from = Math.max(lineStart, start - EXCERPT)
  const newline = text.slice(end, end + EXCERPT).indexOf('\n')
  const to = newline < 0 ? Math.min(text.length, end + EXCERPT) : end + newline
  let excerpt = ''
  let at = from
  for (let index = firstBehind(secrets, from); index < secrets.length; index++) {
    const secret = secrets[index]!
    if (secret.start >= to) break
    if (handlingOf(secret.dataClass ?? 'secret').inExports === 'as-is') continue
    if (secret.end <= at) continue
    const before = text.slice(at, Math.max(at, secret.start))
    excerpt += `${before}<masked:${secret.rule.replace('secret.', '')}>`
    at = Math.min(to, secret.end)
  }
  const shown = printable(excerpt + text.slice(at, to))
  return shown.length > LONGEST_EXCERPT ? `${shown.slice(0, LONGEST_EXCERPT)}…` : shown
}

/** The first that ends behind an offset; they are sorted and do not overlap. */
function firstBehind(secrets: readonly Sighting[], offset: number): number {
  let low = 0
  let high = secrets.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (secrets[middle]!.end > offset) high = middle
    else low = middle + 1
  }
  return low
}

/** Control characters could rewrite the terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}+/gu, ' ').trim()
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** A file's name may hold a token too. */
export function maskedName(engine: SecretEngine, name: string): string {
  let masked = ''
  let at = 0
  for (const { rule, grade, start, end } of engine.scan(name)) {
    // hashes and ids are ordinary in names
    if (grade === 'possible') continue
    masked += `${name.slice(at, start)}<masked:${rule.replace('secret.', '')}>`
    at = end
  }
  return masked + name.slice(at)
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** The index of the line that holds the offset. */
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return low
}
