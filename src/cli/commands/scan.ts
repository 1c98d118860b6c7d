import { join, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { resolvePaths } from '../../config/paths.ts'
import { createFingerprint, loadOrCreateKeyFile } from '../../credentials/placeholder.ts'
import { readBaseline, writeBaseline } from '../../enforcement/scan/baseline.ts'
import { type Fingerprint, type LocatedFinding, scanBytes } from '../../enforcement/scan/findings.ts'
import { scanLine } from '../../enforcement/scan/lines.ts'
import { type Format, formatReport, formats, type ScanReport } from '../../enforcement/scan/report.ts'
import { readPaths, readStaged, type Source } from '../../enforcement/scan/sources.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { systemRandom } from '../../kernel/random.ts'
import { createSecretEngine } from '../../rules/secrets/engine.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'
import { answerLines } from '../answer-lines.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'
import { version } from '../version.ts'

const PROGRESS_EVERY = 100

interface ScanOptions extends GlobalOptions {
  readonly staged?: boolean
  readonly history?: boolean
  readonly format?: string
  readonly baseline?: string
  readonly updateBaseline?: boolean
  readonly jsonl?: boolean
}

export const register: RegisterCommand = (program, terminal) => {
  program
    .command('scan [paths...]')
    .description('find secrets in files, in what is staged, or in stdin')
    .option('--staged', 'scan what the next git commit would hold')
    .option('--history', 'scan every version git remembers')
    .option('--format <format>', `how to answer: ${formats.join(', ')}`)
    .option('--baseline <file>', 'leave out the findings this file holds (keyed fingerprints)')
    .option('--update-baseline', 'write the findings into the --baseline file')
    .option('--jsonl', 'scan lines of stdin: {id, text} → {id, findings: [{rule, grade, start, end}]}')
    .addHelpText(
      'after',
      [
        '',
        'Without paths it reads stdin. `.git` and `node_modules` are skipped unless named; binary files are skipped aloud.',
        'A line that says portcullis:allow is left out. The secret itself is never shown.',
        'Exit codes: 0 clean, 1 found, 2 usage, 3 something could not be scanned; with --jsonl 2 when a line could not be read.',
      ].join('\n'),
    )
    .action((paths: string[], _options: unknown, self: { optsWithGlobals(): ScanOptions }) =>
      scan(paths, self.optsWithGlobals(), terminal),
    )
}

async function scan(paths: readonly string[], options: ScanOptions, terminal: Terminal): Promise<void> {
  refuseNonsense(paths, options)
  const format = readFormat(options)
  // nothing is masked here, so the placeholder needs no key
  const engine = createSecretEngine({ placeholder: kind => `<masked:${kind}>`, minimumGrade: 'possible' })
  if (options.jsonl) return scanLines(engine, terminal)

  const fingerprint = options.baseline === undefined ? undefined : openFingerprint(options, terminal)
  const scanned = await scanSources(chooseSources(paths, options, terminal), engine, terminal, fingerprint)
  const report =
    fingerprint && options.baseline !== undefined
      ? await applyBaseline(scanned, resolve(terminal.cwd, options.baseline), options, fingerprint)
      : scanned
  terminal.stdout.write(formatReport(report, format, version))
  terminal.exitCode = exitCodeOf(report)
}

function refuseNonsense(
  paths: readonly string[],
  { staged, history, jsonl, baseline, updateBaseline }: ScanOptions,
): void {
  if (history) {
    throw new PortcullisError(
      'usage',
      'scanning the history is not possible yet',
      'scan the files (`portcullis scan .`) or what is staged (`portcullis scan --staged`)',
    )
  }
  if ([paths.length > 0, staged, jsonl].filter(Boolean).length > 1)
    throw new PortcullisError('usage', 'paths, --staged and --jsonl exclude each other', 'use one of them')
  if (updateBaseline && baseline === undefined)
    throw new PortcullisError('usage', '--update-baseline needs a file', 'name it with --baseline')
}

function readFormat({ format, json }: ScanOptions): Format {
  const wanted = format ?? (json ? 'json' : 'text')
  const known = formats.find(name => name === wanted)
  if (known) return known
  throw new PortcullisError('usage', `there is no format \`${wanted}\``, `use one of ${formats.join(', ')}`)
}

function openFingerprint({ config, data }: ScanOptions, terminal: Terminal): Fingerprint {
  const { keys } = resolvePaths({ config, data, env: terminal.env })
  return createFingerprint(loadOrCreateKeyFile(join(keys, 'fingerprint.key'), systemRandom))
}

function chooseSources(
  paths: readonly string[],
  { staged }: ScanOptions,
  terminal: Terminal,
): AsyncGenerator<Source> {
  if (staged) return readStaged(terminal.cwd, terminal.env)
  return paths.length > 0 ? readPaths(paths, terminal.cwd) : readStdin(terminal)
}

async function* readStdin({ stdin }: Terminal): AsyncGenerator<Source> {
  if (stdin.isTTY) {
    throw new PortcullisError('usage', 'there is nothing to scan', 'name files or folders, or pipe text in')
  }
  yield { path: '<stdin>', bytes: await buffer(stdin) }
}

async function scanSources(
  sources: AsyncGenerator<Source>,
  engine: SecretEngine,
  terminal: Terminal,
  fingerprint: Fingerprint | undefined,
): Promise<ScanReport> {
  const findings: LocatedFinding[] = []
  const skipped: { path: string; why: string; incomplete: boolean }[] = []
  let files = 0
  for await (const source of sources) {
    if ('skipped' in source) {
      skipped.push({ path: source.path, why: source.skipped, incomplete: source.incomplete })
      continue
    }
    files++
    if (files % PROGRESS_EVERY === 0) showProgress(terminal, `${files} files, ${findings.length} found`)
    for (const finding of scanBytes(engine, source.path, source.bytes, fingerprint)) findings.push(finding)
  }
  showProgress(terminal, '')
  return { findings, files, accepted: 0, skipped }
}

function showProgress({ stderr }: Terminal, text: string): void {
  if (stderr.isTTY) stderr.write(`\r\u001b[K${text}`)
}

async function applyBaseline(
  report: ScanReport,
  path: string,
  options: ScanOptions,
  fingerprint: Fingerprint,
): Promise<ScanReport> {
  if (options.updateBaseline) await writeBaseline(path, report.findings, fingerprint)
  const accepted = await readBaseline(path, fingerprint)
  const findings = report.findings.filter(finding => !accepted.has(finding.fingerprint ?? ''))
  return { ...report, findings, accepted: report.findings.length - findings.length }
}

/** What was found counts more than what could not be read: both are worse than clean. */
function exitCodeOf({ findings, skipped }: ScanReport): number {
  if (findings.length > 0) return 1
  return skipped.some(({ incomplete }) => incomplete) ? 3 : 0
}

/** A line that could not be read counts more than what was found: it may hold anything. */
async function scanLines(engine: SecretEngine, terminal: Terminal): Promise<void> {
  let isFound = false
  const outcome = await answerLines(terminal, line => {
    const result = scanLine(line, engine)
    isFound ||= result.findings.length > 0
    return result
  })
  terminal.exitCode = outcome === 'faults' ? 2 : isFound ? 1 : 0
}
