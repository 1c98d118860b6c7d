import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { loadConfig } from '../../config/load.ts'
import { type Paths, resolvePaths } from '../../config/paths.ts'
import type { Config } from '../../config/schema.ts'
import {
  type CheckResult,
  checkLine,
  createJudge,
  type Judge,
  type Place,
} from '../../enforcement/hooks/check.ts'
import { systemClock } from '../../kernel/clock.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { createSecretEngine } from '../../rules/secrets/engine.ts'
import { answerLines } from '../answer-lines.ts'
import { composeValidation, openSecondGrammar } from '../compose.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'

interface CheckOptions extends GlobalOptions {
  readonly jsonl?: boolean
  readonly cwd?: string
}

export const register: RegisterCommand = (program, terminal) => {
  program
    .command('check [command]')
    .description(
      'tell what a hook would decide about a command or a tool call; runs nothing, records nothing',
    )
    .option('--jsonl', 'judge lines of stdin: {id, command | tool+input, cwd?, home?, project?, agent?}')
    .option('--cwd <folder>', 'where the command would run (default: here)')
    .addHelpText(
      'after',
      [
        '',
        "Example: portcullis check 'rm -rf ~/old'",
        'Decisions: allow (known to only read), none (no objection), ask, deny.',
        'Exit codes: 0 no objection, 1 ask or deny, 2 usage; with --jsonl 0, or 2 when a line could not be read.',
      ].join('\n'),
    )
    .action((command: string | undefined, _options: unknown, self: { optsWithGlobals(): CheckOptions }) =>
      check(command, self.optsWithGlobals(), terminal),
    )
}

async function check(command: string | undefined, options: CheckOptions, terminal: Terminal): Promise<void> {
  const paths = resolvePaths({ config: options.config, data: options.data, env: terminal.env })
  const config = await loadConfig(paths.config, { mustExist: options.config !== undefined })
  const judge = await judgeFor(paths, config)
  const cwd = resolve(terminal.cwd, options.cwd ?? '.')
  const place: Place = { cwd, home: resolve(terminal.env['HOME'] || homedir()), project: cwd }

  if (options.jsonl) {
    const outcome = await answerLines(terminal, (line, number) => checkLine(line, number, judge, place))
    terminal.exitCode = outcome === 'faults' ? 2 : 0
    return
  }
  if (command === undefined) {
    throw new PortcullisError(
      'usage',
      'there is nothing to check',
      "name a command: portcullis check 'ls -l', or use --jsonl",
    )
  }
  const result = await checkLine(JSON.stringify({ id: 1, command }), 1, judge, place)
  const { id: _id, ...shown } = result
  terminal.stdout.write(options.json ? `${JSON.stringify(shown)}\n` : inWords(result))
  terminal.exitCode = result.decision === 'ask' || result.decision === 'deny' ? 1 : 0
}

/** The validation layer as the running guard has it; nothing is created or opened. */
async function judgeFor(paths: Paths, config: Config): Promise<Judge> {
  const { minimumGrade } = config.validation.secrets
  // Nothing is masked here, so the placeholder needs no key.
  const engine = createSecretEngine({ placeholder: kind => `<masked:${kind}>`, minimumGrade })
  const validation = composeValidation(paths, config, engine, await openSecondGrammar())
  return createJudge({ validation, engine, config, clock: systemClock })
}

const meanings: Readonly<Record<CheckResult['decision'], string>> = {
  allow: 'allow: known to only read',
  none: 'none: nothing speaks against it; the agent’s own rules decide',
  ask: 'ask: a person has to approve it',
  deny: 'deny: it would not run',
}

function inWords({ decision, reasons, us }: CheckResult): string {
  const lines = reasons.map(
    ({ message, rule, code, threat, remedy }) => `  ${message} [${rule ?? code}, ${threat}]\n    ${remedy}`,
  )
  return `${[meanings[decision], ...lines].join('\n')}\n  judged in ${us} µs; nothing was run\n`
}
