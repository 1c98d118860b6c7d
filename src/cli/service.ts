import type { Paths } from '../config/paths.ts'
import { ensurePrivateFolder } from '../config/private-files.ts'
import type { Config } from '../config/schema.ts'
import { systemUser } from '../config/system-user.ts'
import { watchConfig } from '../config/watch.ts'
import { readEnvironmentHeader } from '../credentials/known-values/variables.ts'
import { createAdminServer } from '../dashboard/server/admin.ts'
import { admit, recordEnd, type WantedRun } from '../enforcement/exec/admit.ts'
import { createGateway } from '../enforcement/gateway/gateway.ts'
import { createBreakGlass } from '../enforcement/hooks/break-glass/break-glass.ts'
import { systemProcesses } from '../enforcement/hooks/break-glass/processes.ts'
import { createDecisionService } from '../enforcement/hooks/service.ts'
import { watchCoverage } from '../guard/monitoring/coverage-alert.ts'
import { systemRandom } from '../kernel/random.ts'
import {
  type CountedGrammar,
  composeGuard,
  type Deployment,
  openProjection,
  openSecondGrammar,
  type Policy,
} from './compose.ts'
import { policySummary } from './policy/effective.ts'
import { inSandbox } from './setup/exec-command.ts'
import { version } from './version.ts'

export interface ServiceOptions {
  readonly paths: Paths
  /** The configuration as the file has it, now and after each reload… */
  readonly fileConfig: Config
  /** …and what it means once the command line has had its say. */
  readonly effective: (fileConfig: Config) => Config
  readonly env: NodeJS.ProcessEnv
  /** Takes one line for the person at the terminal. */
  readonly notify: (line: string) => void
  /** Between looks for tool calls no hook saw. */
  readonly coverageMs?: number
  /** Loads the second shell grammar; the usual one unless given. */
  readonly openGrammar?: () => Promise<CountedGrammar>
}

export interface Service {
  readonly addresses: { readonly gateway: string; readonly admin: string; readonly socket: string }
  readonly deployment: Deployment
  reload(): Promise<void>
  /** Stops taking requests, lets those under way finish, closes the journal last. */
  close(): Promise<void>
}

/** Brings every door up, in the order in which they need each other; what was opened is closed again when one fails. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { paths, fileConfig, effective, env, notify } = options
  const config = effective(fileConfig)
  const tell = (fault: unknown) =>
    notify(`portcullis: ${fault instanceof Error ? fault.message : 'a part failed'}`)
  const opened: (() => Promise<void> | void)[] = []
  const closeAll = async () => {
    for (const close of opened.reverse()) await close()
    opened.length = 0
  }
  try {
    for (const folder of [paths.home, paths.data]) ensurePrivateFolder(folder)
    const grammar = await (options.openGrammar ?? openSecondGrammar)().catch(tell)
    const deployment = await composeGuard(paths, config, env, grammar || undefined)
    opened.push(() => deployment.close())
    if (!grammar) await record(deployment, 'grammar.unavailable', 'failure', {})
    const { guard, engine, audit, clock, ids, coverage, upstreamCredential } = deployment
    let policy: Policy = deployment

    const projection = config.storage.enabled ? await openProjection(deployment, notify) : null
    if (projection) opened.push(() => projection.close())

    const parts = { config, guard, engine, audit, clock, ids, coverage }
    const breakGlass = createBreakGlass({
      audit,
      clock,
      ids,
      random: systemRandom,
      processes: systemProcesses(),
      user: { id: process.getuid?.() ?? -1, name: systemUser() },
      settings: () => policy.config.hooks.breakGlass,
      mask: text => policy.engine.mask(text).text,
    })
    opened.push(async () => void (await breakGlass.end('stopped')))
    const { socket } = paths
    const learn = (environment: string | undefined, folder: string) => {
      const { known, policyOf } = deployment
      if (!policy.config.validation.secrets.environment) return
      const isNew = environment !== undefined && known.learn(readEnvironmentHeader(environment))
      if (known.learnFolder(folder) || isNew) enforce(policyOf(policy.config))
    }
    const exec = (path: string, body: unknown) => answerExec(path, body, { ...parts, ...policy })
    const hooks = createDecisionService({
      ...parts,
      socket,
      breakGlass,
      learn,
      exec,
      sandboxed: inSandbox(paths),
      status: () => status(),
    })
    const gateway = createGateway({ ...parts, upstreamCredential })
    const enforce = (next: Policy) => {
      policy = next
      gateway.reload(policy.config, policy)
      hooks.reload(policy.config, policy)
    }
    const started = new Date(clock.now()).toISOString()
    const status = async () => ({
      version,
      started,
      gateway: addresses.gateway,
      admin: addresses.admin,
      upstream: policy.config.gateway.upstream.url,
      authentication: policy.config.authentication.mode,
      hooksMode: policy.config.hooks.mode,
      breakGlass: breakGlass.status(),
      policy: policySummary(policy.config, clock.now()),
      journal: { origin: audit.origin, records: audit.size, writable: audit.fault === undefined },
      coverage: coverage.report(),
      // Null: it could not be loaded, and no command is affirmed.
      grammar: grammar ? grammar.tally() : null,
      layers: deployment.timings.snapshot(),
      requests: gateway.stats(),
      projection: projection?.status() ?? null,
    })
    const admin = createAdminServer({
      status,
      metrics: () => deployment.timings.toPrometheus() + coverage.toPrometheus(),
      ready: () => audit.fault === undefined,
    })

    await hooks.listen()
    opened.push(() => hooks.close())
    const listening = await gateway.listen()
    opened.push(() => gateway.close())
    const adminPort = await admin.listen(config.network.adminPort)
    opened.push(() => admin.close())
    const scheme = config.network.tls ? 'https' : 'http'
    const host = listening.host.includes(':') ? `[${listening.host}]` : listening.host
    const addresses = {
      gateway: `${scheme}://${host}:${listening.port}`,
      admin: `http://127.0.0.1:${adminPort}`,
      socket: paths.socket,
    }

    const stopKeys = deployment.keys.watch(audit, tell)
    opened.push(stopKeys)
    opened.push(
      watchCoverage({
        coverage,
        audit,
        mask: text => policy.engine.mask(text).text,
        onFault: tell,
        ...(options.coverageMs !== undefined && { everyMs: options.coverageMs }),
      }),
    )

    const watcher = watchConfig({
      path: paths.config,
      initial: fileConfig,
      onChange: async next => {
        enforce(deployment.policyOf(effective(next)))
        if (!policy.config.hooks.breakGlass.enabled) await breakGlass.end('configuration')
        await record(deployment, 'config.reloaded', 'success', {})
        notify('portcullis: configuration reloaded')
        for (const note of policy.notes) notify(`portcullis: ${note}`)
      },
      onRefused: error => {
        void record(deployment, 'config.refused', 'failure', { problem: error.message }).catch(tell)
        notify(`portcullis: the new configuration is refused, the old one stays\n  ${error.message}`)
      },
      clock,
    })
    opened.push(() => watcher.close())
    for (const note of policy.notes) notify(`portcullis: ${note}`)
    const reload = async () => {
      // The file says the same, but the secrets it names may have changed.
      if ((await watcher.reload()) === 'unchanged') enforce(deployment.policyOf(policy.config))
    }
    await record(deployment, 'service.started', 'success', { version, upstream: config.gateway.upstream.url })
    return { addresses, deployment, reload, close: closeAll }
  } catch (error) {
    await closeAll()
    throw error
  }
}

type ExecParts = Parameters<typeof admit>[1] & Parameters<typeof recordEnd>[1]

/** What `portcullis exec` asks; the socket is the owner's alone, and so is every field. */
async function answerExec(path: string, body: unknown, parts: ExecParts): Promise<object> {
  if (path === '/v1/exec/admit') return admit(body as WantedRun, parts)
  await recordEnd(body as Parameters<typeof recordEnd>[0], parts)
  return {}
}

async function record(
  { audit }: Deployment,
  event: string,
  result: 'success' | 'failure',
  metadata: Record<string, string>,
): Promise<void> {
  await audit.append({
    level: result === 'success' ? 'info' : 'warn',
    component: 'service',
    event,
    user: 'system',
    result,
    metadata,
    sourceAddress: 'local',
  })
}
