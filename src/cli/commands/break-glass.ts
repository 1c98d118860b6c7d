import { closeSync, openSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { resolvePaths } from '../../config/paths.ts'
import type { BrokenGlass } from '../../enforcement/hooks/break-glass/break-glass.ts'
import { markerIn } from '../../enforcement/hooks/break-glass/person.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { printable } from '../printable.ts'
import { askService } from '../service-client.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'

interface GlassOptions extends GlobalOptions {
  readonly minutes?: string
  readonly reason?: string
  readonly session?: string
  readonly end?: boolean
}

export const register: RegisterCommand = (program, terminal) => {
  program
    .command('break-glass')
    .description('let the hooks warn in place of refusing for some minutes; for a person at a terminal')
    .option('--minutes <number>', 'how long; at most `hooks.breakGlass.maxMinutes`')
    .option('--reason <text>', 'why; it stands in the record')
    .option('--session <id>', 'only for this session of an agent')
    .option('--end', 'end it now')
    .addHelpText(
      'after',
      [
        '',
        "Example: portcullis break-glass --minutes 10 --reason 'repair of the build server'",
        'Secrets are masked all the same; tampering with the guard, private keys and secrets that leave stay refused.',
        'It lives in the running service and ends with it. Every use is recorded as `decision.not-enforced`.',
        'Exit codes: 0 done, 1 refused, 2 usage, 3 no service.',
      ].join('\n'),
    )
    .action((_options: unknown, self: { optsWithGlobals(): GlassOptions }) =>
      breakGlass(self.optsWithGlobals(), terminal),
    )
}

async function breakGlass(options: GlassOptions, terminal: Terminal): Promise<void> {
  const { socket } = resolvePaths({ ...options, env: terminal.env })
  const post = async <T>(verb: string, body: object): Promise<T> =>
    JSON.parse(await askService(socket, 'POST', `/v1/break-glass/${verb}`, JSON.stringify(body))) as T
  const say = (words: string, data: object) =>
    void terminal.stdout.write(options.json ? `${JSON.stringify(data)}\n` : `${words}\n`)

  if (options.end) {
    const { ended } = await post<{ ended: boolean }>('end', {})
    say(ended ? 'the hooks refuse again' : 'nothing was to be ended: the hooks refuse', { ended })
    return
  }
  const { minutes, reason } = wanted(options)
  refuseWithoutTerminal(terminal)
  const session = options.session === undefined ? {} : { session: options.session }
  // The service writes the word to this process's terminal itself, so that nobody can ask for another one.
  const { request } = await post<{ request: string }>('ask', {
    pid: process.pid,
    minutes,
    reason,
    ...session,
  })
  const glass = await post<BrokenGlass>('confirm', { request, word: await readWord(terminal) })
  const until = new Date(glass.until).toLocaleTimeString()
  say(`the hooks warn until ${until} (${glass.id}): ${printable(glass.reason)}\n  end it with --end`, glass)
}

function wanted({ minutes, reason }: GlassOptions): { minutes: number; reason: string } {
  if (minutes === undefined || reason === undefined) {
    throw new PortcullisError(
      'usage',
      'a time and a reason are needed',
      "name both: --minutes 10 --reason 'why', or --end",
    )
  }
  return { minutes: Number(minutes), reason }
}

/** A first look, so that the commonest cases are told at once; the service looks for itself. */
function refuseWithoutTerminal({ stdin, stdout, env }: Terminal): void {
  const marker = markerIn(env)
  if (marker !== undefined) throw refused(`\`${marker}\` is set, as agents do for what they run`)
  if (!stdin.isTTY || !stdout.isTTY) throw refused('the input or the output is no terminal')
  try {
    closeSync(openSync('/dev/tty', 'r+'))
  } catch (error) {
    throw refused('there is no controlling terminal', error)
  }
}

function refused(why: string, cause?: unknown): PortcullisError {
  const remedy = 'open a terminal of your own, outside of every agent and editor, and ask there'
  return new PortcullisError('break-glass.refused', why, remedy, cause)
}

async function readWord({ stdin, stdout }: Terminal): Promise<string> {
  const lines = createInterface({ input: stdin, output: stdout })
  try {
    return await lines.question('the word: ')
  } finally {
    lines.close()
  }
}
