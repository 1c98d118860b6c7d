import type { Config } from '../../config/schema.ts'
import { nameFits } from '../../rules/policy/glob.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'

type SecretSettings = Config['validation']['secrets']

/** What becomes of a finding of one rule, `secret.github-pat`. */
export type SecretModes = (rule: string) => SecretSettings['mode']

/** The modes of `validation.secrets`: of the globs that fit a rule the longest one counts, of none the general mode. */
export function secretModes({ mode, rules }: Pick<SecretSettings, 'mode' | 'rules'>): SecretModes {
  // Without its stars: `secret.github-pat` says more than `secret.github-*`.
  const length = (glob: string) => glob.replaceAll('*', '').length
  const globs = Object.keys(rules).toSorted((a, b) => length(b) - length(a) || (a.includes('*') ? 1 : -1))
  const known = new Map<string, SecretSettings['mode']>()
  return rule => {
    const before = known.get(rule)
    if (before !== undefined) return before
    const glob = globs.find(one => nameFits(rule, one))
    const found = glob === undefined ? mode : rules[glob]!
    known.set(rule, found)
    return found
  }
}

/** The engine as it masks what leaves: what is only observed stays. Records are masked by the engine itself. */
export function maskingWhatLeaves(engine: SecretEngine, { validation }: Config): SecretEngine {
  const modeOf = secretModes(validation.secrets)
  return engine.sparing(rule => modeOf(rule) === 'observe')
}
