import { nameFits } from '../rules/policy/glob.ts'
import { secretKinds } from '../rules/secrets/engine.ts'
import type { Violation } from './rules.ts'
import type { Config } from './schema.ts'
import { keyText, nearest } from './wording.ts'

const MODES = ['validation', 'secrets', 'rules']

/** What the fields of `validation.secrets` cannot tell one by one. */
export function secretViolations({ validation }: Config): readonly Violation[] {
  const names = Object.keys(validation.secrets.rules)
  if (names.length === 0) return []
  const known = secretKinds.map(kind => `secret.${kind}`)
  return names
    .filter(name => !known.some(rule => nameFits(rule, name)))
    .map(name => unknown('secret rule', name, [...MODES, name], known))
}

/** A name that fits nothing protects nobody and looks as if it did. */
function unknown(
  what: string,
  name: string,
  path: readonly PropertyKey[],
  known: readonly string[],
): Violation {
  const near = nearest(name, known)
  return {
    code: 'config.invalid',
    path,
    reads: [path],
    message: `there is no ${what} \`${keyText(name)}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    remedy: 'use a name that `portcullis scan` reports, or a glob such as `secret.generic-*`',
  }
}
