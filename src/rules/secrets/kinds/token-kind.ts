import type { Grade } from '../../../access/finding.ts'
import type { ChecksumName } from '../checksums.ts'

/** A self-identifying token: a literal of its own, then a body of a known shape (`../pattern.ts` explains the notation). */
export interface TokenKind {
  /** `secret.<id>` is the rule's id. */
  readonly id: string
  readonly literals: readonly string[]
  /** Alternatives, tried in order; the longest form first. */
  readonly bodies: readonly string[]
  /** Characters in front of the literal that belong to the token. */
  readonly head?: string
  readonly checksum?: ChecksumName
  /** Text the body must hold. */
  readonly contains?: string
  /** What the body begins with in something else that has the literal: ciphertexts of a key service. */
  readonly not?: string
  /** Weak literals: the body must be unlike words and hold a digit. */
  readonly random?: true
  /** A word that must stand within 60 characters before; for literals that alone say little. */
  readonly near?: readonly string[]
  readonly grade?: Grade
}

/** A UUID in our notation. */
export const uuid = 'X{8}-X{4}-X{4}-X{4}-X{12}'
