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
