/** What a command would do, on a canonical target (an absolute path, a host, a program); `null` target = could not tell. */
export interface Effect {
  readonly kind:
    | 'read'
    | 'write'
    | 'delete'
    | 'execute'
    | 'connect'
    | 'escalate'
    | 'persist'
    | 'exhaust'
    | 'tamper'
  readonly target: string | null
  /** The program that would do it, as its base name. */
  readonly program: string
}
