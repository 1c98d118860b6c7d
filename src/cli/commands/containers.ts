import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { Severity } from '../../access/finding.ts'
import { formatReport } from '../../enforcement/scan/report/report.ts'
import { isIncomplete } from '../../enforcement/scan/report/scan-report.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { containerRules } from '../../rules/containers/catalogue.ts'
import { containerRulesPage } from '../../rules/containers/page.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'
import { version } from '../version.ts'

const formats = ['text', 'json', 'sarif'] as const
const kinds = {
  docker: 'run',
  compose: 'compose',
  dockerfile: 'dockerfile',
  kubernetes: 'kubernetes',
} as const
const severities: Readonly<Record<string, Severity>> = { error: 'deny', warning: 'ask', note: 'note' }

interface AuditOptions extends GlobalOptions {
  readonly run?: boolean
  readonly kind?: string
  readonly format?: string
  readonly severity: string
  readonly fix?: boolean
  readonly dryRun?: boolean
  readonly envFile?: string
  readonly exclude: readonly string[]
}

export const register: RegisterCommand = (program, terminal) => {
  const containers = program
    .command('containers')
    .description('judge how containers are run, write hardened settings, share ports')
  containers
    .command('audit [paths...]')
    .description('what is wrong with Dockerfiles, compose files, Kubernetes manifests and docker run lines')
    .option('--run', 'the words behind `--` are a command line: --run -- docker run …')
    .option('--kind <kind>', `what stdin or the files are: ${Object.keys(kinds).join(', ')}`)
    .option('--format <format>', `how to answer: ${formats.join(', ')}`)
    .option('--severity <level>', `the least that counts: ${Object.keys(severities).join(', ')}`, 'note')
    .option('--fix', 'write what is safe into the files, and show the difference')
    .option('--dry-run', 'with --fix: show the difference and write nothing')
    .option('--env-file <file>', 'values for variables of compose files, besides `.env` beside them')
    .option(
      '--exclude <pattern>',
      'leave out what matches, as in .gitignore; may be repeated',
      (pattern: string, patterns: readonly string[]) => [...patterns, pattern],
      [],
    )
    .addHelpText('after', auditHelp)
    .action((paths: string[], _options: unknown, self: Command) =>
      audit(paths, self.optsWithGlobals<AuditOptions>(), terminal),
    )
  containers
    .command('rules')
    .description('every question that is asked, as the reference page')
    .action((_options: unknown, self: Command) => {
      const { json } = self.optsWithGlobals<GlobalOptions>()
      terminal.stdout.write(json ? `${JSON.stringify(containerRules)}\n` : containerRulesPage())
    })
}

const auditHelp = `
Files are told by name and content; folders are walked. Without paths, or with \`-\`, it reads stdin. Nothing is run and no
engine is asked. A comment \`portcullis:allow container.RULE\` leaves a finding on its line to its author.
Exit codes: 0 clean or notes alone, 1 found, 2 usage, 3 something could not be read and nothing was found.`

async function audit(words: readonly string[], options: AuditOptions, terminal: Terminal): Promise<void> {
  const format = choose(options.format ?? (options.json ? 'json' : 'text'), formats, 'format')
  const least = severities[choose(options.severity, Object.keys(severities), 'severity')]!
  const kind = options.kind === undefined ? undefined : kinds[choose(options.kind, keysOf(kinds), 'kind')]
  refuseNonsense(words, options, terminal)
  const { auditAll } = await import('../containers/audit.ts')
  // a machine reads stdout: the difference is for a person
  const told = format === 'text' ? terminal.stdout : terminal.stderr
  const report = await auditAll(
    {
      paths: options.run ? [] : words,
      command: options.run ? words : undefined,
      kind,
      exclude: options.exclude,
      environmentFile: options.envFile,
      least,
      onMended: options.fix
        ? (path, _name, diff, text) => {
            if (!options.dryRun) writeFileSync(path, text)
            told.write(diff)
          }
        : undefined,
    },
    terminal,
  )
  terminal.stdout.write(await formatReport(report, format, version))
  terminal.exitCode = report.findings.some(({ severity }) => severity !== 'note')
    ? 1
    : isIncomplete(report)
      ? 3
      : 0
}

function refuseNonsense(
  words: readonly string[],
  { run, fix, dryRun, kind }: AuditOptions,
  terminal: Terminal,
): void {
  if (run && words.length === 0)
    throw new PortcullisError(
      'usage',
      '--run needs a command line',
      'write it behind `--`: --run -- docker run …',
    )
  if (run && (fix || kind !== undefined))
    throw new PortcullisError('usage', '--run is about one command line', 'leave --fix and --kind out')
  if (fix && (words.length === 0 || words.includes('-')))
    throw new PortcullisError('usage', '--fix writes into files', 'name files or folders')
  if (dryRun && !fix) throw new PortcullisError('usage', '--dry-run is about --fix', 'add --fix')
  if (words.length === 0 && terminal.stdin.isTTY)
    throw new PortcullisError(
      'usage',
      'there is nothing to audit',
      'name files or folders, or pipe a text in',
    )
}

function keysOf<T extends object>(table: T): readonly (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[]
}

function choose<T extends string>(wanted: string, known: readonly T[], what: string): T {
  const found = known.find(name => name === wanted)
  if (found !== undefined) return found
  throw new PortcullisError('usage', `there is no ${what} \`${wanted}\``, `use one of ${known.join(', ')}`)
}
