import type { SecretSources } from '../../adapters/secrets/source.ts'
import type { Config } from '../../config/schema.ts'
import type { Secret } from '../../kernel/secret.ts'

/** Our key at the upstream. */
export interface UpstreamCredential {
  /** The key as it is now; null when none is set. Throws `file.insecure` or `file.unreadable`. */
  current(): Secret | null
  /** The header our key goes in. */
  header(secret: Secret): readonly [name: string, value: string]
}

/** Opens the configured credential. Throws at once when its file exists but is open to others or unreadable. */
export function openUpstreamCredential(
  setting: Config['gateway']['upstream']['credential'],
  sources: SecretSources,
): UpstreamCredential {
  const source = 'env' in setting ? sources.env(setting.env) : sources.file(setting.file)
  source.read()
  return { current: () => source.read(), header: credentialHeader }
}

/** Access tokens of a login go as Bearer, keys as `x-api-key`; the upstream refuses each in the other's place. */
function credentialHeader(secret: Secret): readonly [string, string] {
  const text = secret.reveal()
  return text.startsWith('sk-ant-oat') ? ['authorization', `Bearer ${text}`] : ['x-api-key', text]
}
