import { Command, CommanderError } from 'commander'
import { PortcullisError, systemCode } from '../kernel/errors.ts'
import { asTyped } from './command-name.ts'
import { commands } from './commands.ts'
import type { Terminal } from './terminal.ts'
import { version } from './version.ts'

const HELP_REMEDY = 'run the command with --help to see its options'

/** What the place a command runs in may lack, in words. */
const systemFaults: Readonly<Record<string, readonly [fact: string, remedy: string]>> = {
  ENOSPC: ['the disk is full', 'free some space and run it again'],
  EDQUOT: ['the disk quota is used up', 'free some space and run it again'],
  EROFS: ['the place is read-only', 'name a folder that can be written with --data or PORTCULLIS_HOME'],
  EACCES: ['the file may not be opened by this user', 'check its owner and mode'],
  EPERM: ['the file may not be changed by this user', 'check its owner and mode'],
  ENOTDIR: ['a part of the path is not a folder', 'check --data and PORTCULLIS_HOME'],
}

/** Options of the program itself whose next word is no command. */
const TAKES_VALUE: ReadonlySet<string> = new Set(['--config', '--data'])

/** Runs one command line; returns the exit code. Faults become one clear sentence with the remedy. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const json = argv.includes('--json')
  const complaints: string[] = []
  const program = new Command('portcullis')
    .description('zero-trust gate for AI coding agents')
    .version(version)
    .option('--config <file>', 'configuration file (default: $PORTCULLIS_HOME/portcullis.yaml)')
    .option('--data <folder>', 'data folder (default: $PORTCULLIS_HOME/data)')
    .option('--json', 'answer in JSON')
    .exitOverride()
    .configureOutput({
      writeOut: text => void terminal.stdout.write(text),
      writeErr: text => void complaints.push(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'portcullis: ')),
    })
    .showHelpAfterError(`  ${HELP_REMEDY}`)

  try {
    const name = argv.find((word, i) => !word.startsWith('-') && !TAKES_VALUE.has(argv[i - 1] ?? ''))
    for (const [command, load] of Object.entries(commands)) {
      // Only what is called is loaded: a hook must not pay for a dashboard.
      if (name === undefined || name === 'help' || !(name in commands) || command === name) {
        ;(await load())(program, terminal)
      }
    }
    await program.parseAsync([...argv], { from: 'user' })
    return terminal.exitCode
  } catch (error) {
    const code = await explain(error, { complaints, json, terminal })
    // Agents read any other failure of a hook as consent.
    return isHook(argv) && code !== 0 ? 2 : code
  }
}

function isHook(argv: readonly string[]): boolean {
  return argv.includes('hook') || argv.includes('--as-hook')
}

interface Complaint {
  /** What the parser of the command line said. */
  readonly complaints: readonly string[]
  readonly json: boolean
  readonly terminal: Terminal
}

/** Says what went wrong. Words of the person stand in it, and among them may be a secret. */
async function explain(error: unknown, { complaints, json, terminal }: Complaint): Promise<number> {
  const isParsers = error instanceof CommanderError
  if (isParsers && error.exitCode === 0) return 0
  const { withoutSecrets } = await import('./without-secrets.ts')
  const say = (text: string) => void terminal.stderr.write(withoutSecrets(text))
  if (isParsers && !json) {
    say(complaints.join(''))
    return 2
  }
  const fault = faultOf(error)
  const { code, message } = fault
  const remedy = asTyped(fault.remedy, terminal.env)
  if (json) say(`${JSON.stringify({ error: { code, message, remedy } })}\n`)
  else say(`portcullis: ${message}\n  ${remedy}\n`)
  if (fault.code === 'internal' && terminal.env['PORTCULLIS_DEBUG'] && error instanceof Error)
    say(`${error.stack}\n`)
  return fault.exitCode
}

function faultOf(error: unknown): PortcullisError {
  if (error instanceof PortcullisError) return error
  if (error instanceof CommanderError) {
    const message = error.code === 'commander.help' ? 'no command is named' : error.message
    return new PortcullisError('usage', message.replace(/^error: /, ''), HELP_REMEDY, error)
  }
  const known = systemFaults[systemCode(error) ?? '']
  if (known) {
    const { path } = error as NodeJS.ErrnoException
    const [fact, remedy] = known
    return new PortcullisError('file.unreadable', path ? `${fact}: \`${path}\`` : fact, remedy, error)
  }
  return new PortcullisError(
    'internal',
    error instanceof Error ? `unexpected fault: ${error.message}` : 'unexpected fault',
    'run `portcullis doctor`; if it stays, report it with this message',
    error,
  )
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
  const argv = process.argv.slice(2)
  // Whatever nobody waited for: the runtime would print it as it is.
  process.on('uncaughtException', error => {
    const complaint = { complaints: [], json: argv.includes('--json'), terminal }
    void explain(error, complaint).finally(() => process.exit(isHook(argv) ? 2 : 1))
  })
  process.exitCode = await run(argv, terminal)
}

if (import.meta.main) void main()
