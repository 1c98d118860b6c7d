import type { JsonObject } from './adapter.ts'

/** How the hook is called from an agent's settings. */
export interface HookEntry {
  /** A shell command line. */
  readonly command: string
  /** Seconds until the client should give up; our own deadline is well below. An agent's setup turns it into its unit. */
  readonly timeout: number
}

/** Where a user's files are. */
export interface UserPlace {
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A file of an agent that calls the hook. */
export type HookFile =
  /** JSON that holds other things, too; ours are added and taken out. */
  | {
      readonly kind: 'shared-json'
      readonly path: string
      /** The same settings with our entries in place of any older ones; the same object when nothing is to do. */
      withHooks(settings: JsonObject, entry: HookEntry): JsonObject
      /** Without our entries; the same object when there are none. */
      withoutHooks(settings: JsonObject): JsonObject
      /** Why settings cannot take entries, as the dotted place of what is in the way, or null. */
      obstacle(settings: JsonObject): string | null
      /** Whether a tool call of any name would come to us. */
      guardsTools(settings: JsonObject): boolean
    }
  /** A file that is wholly ours. */
  | { readonly kind: 'own'; readonly path: string; content(entry: HookEntry): string }

/** A file an administrator rolls out, where no user or repository can switch it off. */
export interface ManagedFile {
  /** Absolute; per platform where they differ. */
  readonly path: { readonly linux: string; readonly darwin?: string }
  readonly content: string
}

/** What a person must do once before the agent runs the entries of its hook file. */
interface HookApproval {
  /** The agent's file that remembers it. */
  readonly path: string
  /** Whether the text of that file (null: there is none) says so for every entry. */
  isGiven(text: string | null): boolean
  /** What the person does, in the agent's words; lower case, no full stop. */
  readonly how: string
  /** The lines that say so, for somebody who rolls out files; never written without being asked. */
  readonly lines: string
}

/** What `init`, `uninstall` and `doctor` must know of one agent; the hook itself never loads it. */
export interface AgentSetup {
  /** As in the adapter. */
  readonly name: string
  /** As its vendor writes it. */
  readonly title: string
  /** Its program on the PATH. */
  readonly program: string
  /** The folder whose existence tells that the agent was used here. */
  folder(place: UserPlace): string
  hookFile(place: UserPlace): HookFile
  /** The entry as it stands in the file, where that is not the entry itself. */
  entered?(entry: HookEntry): HookEntry
  /** What a fleet gets; empty when the agent has no managed settings. */
  managed(entry: HookEntry): readonly ManagedFile[]
  /** For `settings`, the content of the hook file; absent where an agent runs what stands there. */
  approval?(place: UserPlace, settings: JsonObject): HookApproval
  /** Lowest version whose hooks fail closed, and what an older one does; absent when no version does. */
  readonly failsClosedFrom?: { readonly version: readonly [number, number, number]; readonly before: string }
  /** One event that must be refused (a deletion of the home folder), as the agent would send it. */
  canary(home: string): JsonObject
  /** Whether an answer of the hook program refuses, as this agent reads it. */
  isRefusal(answer: { readonly stdout: string; readonly exitCode: number | null }): boolean
  /** What this agent cannot enforce, in plain sentences for `doctor` and the docs; lower case, no full stop. */
  readonly limits: readonly string[]
}
