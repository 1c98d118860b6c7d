import { addresses } from './kinds/addresses.ts'
import { clouds } from './kinds/clouds.ts'
import { codeHosting } from './kinds/code-hosting.ts'
import { databases } from './kinds/databases.ts'
import { messaging } from './kinds/messaging.ts'
import { models } from './kinds/models.ts'
import { observability } from './kinds/observability.ts'
import { packagesAndBuilds } from './kinds/packages-and-builds.ts'
import { payments } from './kinds/payments.ts'
import { securityAndIdentity } from './kinds/security-and-identity.ts'
import type { TokenKind } from './kinds/token-kind.ts'
import { wallets } from './kinds/wallets.ts'
import { workAndContent } from './kinds/work-and-content.ts'

export type { TokenKind }

/** Every kind of token that a literal of its own gives away. Shapes: public documentation of the providers, gathered in 2026-11. */
export const tokenKinds: readonly TokenKind[] = [
  ...codeHosting,
  ...clouds,
  ...databases,
  ...models,
  ...messaging,
  ...payments,
  ...packagesAndBuilds,
  ...observability,
  ...securityAndIdentity,
  ...workAndContent,
  ...wallets,
  ...addresses,
]
