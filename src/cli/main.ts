import { Command, CommanderError } from 'commander'
import { PortcullisError } from '../kernel/errors.ts'
import { commands } from './commands.ts'
import type { Terminal } from './terminal.ts'
import { version } from './version.ts'

/** Runs one command line; returns the exit code. Faults become one clear sentence with the remedy. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const program = new Command('portcullis')
    .description('zero-trust gate for AI coding agents')
    .version(version)
    .option('--config <file>', 'configuration file (default: $PORTCULLIS_HOME/portcullis.yaml)')
    .option('--data <folder>', 'data folder (default: $PORTCULLIS_HOME/data)')
    .option('--json', 'answer in JSON')
    .exitOverride()
    .configureOutput({
      writeOut: text => void terminal.stdout.write(text),
      writeErr: text => void terminal.stderr.write(text),
    })
    .showHelpAfterError('run the command with --help to see its options')

  try {
    const [name] = argv.filter(argument => !argument.startsWith('-'))
    for (const [command, load] of Object.entries(commands)) {
      // Only what is called is loaded: a hook must not pay for a dashboard.
      if (name === undefined || name === 'help' || !(name in commands) || command === name) {
        ;(await load())(program, terminal)
      }
    }
    await program.parseAsync([...argv], { from: 'user' })
    return terminal.exitCode
  } catch (error) {
    const code = explain(error, argv.includes('--json'), terminal)
    // Agents read any other failure of a hook as consent.
    return argv.includes('hook') && code !== 0 ? 2 : code
  }
}

function explain(error: unknown, json: boolean, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  const fault =
    error instanceof PortcullisError
      ? error
      : new PortcullisError(
          'internal',
          error instanceof Error ? `unexpected fault: ${error.message}` : 'unexpected fault',
          'run `portcullis doctor`; if it stays, report it with this message',
          error,
        )
  const { code, message, remedy } = fault
  terminal.stderr.write(
    json
      ? `${JSON.stringify({ error: { code, message, remedy } })}\n`
      : `portcullis: ${message}\n  ${remedy}\n`,
  )
  if (fault.code === 'internal' && terminal.env['PORTCULLIS_DEBUG'] && error instanceof Error) {
    terminal.stderr.write(`${error.stack}\n`)
  }
  return fault.exitCode
}

/** The process's own entry: standard streams, environment, exit code. */
export async function main(): Promise<void> {
  const terminal: Terminal = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    exitCode: 0,
  }
  // A reader that goes away (`| head`) is not a fault.
  process.stdout.on('error', error => {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
    throw error
  })
  process.exitCode = await run(process.argv.slice(2), terminal)
}

if (import.meta.main) await main()
