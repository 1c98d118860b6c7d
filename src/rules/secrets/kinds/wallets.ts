import type { TokenKind } from './token-kind.ts'

export const wallets: readonly TokenKind[] = [
  {
    id: 'extended-private-key',
    literals: ['xprv', 'yprv', 'zprv', 'tprv', 'uprv', 'vprv', 'Yprv', 'Zprv', 'Uprv', 'Vprv'],
    bodies: ['Y{107}'],
    checksum: 'base58',
  },
  { id: 'nostr-secret-key', literals: ['nsec1'], bodies: ['L{58}'], checksum: 'bech32' },
  {
    id: 'cardano-signing-key',
    literals: ['ed25519_sk1', 'ed25519e_sk1', 'root_xsk1', 'acct_xsk1', 'addr_xsk1', 'stake_xsk1'],
    bodies: ['L{50,200}'],
    checksum: 'bech32',
  },
  {
    id: 'zcash-spending-key',
    literals: ['secret-extended-key-main1', 'secret-extended-key-test1'],
    bodies: ['L{200,320}'],
    checksum: 'bech32',
  },
  {
    id: 'tezos-secret-key',
    literals: ['edsk', 'edesk', 'spsk', 'p2sk'],
    bodies: ['Y{94}', 'Y{50}'],
    checksum: 'base58',
  },
  { id: 'ripple-seed', literals: ['sEd'], bodies: ['Y{28}'], random: true },
  { id: 'lightning-macaroon', literals: ['0201036c6e64'], bodies: ['H{100,2000}'] },
  { id: 'alchemy-auth-token', literals: ['alcht_'], bodies: ['A{30}'] },
  { id: 'quicknode-api-key', literals: ['QN_'], bodies: ['H{32}'] },
  {
    id: 'blockfrost-project-id',
    literals: ['mainnet', 'preprod'],
    bodies: ['A{32}'],
    random: true,
  },
  { id: 'covalent-api-key', literals: ['cqt_'], bodies: ['A{26,32}'] },
  { id: 'settlemint-token', literals: ['sm_aat_', 'sm_pat_', 'sm_sat_'], bodies: ['A{16}'] },
]
