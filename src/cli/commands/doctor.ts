import type { Command } from 'commander'
import { resolvePaths } from '../../config/paths.ts'
import { type Check, examine } from '../doctor.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'

const marks = { good: 'ok  ', warning: 'warn', bad: 'BAD ' } as const

export const register: RegisterCommand = (program, terminal) => {
  program
    .command('doctor')
    .description('prove that every door is guarded: live canaries, versions, permissions, the log')
    .action((_options, command: Command) => doctor(command.optsWithGlobals<GlobalOptions>(), terminal))
}

async function doctor(options: GlobalOptions, terminal: Terminal): Promise<void> {
  const checks: Check[] = []
  for await (const check of examine(resolvePaths({ ...options, env: terminal.env }), terminal.env)) {
    checks.push(check)
    if (!options.json) terminal.stdout.write(describe(check))
  }
  const bad = checks.filter(check => check.state === 'bad').length
  if (options.json) terminal.stdout.write(`${JSON.stringify({ healthy: bad === 0, checks })}\n`)
  else
    terminal.stdout.write(
      bad === 0 ? '\nevery check passed\n' : `\n${bad} of ${checks.length} checks failed\n`,
    )
  if (bad > 0) terminal.exitCode = 1
}

function describe({ name, state, found, remedy }: Check): string {
  return `${marks[state]}  ${name.padEnd(22)} ${found}\n${remedy ? `      ${''.padEnd(22)} → ${remedy}\n` : ''}`
}
