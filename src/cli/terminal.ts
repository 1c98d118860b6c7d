import type { Readable, Writable } from 'node:stream'
import type { Command } from 'commander'

/** What a command may touch of the outside; handed in so that a test can hold it. */
export interface Terminal {
  readonly stdin: Readable & { isTTY?: boolean }
  readonly stdout: Writable & { isTTY?: boolean; columns?: number }
  readonly stderr: Writable & { isTTY?: boolean }
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  /** 0 done, 1 refused or found, 2 usage, 3 could not tell; commands with contracts of their own may set others. */
  exitCode: number
}

/** Options every command takes (`program.optsWithGlobals()`). */
export interface GlobalOptions {
  readonly config?: string
  readonly data?: string
  readonly json?: boolean
}

/** Adds one command to the program. Faults are thrown as `PortcullisError`; `main.ts` prints them and sets the exit code. */
export type RegisterCommand = (program: Command, terminal: Terminal) => void
