import { withoutSecrets } from '../without-secrets.ts'
import type { SettingsEdit } from './agent-settings.ts'

/** What became of one file, for `--json`. */
export interface EditReport {
  readonly file: string
  readonly change: SettingsEdit['change']
  readonly backup: string | null
  readonly diff: string
}

export function reportOf({ file, change, diff }: SettingsEdit, backup: string | null): EditReport {
  return { file, change, backup, diff: showDiff(diff) }
}

/** A diff as it may be shown: settings hold keys, and a terminal is often recorded. */
export function showDiff(diff: string): string {
  return withoutSecrets(diff, 'possible')
}
