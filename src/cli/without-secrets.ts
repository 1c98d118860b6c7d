import type { Grade } from '../access/finding.ts'
import { createSecretEngine } from '../rules/secrets/engine.ts'
import type { SecretEngine } from '../rules/secrets/types.ts'

const engines = new Map<Grade, SecretEngine>()

/** A text as a terminal may show it, whose output is often recorded: of a secret in it only the kind. */
export function withoutSecrets(text: string, minimumGrade: Grade = 'likely'): string {
  let engine = engines.get(minimumGrade)
  if (!engine) {
    engine = createSecretEngine({ placeholder: kind => `<masked:${kind}>`, minimumGrade })
    engines.set(minimumGrade, engine)
  }
  return engine.mask(text).text
}
