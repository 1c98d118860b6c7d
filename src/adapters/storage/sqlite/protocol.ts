import type { Store } from '../store.ts'

type Operation = Exclude<keyof Store, 'close'>

/** What the worker is started with. */
export interface WorkerSettings {
  readonly file: string
  /** Move a broken file aside and begin anew, rather than fail. */
  readonly mayMoveAside: boolean
}

/** A call to the worker; calls are answered in order. */
export interface Call {
  readonly id: number
  readonly operation: Operation | 'open' | 'close'
  readonly argument?: unknown
}

/** What the worker says: an answer to a call, or that it moved a broken file. */
export type Report =
  | { readonly kind: 'value'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'fault'; readonly id: number; readonly message: string }
  | { readonly kind: 'broken'; readonly movedTo: string; readonly message: string }
