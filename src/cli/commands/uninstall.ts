import { existsSync, lstatSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { resolvePaths } from '../../config/paths.ts'
import { agentSetups } from '../../enforcement/hooks/setups.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { planRemoval, type SettingsEdit } from '../setup/agent-settings.ts'
import { userPlace } from '../setup/agents.ts'
import { confirm } from '../setup/confirm.ts'
import { reportOf, showDiff } from '../setup/report.ts'
import { setUpRepository } from '../setup/repository-setup.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'

interface UninstallOptions extends GlobalOptions {
  readonly yes?: boolean
  readonly dryRun?: boolean
  readonly purge?: boolean
  readonly repository?: string | true
}

export const register: RegisterCommand = (program, terminal) => {
  program
    .command('uninstall')
    .description('take the hook entries out of the agents’ settings; data, keys and the log stay')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show what would be done and do nothing')
    .option(
      '--purge',
      'also delete the home folder with configuration, keys and the log: there is no way back',
    )
    .option('--repository [folder]', 'take the scan of each commit out of a git repository instead')
    .action((_options: unknown, command: { optsWithGlobals(): UninstallOptions }) =>
      uninstall(command.optsWithGlobals(), terminal),
    )
}

async function uninstall(options: UninstallOptions, terminal: Terminal): Promise<void> {
  const { env } = terminal
  refuseAgents(env)
  const { repository } = options
  if (repository !== undefined) return setUpRepository({ ...options, repository }, terminal, 'remove')
  const place = userPlace(env)
  const edits = agentSetups.map(agent => planRemoval(agent.hookFile(place)))
  const purged = options.purge ? purgeable(options, env) : []
  const changes = purged.length > 0 || edits.some(edit => edit.change !== 'none')

  if (!options.json) show(edits, purged, terminal)
  if (changes && !options.dryRun && !options.yes && !(await confirm('Make these changes?', terminal))) {
    terminal.stdout.write('nothing was changed\n')
    terminal.exitCode = 1
    return
  }
  const apply = !options.dryRun
  const files = edits.map(edit => reportOf(edit, apply ? edit.apply(Date.now()) : null))
  if (apply) for (const folder of purged) rmSync(folder, { recursive: true, force: true })
  if (options.json) {
    terminal.stdout.write(`${JSON.stringify({ applied: apply && changes, files, purged })}\n`)
  } else {
    const word = apply
      ? changes
        ? 'done; agents run unguarded from now on'
        : 'nothing to do'
      : 'dry run: nothing was changed'
    terminal.stdout.write(`${word}\n`)
  }
}

/** A nudge, not a wall: an agent could unset the variable; the guard's own rules are the wall. */
function refuseAgents(env: NodeJS.ProcessEnv): void {
  if (!env['CLAUDECODE']) return
  throw new PortcullisError(
    'usage',
    'an agent may not take the guard away',
    'run `portcullis uninstall` in a terminal of your own',
  )
}

function show(edits: readonly SettingsEdit[], purged: readonly string[], terminal: Terminal): void {
  for (const edit of edits) {
    if (edit.change !== 'none') terminal.stdout.write(showDiff(edit.diff))
  }
  for (const folder of purged) terminal.stdout.write(`delete with all it holds: ${folder}\n`)
}

/** The folders `--purge` deletes; only ones that look like ours, so that a wrong PORTCULLIS_HOME destroys nothing. */
function purgeable(options: UninstallOptions, env: NodeJS.ProcessEnv): string[] {
  const { home, data, config, keys } = resolvePaths({ config: options.config, data: options.data, env })
  const folders = data.startsWith(`${home}/`) ? [home] : [home, data]
  for (const folder of folders.filter(existsSync)) {
    const ours = folder === home ? [config, keys, data].some(existsSync) : existsSync(keys)
    const isPlain = lstatSync(folder).isDirectory()
    const holdsUser = [homedir(), env['HOME'] ?? homedir(), process.cwd()].some(path => within(folder, path))
    if (ours && isPlain && !holdsUser) continue
    throw new PortcullisError(
      'init.conflict',
      `\`${folder}\` does not look like a folder that only Portcullis uses`,
      'delete it by hand if you mean it',
    )
  }
  return folders.filter(existsSync)
}

/** Whether `path` is `folder` or lies in it. */
function within(folder: string, path: string): boolean {
  for (let at = resolve(path); ; at = dirname(at)) {
    if (at === folder) return true
    if (at === dirname(at)) return false
  }
}
