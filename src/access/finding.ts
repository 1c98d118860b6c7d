import type { DataClass } from './data-class.ts'
import type { ThreatId } from './threat-id.ts'

/** How sure a rule is: certain (checksum or parse holds), likely (structure), possible (generic). */
export type Grade = 'certain' | 'likely' | 'possible'

/** What a rule thinks should happen; the strictest of all findings counts. */
export type Severity = 'note' | 'ask' | 'deny'

/** Something a rule saw. Never holds the secret or the file's content itself. */
export interface Finding {
  /** The rule's id, e.g. `secret.github-pat`, `command.delete-home`. */
  readonly rule: string
  readonly threat: ThreatId
  readonly grade: Grade
  readonly severity: Severity
  /** The class of the data that was found; absent when the finding is about an act. */
  readonly dataClass?: DataClass
  /** One plain sentence, lower case, without a full stop. */
  readonly message: string
  /** The exception of the deployment that took its force; the severity is then `note`. */
  readonly exception?: string
  /** No exception and no break-glass lifts it. */
  readonly isFinal?: boolean
  /** What policy does with a secret where it stands; absent for other findings. */
  readonly treatment?: 'noted' | 'masked' | 'refused'
  /** What the rule itself says one can do. */
  readonly remedy?: string
  /** UTF-16 offsets into the text leaf, when the finding has a place in one. */
  readonly span?: { readonly leaf: number; readonly start: number; readonly end: number }
}
