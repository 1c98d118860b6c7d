import { dirname, join } from 'node:path'
import { handlingOf } from '../access/handling.ts'
import { envSecretSource } from '../adapters/secrets/env/env-source.ts'
import { fileSecretSource } from '../adapters/secrets/file/file-source.ts'
import type { SecretSources } from '../adapters/secrets/source.ts'
import type { ProjectionStatus } from '../adapters/storage/projection.ts'
import type { SqliteOptions } from '../adapters/storage/sqlite/sqlite-store.ts'
import type { Store } from '../adapters/storage/store.ts'
import { type Journal, openJournal } from '../audit/journal.ts'
import { openPacks } from '../config/data-classes.ts'
import type { Paths } from '../config/paths.ts'
import type { Config } from '../config/schema.ts'
import { type OpenedRules, openUserRules } from '../config/user-rules.ts'
import { type ClientKeys, openClientKeys } from '../credentials/client-keys/client-keys.ts'
import { createKnownValues, type KnownValues } from '../credentials/known-values/known-values.ts'
import { createPlaceholder, loadOrCreateKeyFile } from '../credentials/placeholder.ts'
import { openUpstreamCredential, type UpstreamCredential } from '../credentials/upstream/upstream.ts'
import { createAuthenticationLayer } from '../guard/authentication/authentication.ts'
import { createAuthorizationLayer } from '../guard/authorization/authorization.ts'
import { createGuard, type Guard } from '../guard/decide.ts'
import { createExecutionLayer } from '../guard/execution/execution.ts'
import type { Layer } from '../guard/layer.ts'
import { type Coverage, createCoverage } from '../guard/monitoring/coverage.ts'
import { createMonitor } from '../guard/monitoring/monitor.ts'
import { createLayerTimings, type LayerTimings } from '../guard/monitoring/timings.ts'
import { createNetworkLayer } from '../guard/network/network.ts'
import { createRateLimiter } from '../guard/network/rate-limiter.ts'
import { createFileSystemView } from '../guard/validation/file-system.ts'
import { createSessionMemory } from '../guard/validation/session-memory.ts'
import { createValidationLayer, type ValidationParts } from '../guard/validation/validation.ts'
import { createSecretVault } from '../guard/validation/vault.ts'
import { type Clock, systemClock } from '../kernel/clock.ts'
import { createIdSource } from '../kernel/ids.ts'
import { systemRandom } from '../kernel/random.ts'
import type { Agreement, SecondGrammar } from '../rules/commands/affirm/agreement.ts'
import { createSecretEngine } from '../rules/secrets/engine.ts'
import type { SecretEngine } from '../rules/secrets/types.ts'

/** The parts that a new configuration replaces. */
export interface Policy {
  readonly config: Config
  readonly engine: SecretEngine
  readonly guard: Guard
  /** What people should know of the rules in force. */
  readonly notes: readonly string[]
}

/** One running deployment: the policy in force and everything it stands on. */
export interface Deployment extends Policy {
  readonly paths: Paths
  readonly clock: Clock
  readonly ids: (prefix: string) => string
  readonly audit: Journal
  readonly keys: ClientKeys
  readonly upstreamCredential: UpstreamCredential
  readonly known: KnownValues
  readonly timings: LayerTimings
  readonly coverage: Coverage
  /** The policy of another configuration on the same journal and keys. */
  policyOf(config: Config): Policy
  close(): Promise<void>
}

/** Opens the journal; it stays locked to this process until closed. */
export function openAudit(paths: Paths, config: Config, lockWaitMs?: number): Promise<Journal> {
  return openJournal({
    folder: paths.audit,
    trust: paths.trust,
    keys: paths.keys,
    settings: config.audit,
    clock: systemClock,
    random: systemRandom,
    ...(lockWaitMs !== undefined && { lockWaitMs }),
  })
}

/** A second grammar that counts how often it agreed. */
export interface CountedGrammar extends SecondGrammar {
  tally(): Readonly<Record<Agreement, number>>
}

/** Loads the second grammar. Only what runs for long, or was called to explain, needs it: a hook affirms nothing alone. */
export async function openSecondGrammar(): Promise<CountedGrammar> {
  const { openBashGrammar } = await import('../adapters/grammar/tree-sitter/bash-grammar.ts')
  const grammar = await openBashGrammar()
  const counts: Record<Agreement, number> = { agrees: 0, 'adds-program': 0, differs: 0, unreadable: 0 }
  return {
    programsOf: command => grammar.programsOf(command),
    compared: outcome => void counts[outcome]++,
    tally: () => ({ ...counts }),
  }
}

/**
 * Joins the guard with everything it stands on. Throws before anything is served when a part cannot be trusted.
 * Without a second grammar it affirms no command; with a folder, what its `.env` files hold is known to be secret.
 */
export async function composeGuard(
  paths: Paths,
  config: Config,
  env: NodeJS.ProcessEnv = process.env,
  grammar?: SecondGrammar,
  folder?: string,
): Promise<Deployment> {
  const clock = systemClock
  const sources = secretSources(env)
  const upstreamCredential = openUpstreamCredential(config.gateway.upstream.credential, sources)
  const placeholder = createPlaceholder(
    loadOrCreateKeyFile(join(paths.keys, 'placeholder.key'), systemRandom),
  )
  const keys = await openClientKeys({ folder: paths.keys, clock, random: systemRandom })
  const timings = createLayerTimings()
  const memory = createSessionMemory()
  const vault = createSecretVault(placeholder)
  const known = createKnownValues({ env, sources, clock, placeholder })
  if (folder !== undefined && config.validation.secrets.environment) known.learnFolder(folder)
  const audit = await openAudit(paths, config)

  /** INVARIANT: the six layers of the design, in its order. */
  function policyOf(next: Config): Policy {
    const ours = upstreamCredential.current()
    const { userRules, notes } = composeUserRules(paths, next)
    const engine = createSecretEngine({
      placeholder,
      minimumGrade: next.validation.secrets.minimumGrade,
      knownSecrets: [...(ours ? [ours] : []), ...known.secrets(next.validation.secrets)],
      userRules,
      packs: openPacks(next.validation.classes),
    })
    const limiter = createRateLimiter(next, clock)
    const guard = createGuard(
      [
        createNetworkLayer(next, { clock, limiter }),
        createAuthenticationLayer(next, { keys, clock, env, limiter }),
        createAuthorizationLayer(next, name => engine.mask(name).text),
        composeValidation(paths, next, { engine, grammar, memory, vault, variableOf: known.variableOf }),
        createExecutionLayer(next),
        createMonitor({ audit, engine, clock, timings, hooksMode: next.hooks.mode }),
      ],
      clock,
    )
    return { config: next, engine, guard, notes }
  }

  try {
    return {
      ...policyOf(config),
      paths,
      clock,
      ids: createIdSource(clock, systemRandom),
      audit,
      keys,
      upstreamCredential,
      known,
      timings,
      coverage: createCoverage({ clock }),
      policyOf,
      close: () => audit.close(),
    }
  } catch (error) {
    await audit.close()
    throw error
  }
}

/** The deployment's own kinds of secrets. Throws when a file of rules cannot be had as it is. */
export function composeUserRules({ config: file }: Pick<Paths, 'config'>, config: Config): OpenedRules {
  return openUserRules(config.validation.secrets.userRules, dirname(file))
}

/** The validation layer on the real disk; commands that record nothing use it alone. */
export function composeValidation(
  { home, data, config: file }: Paths,
  config: Config,
  parts: Omit<ValidationParts, 'view' | 'own'>,
): Layer {
  const view = createFileSystemView(home)
  return createValidationLayer(config, { ...parts, view, own: [home, data, file] })
}

/** Opens the embedded store. Without `onBroken` a broken file is a fault; with it, it is moved aside and begun anew. */
export async function openStore(paths: Paths, options: SqliteOptions = {}): Promise<Store> {
  const { openSqliteStore } = await import('../adapters/storage/sqlite/sqlite-store.ts')
  return openSqliteStore(paths.database, options)
}

/** The running projection of the journal into the embedded store. */
export interface RunningProjection {
  status(): ProjectionStatus
  close(): Promise<void>
}

/** Follows the journal into the embedded store. The drivers are loaded here and not before: a hook needs none. */
export async function openProjection(
  { paths, audit, config, clock }: Deployment,
  notify: (line: string) => void,
): Promise<RunningProjection> {
  const [{ createProjection }, { enforceRetention }] = await Promise.all([
    import('../adapters/storage/projection.ts'),
    import('../adapters/storage/retention.ts'),
  ])
  const store = await openStore(paths, {
    onBroken: moved =>
      notify(`portcullis: the database was broken and is rebuilt; the old file is \`${moved}\``),
    // The gate goes on without its database; the projection catches up when it is back.
    isLazy: true,
  })
  const projection = createProjection({
    store,
    journal: audit,
    onFault: () =>
      notify('portcullis: the database cannot be written; the journal goes on, the database will catch up'),
    onForeign: () => notify('portcullis: the database belonged to another journal and is filled anew'),
  })
  const stopRetention = enforceRetention({
    store,
    clock,
    daysOf: dataClass =>
      dataClass === 'confidential' || dataClass === 'internal'
        ? config.storage.retentionDays[dataClass]
        : handlingOf(dataClass).retentionDays,
    onFault: () =>
      notify('portcullis: old rows could not be removed from the database; tried again in an hour'),
  })
  return {
    status: () => projection.status(),
    async close() {
      await stopRetention()
      await projection.close()
      await store.close()
    },
  }
}

function secretSources(env: NodeJS.ProcessEnv): SecretSources {
  return { env: variable => envSecretSource(env, variable), file: fileSecretSource }
}
