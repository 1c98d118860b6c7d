import type { Effect } from '../access/effect.ts'
import type { Finding } from '../access/finding.ts'

/**
 * What a rule set thinks of one act. `allow`: known to be harmless; `none`: nothing speaks against it;
 * `ask`: a person should look (dangerous in places, or unreadable); `deny`: harmful.
 */
export interface Judgement {
  readonly opinion: 'allow' | 'none' | 'ask' | 'deny'
  readonly findings: readonly Finding[]
  readonly effects: readonly Effect[]
  /** The same effects with where they come from, where the rule set tells; the policy of the deployment reads them. */
  readonly acts?: readonly JudgedAct[]
  /** Every program a command would run, as words: wrappers and what they wrap alike. */
  readonly calls?: readonly (readonly string[])[]
  /** Not all of it could be read, so that the lists may lack something. */
  readonly isPartial?: boolean
  /** The command as it was parsed, for people; made when asked for. */
  readonly statements?: () => readonly TracedCall[]
}

/** A statement, or a program in it, with what it wraps and what it does. */
export interface TracedCall {
  /** The text of a statement. */
  readonly text?: string
  /** The words of a program. */
  readonly argv: readonly string[]
  readonly acts: readonly JudgedAct[]
  readonly calls: readonly TracedCall[]
}

/** One effect, where it comes from and what the rules said about it. */
export interface JudgedAct {
  readonly effect: Effect
  /** The canonical target; characters of `paths/pattern.ts` stand for what is not known. */
  readonly pattern: string | null
  readonly isRecursive: boolean
  /** The program that has the effect and the ones that wrap it, innermost first. */
  readonly calls: readonly (readonly string[])[]
  readonly findings: readonly Finding[]
}

/** The disk as the rules may see it; handed in, because rules do no I/O. */
export interface FileSystemView {
  /**
   * The real path of the longest existing prefix of an absolute path, with the rest appended and normalised;
   * symlinks resolved. Never throws: a part that cannot be read counts as not existing.
   */
  realPath(path: string): string
  /** Whether names differ by case only on this disk count as one. */
  readonly caseInsensitive: boolean
}
