import type { Grade } from '../../access/finding.ts'
import type { Secret } from '../../kernel/secret.ts'
import { addressTriggers } from './addresses.ts'
import { contextualTriggers, genericTriggers } from './assignment.ts'
import { readBytes } from './bytes.ts'
import { callTriggers } from './calls.ts'
import { codeTriggers } from './codes.ts'
import { columnTriggers } from './columns.ts'
import { commandTriggers } from './commands.ts'
import { contextualKinds } from './contextual.ts'
import { foreignNameTriggers } from './foreign-names.ts'
import { tokenKinds } from './kinds.ts'
import { knownTriggers } from './known.ts'
import type { Pack } from './packs/pack.ts'
import { placeholderTrigger } from './placeholders.ts'
import { createPrefilter } from './prefilter.ts'
import { privateKeyTriggers } from './private-keys.ts'
import { proseTriggers } from './prose.ts'
import { providerKinds } from './providers.ts'
import { replace, ruleOf, toFinding } from './replace.ts'
import { buildRuleset } from './ruleset.ts'
import type { Candidate } from './scan.ts'
import { beginning, scanText } from './scanner.ts'
import { signInTriggers } from './sign-ins.ts'
import { createStreamMasker } from './stream.ts'
import { structureTriggers } from './structures.ts'
import { tokenTriggers } from './tokens.ts'
import type { MaskResult, Placeholder, SecretEngine, StreamMasker } from './types.ts'
import type { UserRules } from './user-rules-windows.ts'

export interface SecretEngineOptions {
  readonly placeholder: Placeholder
  /** Findings below this grade are reported and not masked. */
  readonly minimumGrade: Grade
  /** Values known to be secret, of eight characters or more; masked as kind `known` in any encoding. */
  readonly knownSecrets?: readonly Secret[]
  /** The deployment's own rules. */
  readonly userRules?: UserRules | undefined
  /** What else to look for; see `packs/`. */
  readonly packs?: readonly Pack[]
}

const structureKinds = [
  'private-key',
  'jwt',
  'url-password',
  'database-url',
  'authorization-header',
  'connection-string-password',
  'totp-seed',
  'discord-bot-token',
  'bitcoin-private-key',
  'stellar-secret-seed',
  'aws-secret-access-key',
  'generic-assignment',
  'generic-password',
  'generic-secret',
  'session-cookie',
  'password-hash',
  'known',
]

/** Every kind the engine can name; a finding's rule is `secret.<kind>`. */
export const secretKinds: readonly string[] = [
  ...new Set(
    [...tokenKinds, ...contextualKinds, ...providerKinds].map(kind => kind.id).concat(structureKinds),
  ),
].sort()

const grades: readonly Grade[] = ['possible', 'likely', 'certain']

/** Joins the rules into an engine. Making one costs some milliseconds; scanning allocates for what it finds only. */
export function createSecretEngine({
  placeholder,
  minimumGrade,
  knownSecrets = [],
  userRules,
  packs = [],
}: SecretEngineOptions): SecretEngine {
  const known = knownTriggers(knownSecrets)
  const kinds = [...secretKinds, ...packs.flatMap(pack => pack.kinds), ...(userRules?.kinds ?? [])]
  const triggers = [
    placeholderTrigger(new Set(kinds)),
    ...privateKeyTriggers(),
    ...addressTriggers(),
    ...structureTriggers(),
    ...signInTriggers(),
    ...commandTriggers(),
    ...callTriggers(),
    ...tokenTriggers(tokenKinds),
    ...contextualTriggers(contextualKinds),
    ...genericTriggers(),
    ...foreignNameTriggers(),
    ...proseTriggers(),
    ...columnTriggers(),
    ...codeTriggers(),
    ...packs.flatMap(pack => pack.triggers),
    ...known,
    ...(userRules?.triggers ?? []),
  ]
  const rules = buildRuleset(triggers, userRules?.inspect)
  const least = grades.indexOf(minimumGrade)
  // only the first character of a literal may be, and none of a known secret
  const allAscii =
    knownSecrets.every(secret => isAscii(secret.reveal())) &&
    triggers.every(({ literal }) => isAscii(literal.slice(1)))

  // a literal beyond ASCII has other bytes than code units, so then nothing can be ruled out by bytes
  const mayHoldSecret = allAscii ? createPrefilter(rules) : () => true

  function doorFor(isSpared: (rule: string) => boolean): SecretEngine {
    const masks = (grade: Grade, rule: string) => grades.indexOf(grade) >= least && !isSpared(rule)
    const isMasked = ({ grade, kind }: Candidate) => masks(grade, ruleOf(kind))
    return {
      scan(text, path) {
        return scanText(rules, readBytes(text, 0), beginning, true, path).candidates.map(found =>
          toFinding(found, 0),
        )
      },
      mask(text): MaskResult {
        const { candidates } = scanText(rules, readBytes(text, 0), beginning, true)
        const findings = candidates.map(found => toFinding(found, 0))
        return { text: replace(text, 0, text.length, candidates.filter(isMasked), placeholder), findings }
      },
      stream(path) {
        const masker = createStreamMasker({ rules, isMasked, placeholder, path })
        return kinds.every(kind => isSpared(ruleOf(kind))) ? watching(masker) : masker
      },
      masks: ({ grade, rule }) => masks(grade, rule),
      sparing: doorFor,
      mayHoldSecret,
    }
  }

  return doorFor(() => false)
}

/** Nothing would be replaced, so nothing needs to be held back. */
function watching(masker: StreamMasker): StreamMasker {
  return {
    push(piece) {
      masker.push(piece)
      return piece
    },
    end() {
      masker.end()
      return ''
    },
    findings: masker.findings,
  }
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) return false
  return true
}
