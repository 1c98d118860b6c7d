import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pluginFiles } from '../../enforcement/hooks/claude-code/plugin.ts'
import type { AgentSetup, ManagedFile } from '../../enforcement/hooks/setup.ts'
import { agentSetups } from '../../enforcement/hooks/setups.ts'
import { PortcullisError, systemCode } from '../../kernel/errors.ts'
import type { Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import { parseAgents } from './agents.ts'
import { managedHookEntry } from './hook-command.ts'

interface ManagedOptions {
  readonly agents?: string
  readonly out?: string
  readonly json?: boolean
}

type Placed = ManagedFile & { readonly agent: string }

/** Prints what an administrator rolls out, or writes it below `--out` as it has to lie on a machine. */
export function printManaged(options: ManagedOptions, terminal: Terminal): void {
  const agents = options.agents === undefined ? byDefault(options) : parseAgents(options.agents)
  const files = agents.flatMap(managedOf)
  if (options.out !== undefined) writeBelow(resolve(terminal.cwd, options.out), files, options, terminal)
  else if (options.json) terminal.stdout.write(`${JSON.stringify({ files })}\n`)
  else if (files.length === 1) terminal.stdout.write(files[0]!.content)
  else
    throw new PortcullisError(
      'usage',
      `${files.length} files would be printed one after the other`,
      'name one agent with `--agents`, or a folder with `--out`, or use `--json`',
    )
  if (!options.json) terminal.stderr.write(`${instructions(files)}\n`)
}

/** To be printed: Claude Code's; to be written: everybody's. */
function byDefault({ out }: ManagedOptions): readonly AgentSetup[] {
  return out === undefined ? parseAgents('claude-code') : agentSetups
}

function managedOf(agent: AgentSetup): Placed[] {
  const files = agent.managed(managedHookEntry(agent.name))
  return files.map(file => ({ agent: agent.name, ...file }))
}

function writeBelow(folder: string, files: readonly Placed[], { json }: ManagedOptions, terminal: Terminal) {
  const written = files.map(({ path, content }) => writeNew(join(folder, path.linux), content))
  tell(written, json, terminal)
}

function tell(written: readonly string[], json: boolean | undefined, terminal: Terminal): void {
  terminal.stdout.write(json ? `${JSON.stringify({ written })}\n` : written.map(file => `${file}\n`).join(''))
}

/** Writes a marketplace folder with our Claude Code plugin, and says how to install it. */
export function writePlugin(folder: string, { json }: ManagedOptions, terminal: Terminal): void {
  const root = resolve(terminal.cwd, folder)
  const files = pluginFiles(managedHookEntry('claude-code'), version)
  tell(
    files.map(({ path, content }) => writeNew(join(root, path), content)),
    json,
    terminal,
  )
  if (json) return
  const source = { source: { source: 'directory', path: root } }
  const keys = {
    extraKnownMarketplaces: { portcullis: source },
    enabledPlugins: { 'guard@portcullis': true },
  }
  terminal.stderr.write(
    [
      'for yourself:',
      `  claude plugin marketplace add '${root}' && claude plugin install guard@portcullis`,
      'for a fleet, with the folder owned by root, these keys in the managed settings:',
      `  ${JSON.stringify(keys)}`,
      '',
    ].join('\n'),
  )
}

/** Returns the file. What an administrator has already changed is not overwritten. */
function writeNew(file: string, content: string): string {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content, { mode: 0o644, flag: 'wx' })
    return file
  } catch (error) {
    const problem = systemCode(error) === 'EEXIST' ? 'exists already' : 'cannot be written'
    throw new PortcullisError('init.conflict', `\`${file}\` ${problem}`, 'name an empty folder', error)
  }
}

function instructions(files: readonly Placed[]): string {
  const places = files.map(({ path }) => {
    const mac = path.darwin === undefined ? '' : ` (macOS: ${path.darwin})`
    return `  ${path.linux}${mac}`
  })
  return [
    'put this where no user can write, owned by root; the hook program must be readable by every user:',
    ...places,
  ].join('\n')
}
