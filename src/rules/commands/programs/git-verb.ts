import type { Call } from '../acts.ts'
import type { ReadOptions } from '../dispatch/options.ts'

/** What a verb of git would do. */
export type Verb = (call: Call & { readonly verb?: string }, read: ReadOptions) => void
