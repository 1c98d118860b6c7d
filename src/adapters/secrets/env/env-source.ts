import { Secret } from '../../../kernel/secret.ts'
import type { SecretSource } from '../source.ts'

/** A secret in an environment variable, read at each call. */
export function envSecretSource(env: NodeJS.ProcessEnv, variable: string): SecretSource {
  return {
    read() {
      const value = env[variable]?.trim()
      return value ? new Secret(value) : null
    },
  }
}
