import { readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Severity } from '../../access/finding.ts'
import { decode, encodingOf } from '../../enforcement/scan/encoding.ts'
import { locateAll, maskedName } from '../../enforcement/scan/findings.ts'
import { createIgnoreRules } from '../../enforcement/scan/ignore.ts'
import { addOutcome, emptyOutcome, type Outcome } from '../../enforcement/scan/outcome.ts'
import type { ScanReport } from '../../enforcement/scan/report/scan-report.ts'
import { type FoundFile, type LeftOut, walkPaths } from '../../enforcement/scan/tree.ts'
import { PortcullisError, systemCode } from '../../kernel/errors.ts'
import {
  type AuditOptions,
  auditContainers,
  type ContainerFinding,
  containerKindOf,
  samenessOf,
} from '../../rules/containers/audit.ts'
import { mended } from '../../rules/containers/fix.ts'
import { overrideOf } from '../../rules/containers/readers/compose.ts'
import { lineOf } from '../../rules/containers/readers/script.ts'
import { readEnvironmentFile } from '../../rules/containers/variables.ts'
import { createSecretEngine } from '../../rules/secrets/engine.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'
import { unifiedDiff } from '../setup/diff.ts'
import type { Terminal } from '../terminal.ts'

/** A file about containers is written by hand or by a template; a larger one is something else. */
const LARGEST = 4 * 1024 * 1024
const ORDER: readonly Severity[] = ['note', 'ask', 'deny']

export interface AuditRequest {
  readonly paths: readonly string[]
  /** A command line in place of paths. */
  readonly command: readonly string[] | undefined
  readonly kind: AuditOptions['kind']
  readonly exclude: readonly string[]
  readonly environmentFile: string | undefined
  readonly least: Severity
  /** What to do with a mended text; undefined when nothing is to be mended. */
  readonly onMended: ((path: string, name: string, diff: string, text: string) => void) | undefined
}

interface Source {
  /** Undefined for what comes over stdin or the command line. */
  readonly path: string | undefined
  readonly name: string
  readonly text: string
  readonly options: AuditOptions
}

/** Audits files, stdin or a command line and gathers what came of it into one report. */
export async function auditAll(request: AuditRequest, terminal: Terminal): Promise<ScanReport> {
  const startedAt = new Date().toISOString()
  const engine = createSecretEngine({ placeholder: kind => `<masked:${kind}>`, minimumGrade: 'possible' })
  const outcome = emptyOutcome()
  const leftOut: LeftOut = { folders: new Map(), ignored: 0 }
  const seen = new Set<string>()
  for await (const source of sourcesOf(request, terminal, engine, outcome, leftOut)) {
    const text = request.onMended && source.path !== undefined ? mend(source, request.onMended) : source.text
    examine({ ...source, text }, request.least, engine, seen, outcome)
  }
  return {
    findings: outcome.findings,
    files: outcome.files,
    bytes: outcome.bytes,
    accepted: 0,
    stale: 0,
    allowed: outcome.allowed,
    ignored: leftOut.ignored,
    leftOut: Object.fromEntries(leftOut.folders),
    skipped: outcome.skipped.map(skip => ({ ...skip, path: maskedName(engine, skip.path) })),
    startedAt,
    endedAt: new Date().toISOString(),
    only: 'configuration',
  }
}

function mend(
  { path, name, text, options }: Source,
  onMended: NonNullable<AuditRequest['onMended']>,
): string {
  const { text: after, count } = mended(name, text, options)
  if (count > 0) onMended(path!, name, unifiedDiff(name, text, after), after)
  return after
}

async function* sourcesOf(
  request: AuditRequest,
  terminal: Terminal,
  secrets: SecretEngine,
  outcome: Outcome,
  leftOut: LeftOut,
): AsyncGenerator<Source> {
  const { cwd } = terminal
  const options: AuditOptions = {
    kind: request.kind,
    secrets,
    variables: environmentOf(request.environmentFile, cwd),
    readFile: name => readOrUndefined(resolve(cwd, name)),
  }
  if (request.command) {
    yield {
      path: undefined,
      name: '<command>',
      text: lineOf(request.command),
      options: { ...options, kind: 'line' },
    }
    return
  }
  const files = request.paths.filter(path => path !== '-')
  if (files.length < request.paths.length || files.length === 0) {
    const text = textOf(await buffer(terminal.stdin)) ?? ''
    yield { path: undefined, name: '<stdin>', text, options }
  }
  const ignore = createIgnoreRules({ exclude: request.exclude, respectGitignore: false, folder: cwd })
  const named = new Set(files.map(file => resolve(cwd, file)))
  for (const file of walkPaths(files, cwd, ignore, leftOut))
    if ('why' in file) outcome.skipped.push(file)
    else yield* sourceOf(file, named, options, outcome)
}

function* sourceOf(
  { path, name }: FoundFile,
  named: ReadonlySet<string>,
  options: AuditOptions,
  outcome: Outcome,
): Generator<Source> {
  const place = typeof path === 'string' ? path : Buffer.from(path)
  const isNamed = typeof path === 'string' && named.has(path)
  let text: string | undefined
  try {
    const bytes = readFileSync(place)
    if (bytes.length <= LARGEST) text = textOf(bytes)
    else if (isNamed)
      outcome.skipped.push({ path: name, why: 'too large for a file about containers', incomplete: true })
  } catch (error) {
    outcome.skipped.push({
      path: name,
      why: `cannot be read (${systemCode(error) ?? 'unknown'})`,
      incomplete: true,
    })
    return
  }
  if (text === undefined) return
  const isOurs = isNamed || containerKindOf(name, text) !== undefined
  if (isOurs && !isOverride(name, isNamed, options))
    yield { path: typeof path === 'string' ? path : undefined, name, text, options }
}

/** An override file is judged together with the file it is put over. */
function isOverride(name: string, isNamed: boolean, { readFile }: AuditOptions): boolean {
  const base = name.replace(/\.override(?=\.ya?ml$)/, '')
  return !isNamed && base !== name && overrideOf(base) === name && readFile?.(base) !== undefined
}

function environmentOf(file: string | undefined, cwd: string): ReadonlyMap<string, string> {
  if (file === undefined) return new Map()
  const text = readOrUndefined(resolve(cwd, file))
  if (text !== undefined) return readEnvironmentFile(text)
  throw new PortcullisError(
    'usage',
    `cannot read \`${file}\``,
    'name a file of NAME=value lines with --env-file',
  )
}

function readOrUndefined(path: string): string | undefined {
  try {
    const bytes = readFileSync(path)
    return bytes.length <= LARGEST ? textOf(bytes) : undefined
  } catch (error) {
    // that there is none is an answer; whoever asked tells what is missing
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}

function textOf(bytes: Buffer): string | undefined {
  const { encoding, mark } = encodingOf(bytes)
  return encoding === 'binary' ? undefined : decode(bytes.subarray(mark), encoding)
}

function examine(
  { name, text, options }: Source,
  least: Severity,
  engine: SecretEngine,
  seen: Set<string>,
  outcome: Outcome,
): void {
  const audit = auditContainers(name, text, options)
  outcome.files++
  outcome.bytes += text.length
  for (const { place, why } of audit.troubles)
    outcome.skipped.push({
      path: place.file,
      why: `line ${lineOfOffset(audit.texts.get(place.file) ?? '', place.start)}: ${why}`,
      incomplete: true,
    })
  const fresh = audit.findings.filter(finding => {
    const key = samenessOf(finding)
    if (seen.has(key) || ORDER.indexOf(finding.severity) < ORDER.indexOf(least)) return false
    seen.add(key)
    return true
  })
  for (const [file, findings] of Map.groupBy(fresh, finding => finding.file)) {
    // each has a bound of its own
    const part = emptyOutcome()
    locate(file, audit.texts.get(file) ?? '', findings, engine, part)
    addOutcome(outcome, part)
  }
}

function locate(
  path: string,
  text: string,
  findings: readonly ContainerFinding[],
  engine: SecretEngine,
  outcome: Outcome,
): void {
  const secrets = [...engine.scan(text, basename(path)), ...plainSecrets(findings)]
  const sorted = secrets.sort((a, b) => a.start - b.start)
  locateAll(
    findings,
    sorted.filter((secret, at) => at === 0 || secret.start >= sorted[at - 1]!.end),
    { path, text, line: 0, column: 0 },
    { engine, fingerprint: undefined, honoursComments: true },
    outcome,
  )
}

/** A password that only its variable's name gives away is masked in excerpts, too. */
function plainSecrets(findings: readonly ContainerFinding[]) {
  return findings
    .filter(
      ({ rule, message }) => rule === 'container.holds-secret' && !message.includes('goes into the image'),
    )
    .map(finding => ({ ...finding, rule: 'secret.plain' }))
}

function lineOfOffset(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}
