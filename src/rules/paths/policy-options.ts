/** What the deployment adds to the built-in rules; commands and paths take the same. */
export interface PolicyOptions {
  /** Further paths or globs (`**`, `*`, `?`, leading `~`) no agent may read or write. */
  readonly protect: readonly string[]
  /** Writes outside the project, temporary and cache folders. */
  readonly outsideProject: 'allow' | 'ask' | 'deny'
  /** Absolute paths that belong to Portcullis: its home, data, configuration, socket. */
  readonly own: readonly string[]
}

export const defaultPolicyOptions: PolicyOptions = { protect: [], outsideProject: 'ask', own: [] }
