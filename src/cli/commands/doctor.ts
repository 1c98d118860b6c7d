import type { Command } from 'commander'
import { resolvePaths } from '../../config/paths.ts'
import { asTyped } from '../command-name.ts'
import type { Check } from '../doctor/check.ts'
import { examine } from '../doctor/examine.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'
import { withoutSecrets } from '../without-secrets.ts'

const marks = { good: 'ok  ', warning: 'warn', bad: 'BAD ' } as const

interface DoctorOptions extends GlobalOptions {
  readonly live?: boolean
}

const NAME_WIDTH = 22

export const register: RegisterCommand = (program, terminal) => {
  program
    .command('doctor')
    .description('prove that every door is guarded: live canaries, versions, permissions, the log')
    .option('--live', 'also run each agent’s own program once, against a model of ours on loopback')
    .action((_options, command: Command) => doctor(command.optsWithGlobals<DoctorOptions>(), terminal))
}

async function doctor(options: DoctorOptions, terminal: Terminal): Promise<void> {
  const checks: Check[] = []
  const paths = resolvePaths({ ...options, env: terminal.env })
  const wanted = { configIsNamed: options.config !== undefined, live: options.live ?? false }
  for await (const check of examine(paths, terminal.env, wanted)) {
    checks.push(check)
    if (!options.json) terminal.stdout.write(asTyped(withoutSecrets(describe(check)), terminal.env))
  }
  const bad = checks.filter(check => check.state === 'bad').length
  if (options.json)
    terminal.stdout.write(`${withoutSecrets(JSON.stringify({ healthy: bad === 0, checks }))}\n`)
  else terminal.stdout.write(`\n${summary(checks, bad)}\n`)
  if (bad > 0) terminal.exitCode = 1
}

function summary(checks: readonly Check[], bad: number): string {
  const warnings = checks.filter(check => check.state === 'warning').length
  const failed = bad === 0 ? 'no check failed' : `${bad} of ${checks.length} checks failed`
  return warnings === 0 ? (bad === 0 ? 'every check passed' : failed) : `${failed}, ${warnings} to look at`
}

function describe({ name, state, found, remedy, limits = [] }: Check): string {
  const more = [...(remedy ? [`→ ${remedy}`] : []), ...limits.map(limit => `· ${limit}`)]
  const lines = more.map(line => `${' '.repeat(6 + NAME_WIDTH + 1)}${line}\n`)
  return `${marks[state]}  ${name.padEnd(NAME_WIDTH)} ${found}\n${lines.join('')}`
}
