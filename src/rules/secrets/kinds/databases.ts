import type { TokenKind } from './token-kind.ts'

export const databases: readonly TokenKind[] = [
  { id: 'supabase-management-token', literals: ['sbp_'], bodies: ['H{40}', 'S{40}'] },
  { id: 'supabase-secret-key', literals: ['sb_secret_'], bodies: ['S{31}'] },
  { id: 'neon-api-key', literals: ['napi_'], bodies: ['A{64}'] },
  { id: 'planetscale-token', literals: ['pscale_tkn_', 'pscale_oauth_'], bodies: ['M{32,64}'] },
  { id: 'planetscale-password', literals: ['pscale_pw_'], bodies: ['M{32,64}'] },
  { id: 'databricks-pat', literals: ['dapi'], bodies: ['H{32}-D{1}', 'H{32}'] },
  { id: 'mongodb-atlas-secret', literals: ['mdb_sa_sk_'], bodies: ['S{40}'] },
  { id: 'aiven-password', literals: ['AVNS_'], bodies: ['S{19}'] },
  { id: 'cockroachdb-key', literals: ['CCDB1_'], bodies: ['A{22}_A{40}'] },
  { id: 'clickhouse-cloud-secret', literals: ['4b1d'], bodies: ['A{38}'], random: true },
  { id: 'elastic-cloud-key', literals: ['essu_'], bodies: ['J{60,200}'] },
  { id: 'confluent-secret', literals: ['cflt'], bodies: ['E{60}'], random: true },
  { id: 'astra-token', literals: ['AstraCS:'], bodies: ['A{20,40}:H{64}'] },
  { id: 'pinecone-api-key', literals: ['pcsk_'], bodies: ['A{5,6}_A{63}'] },
]
