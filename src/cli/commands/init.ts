import { loadConfig } from '../../config/load.ts'
import { resolvePaths } from '../../config/paths.ts'
import type { AgentSetup } from '../../enforcement/hooks/setup.ts'
import { asTyped } from '../command-name.ts'
import { planInstall, type SettingsEdit } from '../setup/agent-settings.ts'
import { findAgents, parseAgents, settableAgents, userPlace } from '../setup/agents.ts'
import { type PendingApproval, pendingApproval } from '../setup/approval.ts'
import { type Canary, sendCanary } from '../setup/canary.ts'
import { confirm } from '../setup/confirm.ts'
import { type HomeStep, planHome } from '../setup/home-folder.ts'
import { hookEntry } from '../setup/hook-command.ts'
import { printManaged, writePlugin } from '../setup/managed.ts'
import { type EditReport, reportOf, showDiff } from '../setup/report.ts'
import { setUpRepository } from '../setup/repository-setup.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'
import { withoutSecrets } from '../without-secrets.ts'

interface InitOptions extends GlobalOptions {
  readonly yes?: boolean
  readonly dryRun?: boolean
  readonly agents?: string
  readonly managed?: boolean
  readonly out?: string
  readonly plugin?: string
  readonly repository?: string | true
}

export const register: RegisterCommand = (program, terminal) => {
  program
    .command('init')
    .description('set up folders, configuration and the hook entries of the agents found; repeats safely')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show what would be done and do nothing')
    .option(
      '--agents <list>',
      `agents to set up, by comma (known: ${settableAgents.join(', ')}; default: those found)`,
    )
    .option('--managed', 'make managed settings for an administrator instead, and change nothing here')
    .option(
      '--out <folder>',
      'with --managed: write the files below this folder, as they have to lie on a machine',
    )
    .option('--plugin <folder>', 'make a Claude Code plugin with the hooks instead, and change nothing here')
    .option('--repository [folder]', 'enter the scan of each commit into a git repository instead')
    .addHelpText('after', '\nExample: portcullis init --dry-run')
    .action((_options: unknown, command: { optsWithGlobals(): InitOptions }) =>
      init(command.optsWithGlobals(), terminal),
    )
}

async function init(options: InitOptions, terminal: Terminal): Promise<void> {
  const { repository } = options
  if (repository !== undefined) return setUpRepository({ ...options, repository }, terminal, 'install')
  if (options.plugin !== undefined) return writePlugin(options.plugin, options, terminal)
  if (options.managed) return printManaged(options, terminal)
  const { env } = terminal
  const paths = resolvePaths({ config: options.config, data: options.data, env })
  // A bad configuration is refused before anything is written.
  const config = await loadConfig(paths.config)
  const agents = options.agents === undefined ? findAgents(env) : parseAgents(options.agents)
  const steps = planHome(paths)
  const entryOf = (agent: AgentSetup) => hookEntry(agent.name, paths, options, config)
  const edits = agents.map(agent => planInstall(agent.hookFile(userPlace(env)), entryOf(agent)))
  const changes = steps.length > 0 || edits.some(edit => edit.change !== 'none')

  if (!options.json) show(steps, edits, agents, terminal)
  if (changes && !options.dryRun && !options.yes && !(await confirm('Make these changes?', terminal))) {
    terminal.stdout.write('nothing was changed\n')
    terminal.exitCode = 1
    return
  }
  const apply = !options.dryRun
  if (apply) for (const step of steps) step.apply()
  const reports = edits.map(edit => reportOf(edit, apply ? edit.apply(Date.now()) : null))
  if (apply) await loadConfig(paths.config, { mustExist: true })
  const canaries: Canary[] = []
  // What a user gets is what is proved: the very command line that stands in the settings.
  if (apply) for (const agent of agents) canaries.push(await sendCanary(agent, entryOf(agent), env))
  const approvals = agents.flatMap(agent => (apply ? (pendingApproval(agent, env) ?? []) : []))
  finish({ applied: apply, changes, agents, steps, reports, canaries, approvals }, options, terminal)
}

interface Outcome {
  readonly applied: boolean
  readonly changes: boolean
  readonly agents: readonly AgentSetup[]
  readonly steps: readonly HomeStep[]
  readonly reports: readonly EditReport[]
  readonly canaries: readonly Canary[]
  /** What only a person can do in an agent. */
  readonly approvals: readonly PendingApproval[]
}

function show(
  steps: readonly HomeStep[],
  edits: readonly SettingsEdit[],
  agents: readonly AgentSetup[],
  terminal: Terminal,
): void {
  for (const { what, path } of steps) terminal.stdout.write(`${what}: ${withoutSecrets(path)}\n`)
  for (const edit of edits) {
    if (edit.change === 'none') terminal.stdout.write(`the hooks are entered already: ${edit.file}\n`)
    else terminal.stdout.write(showDiff(edit.diff))
  }
  if (agents.length === 0) {
    terminal.stdout.write(
      `no agent was found; \`--agents claude-code\` sets one up all the same (known: ${settableAgents.join(', ')})\n`,
    )
  }
}

function finish(outcome: Outcome, { json }: InitOptions, terminal: Terminal): void {
  const { applied, changes, canaries, reports, approvals } = outcome
  if (canaries.some(({ refused }) => !refused)) terminal.exitCode = 1
  if (json) {
    terminal.stdout.write(`${JSON.stringify(asJson(outcome))}\n`)
    return
  }
  for (const { backup } of reports) if (backup !== null) terminal.stdout.write(`backup: ${backup}\n`)
  for (const { title, found } of canaries) terminal.stdout.write(`${title}: ${found}\n`)
  for (const { title, how } of approvals)
    terminal.stdout.write(`${title} does not call its hook yet: ${how}\n`)
  if (!applied) terminal.stdout.write('dry run: nothing was changed\n')
  else if (!changes) terminal.stdout.write('nothing to do\n')
  else terminal.stdout.write(asTyped(NEXT, terminal.env))
}

const NEXT = 'done. Next: `portcullis up` starts the gate, `portcullis doctor` proves that it holds\n'

function asJson({ applied, changes, agents, steps, reports, canaries, approvals }: Outcome): object {
  const folders = steps.map(({ what, path }) => ({ what, path }))
  const names = agents.map(({ name }) => name)
  return { applied: applied && changes, agents: names, steps: folders, files: reports, canaries, approvals }
}
