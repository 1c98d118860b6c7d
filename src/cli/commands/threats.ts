import { homedir } from 'node:os'
import { text as readAll } from 'node:stream/consumers'
import type { Command } from 'commander'
import type { Workplace } from '../../access/request.ts'
import { loadConfig } from '../../config/load.ts'
import { resolvePaths } from '../../config/paths.ts'
import { createFileSystemView, stillView } from '../../guard/validation/file-system.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { judgeCommand } from '../../rules/commands/judge.ts'
import { judgePath } from '../../rules/paths/judge.ts'
import { judgeUrl } from '../../rules/paths/judge-url.ts'
import { createSecretEngine } from '../../rules/secrets/engine.ts'
import { type AssessedThreat, type AssessmentJudges, assess } from '../../rules/threats/assess.ts'
import { threatsByRisk, threatsPage } from '../../rules/threats/page.ts'
import { riskOf } from '../../rules/threats/risk.ts'
import { printable } from '../printable.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'

interface ListOptions extends GlobalOptions {
  readonly markdown?: boolean
}

/** Longest text assessed; more would be a corpus, which is work for `scan`. */
const LONGEST = 1024 * 1024

export const register: RegisterCommand = (program, terminal) => {
  const threats = program.command('threats').description('the threat register, and the threats in a text')
  threats
    .command('list')
    .description('every threat a refusal can name, by falling risk')
    .option('--markdown', 'as the reference page')
    .action((_options: unknown, self: Command) => list(self.optsWithGlobals<ListOptions>(), terminal))
  threats
    .command('assess [text...]')
    .description('name the threats in a command, path, address or prose; without TEXT reads stdin')
    .addHelpText('after', '\nExit codes: 0 nothing found, 1 something found, 2 usage.')
    .action((words: string[], _options: unknown, self: Command) =>
      assessText(words, self.optsWithGlobals<GlobalOptions>(), terminal),
    )
}

function list(options: ListOptions, terminal: Terminal): void {
  if (options.markdown) {
    terminal.stdout.write(threatsPage())
    return
  }
  const threats = threatsByRisk()
  if (options.json) {
    const rows = threats.map(([id, threat]) => ({ id, ...threat, risk: riskOf(threat) }))
    terminal.stdout.write(`${JSON.stringify(rows)}\n`)
    return
  }
  for (const [id, threat] of threats) {
    const { score, level } = riskOf(threat)
    terminal.stdout.write(
      `${id.padEnd(14)} ${String(score).padStart(3)} ${level.padEnd(8)} ${threat.name}: ${threat.description}\n`,
    )
  }
}

async function assessText(
  words: readonly string[],
  options: GlobalOptions,
  terminal: Terminal,
): Promise<void> {
  const text = words.length > 0 ? words.join(' ') : await readAll(terminal.stdin)
  if (text.trim() === '') {
    throw new PortcullisError(
      'usage',
      'there is nothing to assess',
      'give the text as an argument or on stdin',
    )
  }
  if (text.length > LONGEST) {
    throw new PortcullisError(
      'usage',
      'the text is longer than 1 MB',
      'assess a part of it, or use `portcullis scan`',
    )
  }
  const found = assess(text, await judgesFor(options, terminal))
  if (found.length > 0) terminal.exitCode = 1
  terminal.stdout.write(options.json ? `${JSON.stringify(found.map(asJson))}\n` : describe(found))
}

async function judgesFor(options: GlobalOptions, terminal: Terminal): Promise<AssessmentJudges> {
  const paths = resolvePaths({ ...options, env: terminal.env })
  const { validation } = await loadConfig(paths.config, { mustExist: options.config !== undefined })
  const policy = {
    protect: validation.paths.protect,
    outsideProject: validation.paths.outsideProject,
    own: [paths.home, paths.data, paths.config],
  }
  const place: Workplace = {
    cwd: terminal.cwd,
    home: terminal.env['HOME'] || homedir(),
    project: terminal.cwd,
  }
  const view = stillView(createFileSystemView())
  // Nothing is masked here, so no placeholder is ever asked for.
  const engine = createSecretEngine({ placeholder: kind => kind, minimumGrade: 'possible' })
  return {
    command: text => judgeCommand(text, place, view, policy).findings,
    path: path =>
      judgePath({ path: expandHome(path, place), operation: 'read', tool: 'a read' }, place, view, policy)
        .findings,
    url: url => judgeUrl(url).findings,
    secrets: text => engine.scan(text),
  }
}

function expandHome(path: string, { home }: Workplace): string {
  return path.startsWith('~/') ? `${home}${path.slice(1)}` : path
}

function asJson({ id, threat, risk, findings }: AssessedThreat) {
  const { name, category, severity, mitigations, references } = threat
  const seen = findings.map(({ rule, grade, message }) => ({ rule, grade, message }))
  return { id, name, category, severity, risk, findings: seen, mitigations, references }
}

function describe(found: readonly AssessedThreat[]): string {
  if (found.length === 0) return 'no threat found\n'
  return found
    .map(({ id, threat, risk, findings }) => {
      const seen = findings.map(({ rule, grade, message }) => `  ${rule} (${grade}): ${printable(message)}\n`)
      const helps = threat.mitigations.map(mitigation => `  helps: ${mitigation}\n`)
      return `${id} ${threat.name}, risk ${risk.score} ${risk.level}\n${seen.join('')}${helps.join('')}`
    })
    .join('\n')
}
