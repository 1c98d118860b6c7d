/** A limit that ended a run. */
export type LimitName = 'time' | 'output' | 'memory' | 'cpu' | 'file-size'

/** Something the sandbox refused or had to undo, and which part of it did. */
export interface SandboxViolation {
  readonly layer: 'limit' | 'network' | 'filesystem'
  /** noun-verb: `limit-reached`, `host-refused`, `link-replaced`, `repository-made`. */
  readonly kind: string
  readonly detail: string
}

/** How a run ended; readable by a program (`portcullis exec --verdict FILE`). */
export interface SandboxVerdict {
  readonly version: 1
  /** `refused`: the command never started; `stopped`: the caller ended it. */
  readonly outcome: 'exited' | 'limit' | 'stopped' | 'refused'
  /** The command's own, 128+n for a signal; 124 time, 125 output, 126 refused, 137 memory or processor time. */
  readonly exitCode: number
  readonly limit: LimitName | null
  /** Why it was refused. */
  readonly reason: string | null
  readonly violations: readonly SandboxViolation[]
  readonly used: {
    readonly seconds: number
    readonly cpuSeconds: number
    readonly peakMemoryMb: number
    readonly outputBytes: number
  }
  /** Which layer counted memory and processes. */
  readonly counted: 'control-group' | 'watcher'
}

export const limitExitCodes: Readonly<Record<LimitName, number>> = {
  time: 124,
  output: 125,
  memory: 137,
  cpu: 137,
  'file-size': 153,
}
