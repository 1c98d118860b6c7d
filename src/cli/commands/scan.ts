import { join, resolve } from 'node:path'
import type { OptionalClass } from '../../config/data-classes.ts'
import { resolvePaths } from '../../config/paths.ts'
import { createFingerprint, loadOrCreateKeyFile } from '../../credentials/placeholder.ts'
import type { Subject } from '../../enforcement/scan/examine.ts'
import { maskedName } from '../../enforcement/scan/findings.ts'
import type { Skip } from '../../enforcement/scan/outcome.ts'
import { type Format, formatReport, formats } from '../../enforcement/scan/report/report.ts'
import { isIncomplete, type ScanReport } from '../../enforcement/scan/report/scan-report.ts'
import {
  placeOf,
  type Scanned,
  type ScanOptions,
  scanHistory,
  scanPaths,
  scanStaged,
  scanStream,
} from '../../enforcement/scan/scan.ts'
import { examineOptions, type ScanSettings } from '../../enforcement/scan/settings.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { systemRandom } from '../../kernel/random.ts'
import { configurationRules } from '../../rules/configuration/catalogue.ts'
import { configurationRulesPage } from '../../rules/configuration/page.ts'
import { answerLines } from '../answer-lines.ts'
import { showProgress } from '../scan-progress.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'
import { version } from '../version.ts'

const DEPTH = 3
const subjects: readonly Subject[] = ['secrets', 'configuration']

interface Options extends GlobalOptions {
  readonly staged?: boolean
  readonly history?: boolean
  readonly range?: string
  readonly since?: string
  readonly format?: string
  readonly baseline?: string
  readonly updateBaseline?: boolean
  readonly exclude: readonly string[]
  readonly respectGitignore?: boolean
  readonly allowComments: boolean
  readonly binary?: boolean
  readonly archiveDepth: string
  readonly only?: string
  readonly listRules?: boolean
  readonly jsonl?: boolean
  readonly rules: readonly string[]
  readonly classes?: string
}

export const register: RegisterCommand = (program, terminal) => {
  program
    .command('scan [paths...]')
    .description(
      'find secrets, and unsafe scripts and settings, in files, archives, what is staged, the git history or stdin',
    )
    .option('--list-rules', 'name every question asked of scripts and settings, as the reference page')
    .option('--only <subject>', `look for nothing but ${subjects.join(' or ')}`)
    .option('--staged', 'scan what the next git commit would hold')
    .option('--history', 'scan every version git remembers, each content once')
    .option('--range <revisions>', 'with --history: only these, such as main..topic')
    .option('--since <date>', 'with --history: only commits after this date')
    .option('--format <format>', `how to answer: ${formats.join(', ')}`)
    .option('--baseline <file>', 'leave out the findings this file holds (keyed fingerprints)')
    .option('--update-baseline', 'write the findings into the --baseline file')
    .option('--exclude <pattern>', 'leave out what matches, as in .gitignore; may be repeated', collect, [])
    .option('--respect-gitignore', 'leave out what git ignores')
    .option('--no-allow-comments', 'report what a comment allows, too')
    .option('--binary', 'look for self-identifying secrets in binary files, too')
    .option(
      '--archive-depth <n>',
      'how many archives deep to look: zip, tar, gzip, zstd, brotli; 0 opens none',
      `${DEPTH}`,
    )
    .option(
      '--rules <file>',
      'count the rules of a gitleaks configuration, too; may be repeated',
      collect,
      [],
    )
    .option('--classes <names>', 'look for data of other classes, too: confidential, internal')
    .option('--jsonl', 'scan lines of stdin: {id, text} → {id, findings: [{rule, grade, start, end}]}')
    .addHelpText('after', help)
    .action((paths: string[], _options: unknown, self: { optsWithGlobals(): Options }) =>
      scan(paths, self.optsWithGlobals(), terminal),
    )
}

const help = `
Without paths it reads stdin. \`.git\` and \`node_modules\` are left out unless named; .portcullisignore names more,
in the syntax of .gitignore. A comment allows a line: portcullis:allow, with the rules it is about or for all, and those
of gitleaks, trufflehog, detect-secrets and secretlint. The secret itself is never shown.
Scripts, Dockerfiles, workflows, pipelines, settings and source text are read for what makes them easy to take over;
findings with the severity note are advice and do not change the exit code.
Exit codes: 0 clean, 1 found, 2 usage, 3 something could not be scanned and nothing was found; with --jsonl 2 when a
line could not be read.`

function collect(pattern: string, patterns: readonly string[]): readonly string[] {
  return [...patterns, pattern]
}

async function scan(paths: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  if (options.listRules)
    return void terminal.stdout.write(
      options.json ? `${JSON.stringify(configurationRules)}\n` : configurationRulesPage(),
    )
  refuseNonsense(paths, options)
  const format = readFormat(options)
  const rules = options.rules.map(file => resolve(terminal.cwd, file))
  for (const note of await notesOn(rules)) terminal.stderr.write(`portcullis: ${note}\n`)
  const classes = await readClasses(options)
  if (options.jsonl) return scanLines(terminal, rules, classes)

  const keyFile = options.baseline === undefined ? undefined : keyFileOf(options, terminal)
  const settings: ScanSettings = {
    honoursComments: options.allowComments,
    binary: options.binary ?? false,
    archiveDepth: readDepth(options),
    rules,
    subjects: readSubjects(options),
    classes,
    ...(keyFile !== undefined && { keyFile }),
  }
  const startedAt = new Date().toISOString()
  const progress = showProgress(terminal)
  const scanned = await scanChosen(paths, options, terminal, {
    settings,
    ignore: { exclude: options.exclude, respectGitignore: options.respectGitignore ?? false },
    cwd: terminal.cwd,
    onProgress: progress.add,
    onTotal: progress.expect,
  }).finally(progress.end)
  const repository = options.history ? await placeOf(terminal) : undefined
  const whole: ScanReport = {
    ...(await reportOf(scanned, settings)),
    startedAt,
    endedAt: new Date().toISOString(),
    ...(settings.subjects.length === 1 && { only: settings.subjects[0]! }),
    ...(repository && { repository }),
  }
  const report =
    keyFile !== undefined && options.baseline !== undefined
      ? await applyBaseline(whole, resolve(terminal.cwd, options.baseline), keyFile, options)
      : whole
  terminal.stdout.write(await formatReport(report, format, version))
  terminal.exitCode = exitCodeOf(report)
}

function scanChosen(
  paths: readonly string[],
  { staged, history, range, since }: Options,
  terminal: Terminal,
  scan: ScanOptions,
): Promise<Scanned> {
  if (staged) return scanStaged(terminal, scan)
  if (history) return scanHistory({ range, since }, terminal, scan)
  if (paths.length > 0) return scanPaths(paths, scan)
  if (terminal.stdin.isTTY)
    throw new PortcullisError('usage', 'there is nothing to scan', 'name files or folders, or pipe text in')
  return scanStream('<stdin>', terminal.stdin, scan)
}

function refuseNonsense(
  paths: readonly string[],
  { staged, history, range, since, jsonl, baseline, updateBaseline }: Options,
): void {
  if ([paths.length > 0, staged, history, jsonl].filter(Boolean).length > 1)
    throw new PortcullisError(
      'usage',
      'paths, --staged, --history and --jsonl exclude each other',
      'use one of them',
    )
  if ((range ?? since) !== undefined && !history)
    throw new PortcullisError('usage', '--range and --since are about the history', 'add --history')
  if (updateBaseline && baseline === undefined)
    throw new PortcullisError('usage', '--update-baseline needs a file', 'name it with --baseline')
}

function readFormat({ format, json }: Options): Format {
  const wanted = format ?? (json ? 'json' : 'text')
  const known = formats.find(name => name === wanted)
  if (known) return known
  throw new PortcullisError('usage', `there is no format \`${wanted}\``, `use one of ${formats.join(', ')}`)
}

function readDepth({ archiveDepth }: Options): number {
  const depth = Number(archiveDepth)
  if (Number.isInteger(depth) && depth >= 0 && depth <= 10) return depth
  throw new PortcullisError(
    'usage',
    `\`${archiveDepth}\` is no depth of archives`,
    'give a number from 0 to 10',
  )
}

function readSubjects({ only, history }: Options): readonly Subject[] {
  if (only === undefined) return subjects
  const known = subjects.find(subject => subject === only)
  if (!known)
    throw new PortcullisError('usage', `there is no subject \`${only}\``, `use ${subjects.join(' or ')}`)
  if (known === 'configuration' && history)
    throw new PortcullisError(
      'usage',
      'the history is scanned for secrets only',
      'what was configured once is gone; scan the files as they are',
    )
  return [known]
}

async function readClasses({ classes }: Options): Promise<readonly OptionalClass[]> {
  if (classes === undefined) return []
  const { optionalClasses } = await import('../../config/data-classes.ts')
  return classes.split(',').flatMap(part => {
    const name = part.trim()
    const known = optionalClasses.find(one => one === name)
    if (known) return [known]
    if (name === '' || name === 'secret') return []
    const fact = `there is no class \`${name}\` to look for`
    throw new PortcullisError(
      'usage',
      fact,
      `use ${optionalClasses.join(' or ')}; secrets are always looked for`,
    )
  })
}

/** Made at its first use, before any thread asks for it. */
function keyFileOf({ config, data }: Options, terminal: Terminal): string {
  const { keys } = resolvePaths({ config, data, env: terminal.env })
  const file = join(keys, 'fingerprint.key')
  loadOrCreateKeyFile(file, systemRandom)
  return file
}

/** What of the files of rules does not count. */
async function notesOn(rules: readonly string[]): Promise<readonly string[]> {
  if (rules.length === 0) return []
  const { openGitleaksRules } = await import('../../config/user-rules.ts')
  return openGitleaksRules(rules).notes
}

async function reportOf({ outcome, leftOut }: Scanned, settings: ScanSettings) {
  return {
    findings: outcome.findings,
    files: outcome.files,
    bytes: outcome.bytes,
    accepted: 0,
    stale: 0,
    allowed: outcome.allowed,
    ignored: leftOut.ignored,
    leftOut: Object.fromEntries(leftOut.folders),
    skipped: outcome.skipped.length === 0 ? [] : await maskedSkips(outcome.skipped, settings),
  }
}

/** The name of a file may hold a secret. */
async function maskedSkips(skipped: readonly Skip[], settings: ScanSettings): Promise<readonly Skip[]> {
  const { engine } = await examineOptions(settings)
  return skipped.map(skip => ({ ...skip, path: maskedName(engine, skip.path) }))
}

async function applyBaseline(
  report: ScanReport,
  path: string,
  keyFile: string,
  { updateBaseline }: Options,
): Promise<ScanReport> {
  const { readBaseline, writeBaseline } = await import('../../enforcement/scan/baseline.ts')
  const fingerprint = createFingerprint(loadOrCreateKeyFile(keyFile, systemRandom))
  if (updateBaseline) await writeBaseline(path, report.findings, fingerprint)
  const known = await readBaseline(path, fingerprint)
  const present = new Set(report.findings.map(finding => finding.fingerprint ?? ''))
  const findings = report.findings.filter(finding => !known.has(finding.fingerprint ?? ''))
  const stale = [...known].filter(entry => !present.has(entry)).length
  return { ...report, findings, accepted: report.findings.length - findings.length, stale }
}

/** What was found counts more than what could not be read: both are worse than clean. Advice alone is clean. */
function exitCodeOf(report: ScanReport): number {
  if (report.findings.some(({ rule, severity }) => rule.startsWith('secret.') || severity !== 'note'))
    return 1
  return isIncomplete(report) ? 3 : 0
}

/** A line that could not be read counts more than what was found: it may hold anything. */
async function scanLines(
  terminal: Terminal,
  rules: readonly string[],
  classes: readonly OptionalClass[],
): Promise<void> {
  const { scanLine } = await import('../../enforcement/scan/lines.ts')
  const { engine } = await examineOptions({
    honoursComments: false,
    binary: false,
    archiveDepth: 0,
    subjects: ['secrets'],
    rules,
    classes,
  })
  let isFound = false
  const outcome = await answerLines(terminal, line => {
    const result = scanLine(line, engine)
    isFound ||= result.findings.length > 0
    return result
  })
  terminal.exitCode = outcome === 'faults' ? 2 : isFound ? 1 : 0
}
