import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { loadConfig } from '../../config/load.ts'
import { resolvePaths } from '../../config/paths.ts'
import { type CheckResult, checkLine, type Place } from '../../enforcement/hooks/check.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { answerLines } from '../answer-lines.ts'
import { drawParsed } from '../explain/draw.ts'
import { parseForPeople } from '../explain/parsed.ts'
import { judgeFor } from '../judge.ts'
import { printable } from '../printable.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'
import { withoutSecrets } from '../without-secrets.ts'

interface CheckOptions extends GlobalOptions {
  readonly jsonl?: boolean
  readonly cwd?: string
  readonly explain?: boolean
}

const WIDTH = 100

export const register: RegisterCommand = (program, terminal) => {
  program
    .command('check [command]')
    .description(
      'tell what a hook would decide about a command or a tool call; runs nothing, records nothing',
    )
    .option('--jsonl', 'judge lines of stdin: {id, command | tool+input, cwd?, home?, project?, agent?}')
    .option('--cwd <folder>', 'where the command would run (default: here)')
    .option(
      '--explain',
      'draw how the command was read: statements, programs, effects and what was said of them',
    )
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
  const own = [paths.home, paths.data, paths.config]
  const parsed = options.explain
    ? parseForPeople(command, { config, workplace: place, own, now: judge.clock.now() })
    : undefined
  if (options.json)
    terminal.stdout.write(`${withoutSecrets(JSON.stringify({ ...shown, ...(parsed && { parsed }) }))}\n`)
  else {
    const { stdout, env } = terminal
    const isColoured = stdout.isTTY === true && !env['NO_COLOR']
    const tree = parsed && drawParsed(parsed, { width: stdout.columns ?? WIDTH, isColoured })
    stdout.write(withoutSecrets(tree === undefined ? inWords(result) : `${inWords(result)}\n${tree}`))
  }
  terminal.exitCode = result.decision === 'ask' || result.decision === 'deny' ? 1 : 0
}

const meanings: Readonly<Record<CheckResult['decision'], string>> = {
  allow: 'allow: known to only read',
  none: 'none: nothing speaks against it; the agent’s own rules decide',
  ask: 'ask: a person has to approve it',
  deny: 'deny: it would not run',
}

function inWords({ decision, reasons, us }: CheckResult): string {
  const lines = reasons.map(
    ({ message, rule, code, threat, remedy }) =>
      `  ${printable(message)} [${rule ?? code}, ${threat}]\n    ${remedy}`,
  )
  return `${[meanings[decision], ...lines].join('\n')}\n  judged in ${us} µs; nothing was run\n`
}
