import type { LayerName, Obligation, Verdict } from '../access/decision.ts'
import type { Finding } from '../access/finding.ts'
import type { Principal } from '../access/principal.ts'
import type { AccessRequest } from '../access/request.ts'

/** What the layers have worked out so far about one request; each layer reads it, `decide` alone writes it. */
export interface Deliberation {
  readonly request: AccessRequest
  readonly principal: Principal | null
  readonly permission: string | null
  readonly findings: readonly Finding[]
  readonly obligations: readonly Obligation[]
  readonly affirmed: boolean
}

/** One layer of the guard. It judges and adds; it never acts. Throwing is a refusal. */
export interface Layer {
  readonly name: Exclude<LayerName, 'monitoring'>
  check(deliberation: Deliberation): Verdict | Promise<Verdict>
}
