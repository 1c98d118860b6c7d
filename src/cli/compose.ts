import { userInfo } from 'node:os'
import { join } from 'node:path'
import { type Journal, openJournal } from '../audit/journal.ts'
import type { Paths } from '../config/paths.ts'
import type { Config } from '../config/schema.ts'
import { type ClientKeys, openClientKeys } from '../credentials/client-keys/client-keys.ts'
import { createPlaceholder, loadOrCreateKeyFile } from '../credentials/placeholder.ts'
import { createAuthenticationLayer } from '../guard/authentication/authentication.ts'
import { createAuthorizationLayer } from '../guard/authorization/authorization.ts'
import { createGuard, type Guard } from '../guard/decide.ts'
import { createExecutionLayer } from '../guard/execution/execution.ts'
import { type Coverage, createCoverage } from '../guard/monitoring/coverage.ts'
import { createMonitor } from '../guard/monitoring/monitor.ts'
import { createLayerTimings, type LayerTimings } from '../guard/monitoring/timings.ts'
import { createNetworkLayer } from '../guard/network/network.ts'
import { createFileSystemView } from '../guard/validation/file-system.ts'
import { createValidationLayer } from '../guard/validation/validation.ts'
import { type Clock, systemClock } from '../kernel/clock.ts'
import { createIdSource } from '../kernel/ids.ts'
import { systemRandom } from '../kernel/random.ts'
import { createSecretEngine } from '../rules/secrets/engine.ts'
import type { SecretEngine } from '../rules/secrets/types.ts'

/** One running deployment: the guard with everything it stands on. */
export interface Deployment {
  readonly config: Config
  readonly paths: Paths
  readonly clock: Clock
  readonly ids: (prefix: string) => string
  readonly audit: Journal
  readonly keys: ClientKeys
  readonly engine: SecretEngine
  readonly guard: Guard
  readonly timings: LayerTimings
  readonly coverage: Coverage
  /** Takes a new configuration; requests under way keep the one they began with. */
  reload(config: Config): void
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
