import { openPacks } from '../config/data-classes.ts'
import type { Paths } from '../config/paths.ts'
import type { Config } from '../config/schema.ts'
import { createJudge, type Judge } from '../enforcement/hooks/check.ts'
import { systemClock } from '../kernel/clock.ts'
import { createSecretEngine } from '../rules/secrets/engine.ts'
import { composeUserRules, composeValidation, openSecondGrammar } from './compose.ts'

/** The validation layer as the running guard has it, for questions; nothing is created, opened or recorded. */
export async function judgeFor(paths: Paths, config: Config): Promise<Judge> {
  const { minimumGrade } = config.validation.secrets
  const { userRules } = composeUserRules(paths, config)
  // Nothing is masked here, so the placeholder needs no key.
  const engine = createSecretEngine({
    placeholder: kind => `<masked:${kind}>`,
    minimumGrade,
    userRules,
    packs: openPacks(config.validation.classes),
  })
  const validation = composeValidation(paths, config, { engine, grammar: await openSecondGrammar() })
  return createJudge({ validation, engine, config, clock: systemClock })
}
