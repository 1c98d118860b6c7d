import type { DataClass } from '../../access/data-class.ts'
import type { Config } from '../../config/schema.ts'
import { nameFits } from '../../rules/policy/glob.ts'
import { classOfRule } from '../../rules/secrets/replace.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'

type SecretSettings = Config['validation']['secrets']

/** What becomes of a finding of one rule, `secret.github-pat`. */
export type SecretModes = (rule: string) => SecretSettings['mode']

/** The part of the configuration that says what becomes of what the engine finds. */
export interface ModeSettings {
  readonly secrets: Pick<SecretSettings, 'mode' | 'rules'>
  readonly classes: Config['validation']['classes']
}

/** The modes of `validation`: of the globs that fit a rule the longest one counts, of none the mode of its class. */
export function secretModes({ secrets: { mode, rules }, classes }: ModeSettings): SecretModes {
  // Without its stars: `secret.github-pat` says more than `secret.github-*`.
  const length = (glob: string) => glob.replaceAll('*', '').length
  const globs = Object.keys(rules).toSorted((a, b) => length(b) - length(a) || (a.includes('*') ? 1 : -1))
  const modeOfClass = (dataClass: DataClass): SecretSettings['mode'] => {
    if (dataClass === 'secret') return mode
    const own = dataClass === 'public' ? 'off' : classes[dataClass]
    return own === 'off' ? 'observe' : own
  }
  const known = new Map<string, SecretSettings['mode']>()
  return rule => {
    const before = known.get(rule)
    if (before !== undefined) return before
    const glob = globs.find(one => nameFits(rule, one))
    const found = glob === undefined ? modeOfClass(classOfRule(rule)) : rules[glob]!
    known.set(rule, found)
    return found
  }
}

/** The engine as it masks what leaves: what is only observed stays. Records are masked by the engine itself. */
export function maskingWhatLeaves(engine: SecretEngine, { validation }: Config): SecretEngine {
  const modeOf = secretModes(validation)
  return engine.sparing(rule => modeOf(rule) === 'observe')
}
