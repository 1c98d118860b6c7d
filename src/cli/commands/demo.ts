import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { resolvePaths } from '../../config/paths.ts'
import { asTyped } from '../command-name.ts'
import { tellStory } from '../demo/story.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'

export const register: RegisterCommand = (program, terminal) => {
  program
    .command('demo')
    .description('see blocks, masks and the log happen on loopback; needs no account')
    .action((_options, command: Command) => demo(command.optsWithGlobals<GlobalOptions>(), terminal))
}

/** Runs in a scratch home, so that nothing of the user's is touched; `--data` keeps the log for a closer look. */
async function demo(options: GlobalOptions, terminal: Terminal): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'portcullis-demo-'))
  try {
    const env = { ...terminal.env, PORTCULLIS_HOME: join(scratch, 'home') }
    const paths = resolvePaths({ data: options.data, env })
    const steps = await tellStory({ paths, scratch, say: options.json ? () => undefined : say(terminal) })
    if (options.json) terminal.stdout.write(`${JSON.stringify({ steps })}\n`)
    if (steps.some(step => !step.asPromised)) terminal.exitCode = 1
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

const colours = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const

/** Prints a line, with its marks in colour on a terminal that wants it. */
function say(terminal: Terminal) {
  const coloured = terminal.stdout.isTTY === true && !terminal.env['NO_COLOR']
  return (line: string, colour?: keyof typeof colours) => {
    const text = asTyped(line, terminal.env)
    terminal.stdout.write(coloured && colour ? `\x1b[${colours[colour]}m${text}\x1b[0m\n` : `${text}\n`)
  }
}
