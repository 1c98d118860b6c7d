import type { Probe } from '../probe.ts'
import { environment } from './environment.ts'
import { files } from './files.ts'
import { limits } from './limits.ts'
import { network } from './network.ts'
import { processes } from './processes.ts'
import { protectedPaths } from './protected-paths.ts'
import { proxy } from './proxy.ts'
import { systemCalls } from './system-calls.ts'

/** All attacks by their class. */
export const attacks: Readonly<Record<string, readonly Probe[]>> = {
  files,
  'protected paths': protectedPaths,
  processes,
  'system calls': systemCalls,
  network,
  limits,
  environment,
  proxy,
}
