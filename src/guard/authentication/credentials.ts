import type { PresentedCredentials } from '../../access/request.ts'
import type { Secret } from '../../kernel/secret.ts'

/** What the caller showed. `conflict`: two credentials that differ, so somebody is mistaken or trying. */
export type Shown =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly secret: Secret }
  | { readonly kind: 'conflict' }

/**
 * The order of C5: the header key, then the bearer. Both count only when equal: Claude Code's `apiKeyHelper` sends its key
 * in both, while two different ones would let an intermediary check one and us another.
 */
export function shownCredential({ apiKey, bearer }: PresentedCredentials): Shown {
  if (apiKey !== undefined && bearer !== undefined && apiKey.reveal() !== bearer.reveal()) {
    return { kind: 'conflict' }
  }
  const secret = apiKey ?? bearer
  return secret === undefined ? { kind: 'none' } : { kind: 'one', secret }
}
