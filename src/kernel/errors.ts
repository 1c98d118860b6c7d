/** Every fault Portcullis can report. A code keeps its meaning for ever; denials are `Decision`s, not errors. */
export type ErrorCode =
  | 'audit.busy'
  | 'audit.corrupt'
  | 'audit.foreign'
  | 'audit.missing'
  | 'audit.write-failed'
  | 'break-glass.refused'
  | 'config.invalid'
  | 'config.unreadable'
  | 'credentials.busy'
  | 'credentials.exists'
  | 'credentials.malformed'
  | 'credentials.missing'
  | 'credentials.not-found'
  | 'file.insecure'
  | 'file.unreadable'
  | 'grammar.unavailable'
  | 'hook.bad-event'
  | 'hook.deadline'
  | 'init.conflict'
  | 'internal'
  | 'network.port-in-use'
  | 'network.unsafe-bind'
  | 'sandbox.refused'
  | 'service.unreachable'
  | 'store.failed'
  | 'store.not-found'
  | 'upstream.failed'
  | 'usage'

/** Exit codes of every command: 0 done, 1 refused or found, 2 usage, 3 could not tell; 126 for what `exec` did not start. */
export type ExitCode = 0 | 1 | 2 | 3 | 126

const exitCodes: Partial<Record<ErrorCode, ExitCode>> = {
  'break-glass.refused': 1,
  'config.invalid': 2,
  'config.unreadable': 2,
  'network.port-in-use': 2,
  'network.unsafe-bind': 2,
  'sandbox.refused': 126,
  usage: 2,
}

/**
 * A fault with a stable `code` and, apart from the message, the `remedy`.
 * Messages are lower case, without a full stop, user text in backticks, never a secret.
 */
export class PortcullisError extends Error {
  override readonly name = 'PortcullisError'
  readonly code: ErrorCode
  readonly remedy: string

  constructor(code: ErrorCode, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.remedy = remedy
  }

  /** The process exit code this fault stands for; 3 (could not tell) unless the caller's input was wrong. */
  get exitCode(): ExitCode {
    return exitCodes[this.code] ?? 3
  }
}

/** The code of a Node system error (`ENOENT`, …), or undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
