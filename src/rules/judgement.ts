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
  /** What a session should remember once the act has run; without it, nothing. */
  readonly aftermath?: Aftermath
}

/** What one act leaves behind for later acts of the same session. */
export interface Aftermath {
  /** Canonical paths written, with where their contents come from. */
  readonly written: ReadonlyMap<string, FileOrigin>
  /** Contents of a credential reached the agent, or could have. */
  readonly readSecret: boolean
  /** Text of strangers reached the agent. */
  readonly readUntrusted: boolean
}

/** Where a file's contents come from. */
export interface FileOrigin {
  /** Downloaded. */
  readonly remote: boolean
  /** Derived from a secret. */
  readonly secret: boolean
}

/** What the session has done so far, as far as it is remembered. */
export interface SessionView {
  /** What the session wrote at a canonical path; undefined for a file it did not write. */
  originOf(path: string): FileOrigin | undefined
  readonly hasReadSecret: boolean
  readonly hasReadUntrusted: boolean
}

/** A session of which nothing is known. */
export const unknownSession: SessionView = {
  originOf: () => undefined,
  hasReadSecret: false,
  hasReadUntrusted: false,
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
  /**
   * The text of a small regular file at a canonical path, for code that a command would run. Null when it is none, is too
   * large, is not text or cannot be read, and when enough files were read for one judgement. Never throws; without it
   * nothing is read.
   */
  readSmall?(path: string): string | null
  /** Whether names differ by case only on this disk count as one. */
  readonly caseInsensitive: boolean
}
