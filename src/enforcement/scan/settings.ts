import type { OptionalClass } from '../../config/data-classes.ts'
import { createFingerprint, loadOrCreateKeyFile } from '../../credentials/placeholder.ts'
import { systemRandom } from '../../kernel/random.ts'
import { createSecretEngine } from '../../rules/secrets/engine.ts'
import { createExaminer, type ExamineOptions, type Examiner, type Subject } from './examine.ts'

/** What a scan is to look for and how; handed to every thread, so it holds plain values only. */
export interface ScanSettings {
  readonly honoursComments: boolean
  readonly binary: boolean
  readonly archiveDepth: number
  /** Configuration files of gitleaks whose rules count, too; absolute. */
  readonly rules: readonly string[]
  readonly subjects: readonly Subject[]
  /** Classes of data to look for besides secrets. */
  readonly classes?: readonly OptionalClass[] | undefined
  /** The file with the key of fingerprints; only when a baseline is in use. */
  readonly keyFile?: string
}

/** The engine and all that goes with it, made once for each thread. What a scan does not need is not loaded. */
export async function examineOptions({
  keyFile,
  rules,
  classes = [],
  ...settings
}: ScanSettings): Promise<ExamineOptions> {
  const analysis = settings.subjects.includes('configuration')
    ? await import('../../rules/configuration/analyse.ts')
    : undefined
  const userRules =
    rules.length > 0
      ? (await import('../../config/user-rules.ts')).openGitleaksRules(rules).userRules
      : undefined
  return {
    ...settings,
    analysis,
    // nothing is masked but excerpts, so the placeholder needs no key
    engine: createSecretEngine({
      placeholder: kind => `<masked:${kind}>`,
      minimumGrade: 'possible',
      userRules,
      packs: classes.length > 0 ? (await import('../../config/data-classes.ts')).packsFor(classes) : [],
    }),
    fingerprint:
      keyFile === undefined ? undefined : createFingerprint(loadOrCreateKeyFile(keyFile, systemRandom)),
  }
}

export async function openExaminer(settings: ScanSettings): Promise<Examiner> {
  return createExaminer(await examineOptions(settings))
}
