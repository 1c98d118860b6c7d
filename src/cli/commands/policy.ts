import { homedir } from 'node:os'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { loadConfig } from '../../config/load.ts'
import { resolvePaths } from '../../config/paths.ts'
import { systemClock } from '../../kernel/clock.ts'
import { judgeFor } from '../judge.ts'
import { type EffectivePolicy, effectivePolicy, rulesPage } from '../policy/effective.ts'
import { runPolicyTests, type TestOutcome } from '../policy/run-tests.ts'
import { printable } from '../printable.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'

interface ListOptions extends GlobalOptions {
  readonly markdown?: boolean
}

const LONGEST_ACT = 60

export const register: RegisterCommand = (program, terminal) => {
  const policy = program
    .command('policy')
    .description('the rules in force, and the tests of the configuration')
  policy
    .command('list')
    .description('every rule, built-in and own, and every exception with its last day')
    .option('--markdown', 'the built-in rules as the reference page')
    .action((_options: unknown, self: Command) => list(self.optsWithGlobals<ListOptions>(), terminal))
  policy
    .command('test')
    .description('judge the acts under `validation.tests` and compare with what they expect; runs nothing')
    .addHelpText(
      'after',
      '\nExample: portcullis --config portcullis.yaml policy test\nExit codes: 0 all as expected, 1 some not, 2 the configuration is refused.',
    )
    .action((_options: unknown, self: Command) => test(self.optsWithGlobals<GlobalOptions>(), terminal))
}

async function list(options: ListOptions, terminal: Terminal): Promise<void> {
  const { stdout, env } = terminal
  if (options.markdown) {
    stdout.write(rulesPage())
    return
  }
  const { config: path } = resolvePaths({ ...options, env })
  const config = await loadConfig(path, { mustExist: options.config !== undefined })
  const effective = effectivePolicy(config, systemClock.now())
  stdout.write(options.json ? `${JSON.stringify(effective)}\n` : describe(effective))
}

function describe({ rules, exceptions }: EffectivePolicy): string {
  const width = Math.max(...rules.map(({ id }) => id.length))
  const rows = rules.map(
    ({ id, from, decision, threat, description, isFinal }) =>
      `${id.padEnd(width)}  ${decision.padEnd(4)}  ${from.padEnd(8)}  ${threat.padEnd(13)}  ${printable(description)}${isFinal ? ' (no exception lifts it)' : ''}`,
  )
  const lifted = exceptions.map(({ id, rule, reason, expires, isExpired }) => {
    const until = expires === undefined ? 'no last day' : `until ${expires}`
    return `  ${id}: ${rule}, ${isExpired ? `EXPIRED ${expires}, does not count` : until}: ${printable(reason)}`
  })
  const tail = lifted.length === 0 ? 'there are no exceptions' : `exceptions\n${lifted.join('\n')}`
  return `${rows.join('\n')}\n\n${tail}\n`
}

async function test(options: GlobalOptions, terminal: Terminal): Promise<void> {
  const paths = resolvePaths({ config: options.config, data: options.data, env: terminal.env })
  const config = await loadConfig(paths.config, { mustExist: options.config !== undefined })
  const home = resolve(terminal.env['HOME'] || homedir())
  const { tests } = config.validation
  const outcomes = await runPolicyTests(tests, await judgeFor(paths, config), home)
  const failed = outcomes.filter(({ isPassed }) => !isPassed)
  if (failed.length > 0) terminal.exitCode = 1
  const counts = { passed: outcomes.length - failed.length, failed: failed.length }
  terminal.stdout.write(
    options.json
      ? `${JSON.stringify({ ...counts, tests: outcomes })}\n`
      : tell(outcomes, failed, paths.config),
  )
}

function tell(outcomes: readonly TestOutcome[], failed: readonly TestOutcome[], file: string): string {
  if (outcomes.length === 0) return `${file} has no tests; add some under \`validation.tests\`\n`
  const passed = outcomes.length - failed.length
  if (failed.length === 0) return `${passed} of ${outcomes.length} tests came out as expected\n`
  const rows = failed.map(({ name, act, expected, got }) => [
    name,
    shorten(printable(act)),
    [expected.decision, expected.rule].filter(Boolean).join(' by '),
    [got.decision, got.rules.join(', ')].filter(Boolean).join(' by '),
  ])
  return `${table([['test', 'act', 'expected', 'decided'], ...rows])}\n${failed.length} of ${outcomes.length} tests came out otherwise\n`
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  return rows
    .map(
      row =>
        `${row
          .map((text, column) => text.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

function shorten(text: string): string {
  return text.length > LONGEST_ACT ? `${text.slice(0, LONGEST_ACT - 1)}…` : text
}
