import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { inspect } from 'node:util'
import { type Paths, resolvePaths } from '../../config/paths.ts'
import type { Config } from '../../config/schema.ts'
import { environmentHeader } from '../../credentials/known-values/variables.ts'
import type { AgentAdapter, HookAnswer, HookEvent } from '../../enforcement/hooks/adapter.ts'
import { agentNames, findAdapter, lastResort } from '../../enforcement/hooks/agents.ts'
import { askService } from '../../enforcement/hooks/client.ts'
import { beforeDeadline, type Caller, handleEvent, refuseFor } from '../../enforcement/hooks/handle.ts'
import { readBounded } from '../../enforcement/hooks/read-bounded.ts'
import { inSandbox } from '../setup/exec-command.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'

/** The whole time for one answer, unless the configuration says otherwise; half of it is the service's. */
const DEADLINE_MS = 2_000
const LINGER_MS = 100

interface HookOptions extends GlobalOptions {
  readonly home?: string
}

export const register: RegisterCommand = (program, terminal) => {
  program
    .command('hook <agent>')
    .description(
      'answer one hook event of an agent: JSON on stdin, the answer on stdout; any failure is a deny',
    )
    .option('--home <folder>', 'PORTCULLIS_HOME, pinned against the environment of the agent')
    .addHelpText(
      'after',
      `\nAgents: ${agentNames.join(', ')}\nExit codes: 0 answered, 2 refused without an answer (agents read 2 as a deny)`,
    )
    .action((agent: string, _options: unknown, command: { optsWithGlobals(): HookOptions }) =>
      answerHook(agent, command.optsWithGlobals(), terminal),
    )
}

/** Answers the event on stdin. */
export async function answerHook(agent: string, options: HookOptions, terminal: Terminal): Promise<void> {
  const answer = await answerOne(agent, options, terminal)
  if (answer.body !== '') terminal.stdout.write(`${answer.body}\n`)
  if (answer.stderr !== undefined) terminal.stderr.write(`${answer.stderr}\n`)
  terminal.exitCode = answer.exitCode
  // Work given up at the deadline must not keep the agent waiting for the process to end.
  if (terminal.stdout === process.stdout) {
    setTimeout(() => process.exit(answer.exitCode), LINGER_MS).unref()
  }
}

/** Never throws: whatever goes wrong is a refusal. */
async function answerOne(agent: string, options: HookOptions, terminal: Terminal): Promise<HookAnswer> {
  const adapter = findAdapter(agent)
  if (!adapter) {
    const { withoutSecrets } = await import('../without-secrets.ts')
    const fact = withoutSecrets(`unknown agent \`${agent}\``)
    return lastResort.refuse(null, fact, `use ${agentNames.join(', ')}`)
  }
  const started = performance.now()
  let event: HookEvent | null = null
  try {
    const bytes = await beforeDeadline(readBounded(terminal.stdin), DEADLINE_MS)
    event = adapter.parse(bytes)
    const env = options.home === undefined ? terminal.env : { ...terminal.env, PORTCULLIS_HOME: options.home }
    const paths = resolvePaths({ config: options.config, data: options.data, env })
    const caller = callerOf(terminal)
    const answered = await askService(paths.socket, agent, bytes, caller, DEADLINE_MS / 2)
    return (
      answered ??
      (await decideHere(
        adapter,
        bytes,
        caller,
        { paths, isNamed: options.config !== undefined },
        terminal,
        started,
      ))
    )
  } catch (error) {
    if (terminal.env['PORTCULLIS_DEBUG']) {
      const { withoutSecrets } = await import('../without-secrets.ts')
      terminal.stderr.write(`${withoutSecrets(inspect(error))}\n`)
    }
    return refuseFor(adapter, event, error)
  }
}

/** No service: the same engine decides in this process, within what is left of the time. */
async function decideHere(
  adapter: AgentAdapter,
  bytes: Buffer,
  caller: Caller,
  { paths, isNamed }: { readonly paths: Paths; readonly isNamed: boolean },
  terminal: Terminal,
  started: number,
): Promise<HookAnswer> {
  const { loadConfig } = await import('../../config/load.ts')
  const config = await loadConfig(paths.config, { mustExist: isNamed })
  const left = Math.max(1, config.hooks.deadlineMs - (performance.now() - started))
  return beforeDeadline(decideWithGuard(adapter, bytes, caller, paths, config, terminal), left)
}

async function decideWithGuard(
  adapter: AgentAdapter,
  bytes: Buffer,
  caller: Caller,
  paths: Paths,
  config: Config,
  terminal: Terminal,
): Promise<HookAnswer> {
  const { composeGuard } = await import('../compose.ts')
  const deployment = await composeGuard(paths, config, terminal.env, undefined, caller.project ?? caller.cwd)
  try {
    const home = resolve(terminal.env['HOME'] || homedir())
    return await handleEvent(adapter, bytes, caller, {
      ...deployment,
      config,
      home,
      sandboxed: inSandbox(paths),
    })
  } finally {
    await deployment.close()
  }
}

function callerOf({ env, cwd }: Terminal): Caller {
  const project = env['CLAUDE_PROJECT_DIR']
  const environment = environmentHeader(env)
  return {
    cwd,
    ...(project && isAbsolute(project) && { project: join(project) }),
    ...(environment !== undefined && { environment }),
  }
}
