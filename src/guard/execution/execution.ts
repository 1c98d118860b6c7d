import type { Obligation } from '../../access/decision.ts'
import type { AccessRequest } from '../../access/request.ts'
import type { Config } from '../../config/schema.ts'
import type { Layer } from '../layer.ts'

/**
 * Layer five. Who starts the process can limit it, so limits go to `exec` and `mcp`; the agent's own shell
 * starts what `hooks` see, so a hook is asked for a sandbox only where policy demands one for every command, and denies
 * where the agent does not let it put the command into one. `check` gets what `hooks` get: same act, same decision.
 */
export function createExecutionLayer(config: Config): Layer {
  const { limits, sandboxProfile } = config.execution
  const limit: Obligation = { type: 'limit', limits }
  const sandbox: readonly Obligation[] = sandboxProfile ? [{ type: 'sandbox', profile: sandboxProfile }] : []

  return {
    name: 'execution',
    check({ request }) {
      const obligations = obligationsFor(request, limit, sandbox)
      return obligations.length > 0 ? { kind: 'pass', obligations } : { kind: 'not-applicable' }
    },
  }
}

function obligationsFor(
  { point, action }: AccessRequest,
  limit: Obligation,
  sandbox: readonly Obligation[],
): readonly Obligation[] {
  switch (point) {
    case 'exec':
      return action === 'command:run' ? [limit, ...sandbox] : []
    case 'mcp':
      return action === 'mcp:call' || action === 'tool:call' ? [limit] : []
    case 'hooks':
    case 'check':
      return action === 'command:run' ? sandbox : []
    case 'gateway':
    case 'scan':
    case 'admin':
      return []
  }
}
