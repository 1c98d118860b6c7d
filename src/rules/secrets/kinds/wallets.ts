import type { TokenKind } from './token-kind.ts'

export const wallets: readonly TokenKind[] = [
  { id: 'extended-private-key', literals: ['xprv', 'yprv', 'zprv', 'tprv'], bodies: ['Y{107}'] },
]
