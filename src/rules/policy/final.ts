import type { Finding } from '../../access/finding.ts'
import type { ThreatId } from '../../access/threat-id.ts'

const finalThreats: ReadonlySet<ThreatId> = new Set<ThreatId>(['GRD-TMP-001', 'AUD-TMP-001'])

const finalRules: ReadonlySet<string> = new Set([
  'command.sends-secret',
  'command.connects-to-metadata-service',
  'command.opens-reverse-shell',
  'command.dumps-process-memory',
  'url.is-metadata-service',
  'url.has-credentials',
])

/** Files that are keys themselves, whose reader has them for good. */
const PRIVATE_KEY =
  /\/\.ssh\/(?!config$|known_hosts|authorized_keys$|[^/]+\.pub$)|\/\.gnupg\/|\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|asc)$|\/id_(?:rsa|dsa|ecdsa|ed25519)[^/]*$/i

/** Whether a rule is one that no exception and no break-glass ever lifts: tampering, and secrets on their way out. */
export function isFinalRule(rule: string, threat: ThreatId): boolean {
  return finalThreats.has(threat) || finalRules.has(rule)
}

/** Whether a finding stands whatever the policy says; `targets` are the canonical paths it is about. */
export function isFinal({ rule, threat, severity }: Finding, targets: readonly (string | null)[]): boolean {
  if (isFinalRule(rule, threat)) return true
  if (threat !== 'CRED-ACC-001' || severity !== 'deny') return false
  // A target that is not known may be a key.
  return targets.length === 0 || targets.some(target => target === null || mayBePrivateKey(target))
}

function mayBePrivateKey(target: string): boolean {
  return /[\uE000-\uE005]/.test(target) || PRIVATE_KEY.test(target)
}
