import type { Secret } from '../../kernel/secret.ts'

/**
 * One named secret kept outside the configuration. `read` gives its present value: null when it is not set or empty.
 * Throws `file.insecure` or `file.unreadable` when it exists but must not or cannot be used; a later call may succeed.
 * Cheap enough to call for every request.
 */
export interface SecretSource {
  read(): Secret | null
}

/** The drivers at hand, by the word the configuration uses for each. */
export interface SecretSources {
  env(variable: string): SecretSource
  file(path: string): SecretSource
}
