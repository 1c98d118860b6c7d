/** How a sandbox reaches others: not at all, only what it starts itself, or named hosts through the proxy. */
type NetworkMode = 'none' | 'loopback' | 'allowlist'

/** System calls a policy may open although they weaken the sandbox; each says so by its name. */
export const unsafeCalls = ['ptrace', 'unix-sockets'] as const
export type UnsafeCall = (typeof unsafeCalls)[number]

/** What a sandboxed command may use before it is stopped. */
export interface SandboxLimits {
  readonly memoryMb: number
  readonly cpuSeconds: number
  readonly openFiles: number
  readonly processes: number
  readonly timeoutSeconds: number
  readonly fileSizeMb: number
  readonly outputMb: number
}

/**
 * A complete policy: every default resolved. Paths may begin with `~` (the caller's home) or be relative to the folder
 * the command runs in; `.` is that folder.
 */
export interface SandboxPolicy {
  readonly filesystem: {
    readonly readWrite: readonly string[]
    readonly readOnly: readonly string[]
    /** Neither read nor written, also where they do not exist yet. */
    readonly deny: readonly string[]
    /** Read, never written or made. */
    readonly denyWrite: readonly string[]
  }
  readonly network: { readonly mode: NetworkMode; readonly allow: readonly string[] }
  /** Names of variables that pass; everything else is withheld. */
  readonly env: { readonly allow: readonly string[] }
  readonly limits: SandboxLimits
  readonly allowUnsafeCalls: readonly UnsafeCall[]
}

/** The limits of a policy that gives none. */
export const defaultLimits: SandboxLimits = {
  memoryMb: 128,
  cpuSeconds: 30,
  openFiles: 64,
  processes: 64,
  timeoutSeconds: 60,
  fileSizeMb: 64,
  outputMb: 16,
}
