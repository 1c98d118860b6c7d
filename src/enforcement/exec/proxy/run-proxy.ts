import { join } from 'node:path'
import type { Clock } from '../../../kernel/clock.ts'
import type { Random } from '../../../kernel/random.ts'
import type { Capabilities } from '../capabilities.ts'
import type { SandboxViolation } from '../verdict.ts'
import { createProxy } from './proxy.ts'
import { type Refusal, refusals } from './refusal.ts'
import { openRelay, type Relay } from './relay.ts'

/** Where the way to the proxy begins inside. */
const RELAY_PORT = 3128

interface RunProxyParts {
  /** The private folder of the run. */
  readonly folder: string
  readonly allow: readonly string[]
  readonly caps: Capabilities
  readonly clock: Clock
  readonly random: Random
}

/** The proxy of one run. */
export interface RunProxy {
  /** What the command's variables say of it. */
  readonly environment: Readonly<Record<string, string>>
  /** Makes the way to it from the network of this process. */
  connect(pid: number): Promise<{ violations(): readonly SandboxViolation[]; close(): Promise<void> }>
  /** Also for a run that was never connected; harmless twice. */
  close(): Promise<void>
}

/** Throws `config.invalid` for a rule. */
export function createRunProxy({ folder, allow, caps, clock, random }: RunProxyParts): RunProxy {
  const refused: Refusal[] = []
  const socketPath = join(folder, 'proxy.sock')
  const proxy = createProxy({ allow, clock, random, onRefusal: one => refused.push(one) })
  let relay: Relay | undefined
  const close = async () => {
    relay?.close()
    await proxy.close()
  }
  return {
    environment: proxy.environment(RELAY_PORT),
    async connect(pid) {
      await proxy.listen(socketPath)
      const { programs, uid } = caps
      relay = await openRelay({ pid, port: RELAY_PORT, socketPath, programs, isRoot: uid === 0 })
      return { violations: () => violationsOf(refused, proxy.refusalCount()), close }
    },
    close,
  }
}

function violationsOf(refused: readonly Refusal[], count: number): SandboxViolation[] {
  const told = refused.map(({ host, port, reason }): SandboxViolation => {
    const target = host === null ? 'a request' : port === null ? host : `${host}:${port}`
    return {
      layer: 'network',
      kind: 'host-refused',
      detail: `${target}: ${refusals[reason].title} (${reason})`,
    }
  })
  const untold = count - refused.length
  if (untold === 0) return told
  return [...told, { layer: 'network', kind: 'host-refused', detail: `and ${untold} more` }]
}
