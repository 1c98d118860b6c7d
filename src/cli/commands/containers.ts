import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Severity } from '../../access/finding.ts'
import { resolvePaths } from '../../config/paths.ts'
import { formatReport } from '../../enforcement/scan/report/report.ts'
import { isIncomplete } from '../../enforcement/scan/report/scan-report.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { containerRules } from '../../rules/containers/catalogue.ts'
import { formats as outputs } from '../../rules/containers/generate/description.ts'
import { containerRulesPage } from '../../rules/containers/page.ts'
import type { GenerateOptions } from '../containers/describe.ts'
import { allocatePort, releasePort } from '../containers/ports.ts'
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

interface WriteOptions extends GlobalOptions, GenerateOptions {
  readonly format: string
  readonly out?: string
}

interface PortOptions extends GlobalOptions {
  readonly for?: string
  readonly release?: string
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
    .option('--exclude <pattern>', 'leave out what matches, as in .gitignore; may be repeated', collect, [])
    .addHelpText('after', auditHelp)
    .action((paths: string[], _options: unknown, self: Command) =>
      audit(paths, self.optsWithGlobals<AuditOptions>(), terminal),
    )
  containers
    .command('generate [command...]')
    .description('write hardened settings; words behind `--` are what runs in the container')
    .requiredOption('--format <format>', `what to write: ${outputs.join(', ')}`)
    .requiredOption('--image <image>', 'with its digest: name@sha256:…')
    .requiredOption('--health <command>', 'ends with 0 while all is well')
    .option('--name <name>', 'of the container and its network', 'app')
    .option('--user <uid:gid>', 'whom it runs as', '65532:65532')
    .option('--memory <size>', 'most memory', '256m')
    .option('--cpus <number>', 'most processors', '0.5')
    .option('--pids <number>', 'most processes', '128')
    .option('--tmpfs <path[:size]>', 'a folder in memory; may be repeated', collect, [])
    .option('--volume <name:path>', 'a named volume; may be repeated', collect, [])
    .option(
      '--publish <[port:]inside>',
      'on loopback; `auto:` takes a free port of 9000–9999; may be repeated',
      collect,
      [],
    )
    .option('--env <name=value>', 'a variable, no secret; may be repeated', collect, [])
    .option(
      '--env-from <name>',
      'a variable whose value comes from where it runs; may be repeated',
      collect,
      [],
    )
    .option('--cap-add <name>', 'a harmless capability; may be repeated', collect, [])
    .option('--network <name>', 'its network; default: its name')
    .option('--outbound', 'the network leads out into the world')
    .option('--subnet <cidr>', 'of its network')
    .option('--seccomp <file>', 'a profile of your own in place of the engine’s')
    .option('--source <path>', 'dockerfile: what goes in', '.')
    .option('--folder <path>', 'dockerfile: where to', '/app')
    .option('--step <command>', 'dockerfile: run in a stage of its own; may be repeated', collect, [])
    .option('--keep <path>', 'dockerfile: what the image takes from that stage; may be repeated', collect, [])
    .option('--entrypoint <words>', 'dockerfile: the program')
    .option('--out <file>', 'write there in place of stdout')
    .action((command: string[], _options: unknown, self: Command) =>
      write(command, self.optsWithGlobals<WriteOptions>(), terminal),
    )
  containers
    .command('port')
    .description('a free port of 9000–9999 for one process: no other call gets it while that process lives')
    .option('--for <pid>', 'the process; default: the one that called')
    .option('--release <port>', 'give one back before that')
    .action((_options: unknown, self: Command) => port(self.optsWithGlobals<PortOptions>(), terminal))
  containers
    .command('rules')
    .description('every question that is asked, as the reference page')
    .action((_options: unknown, self: Command) => {
      const { json } = self.optsWithGlobals<GlobalOptions>()
      terminal.stdout.write(json ? `${JSON.stringify(containerRules)}\n` : containerRulesPage())
    })
}

function collect(one: string, all: readonly string[]): readonly string[] {
  return [...all, one]
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

async function write(command: readonly string[], options: WriteOptions, terminal: Terminal): Promise<void> {
  const format = choose(options.format, outputs, 'format')
  const { describe } = await import('../containers/describe.ts')
  const { generate } = await import('../../rules/containers/generate/generate.ts')
  const { createSecretEngine } = await import('../../rules/secrets/engine.ts')
  const description = await describe(options, command, () =>
    allocatePort(portFolder(options, terminal), process.ppid),
  )
  const secrets = createSecretEngine({ placeholder: kind => `<masked:${kind}>`, minimumGrade: 'possible' })
  const text = generate(description, format, secrets)
  if (options.out === undefined) terminal.stdout.write(text)
  else writeFileSync(resolve(terminal.cwd, options.out), text)
}

async function port(options: PortOptions, terminal: Terminal): Promise<void> {
  const folder = portFolder(options, terminal)
  if (options.release !== undefined) {
    const released = await releasePort(folder, Number(options.release))
    if (!released) terminal.exitCode = 1
    terminal.stdout.write(options.json ? `${JSON.stringify({ released })}\n` : '')
    return
  }
  const holder = options.for === undefined ? process.ppid : Number(options.for)
  if (!Number.isSafeInteger(holder) || holder <= 0)
    throw new PortcullisError('usage', `\`${options.for}\` is no process`, 'give its number: --for $$')
  const found = await allocatePort(folder, holder)
  terminal.stdout.write(options.json ? `${JSON.stringify({ port: found, for: holder })}\n` : `${found}\n`)
}

function portFolder({ config, data }: GlobalOptions, { env }: Terminal): string {
  return join(resolvePaths({ config, data, env }).data, 'ports')
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
