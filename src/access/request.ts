import type { Secret } from '../kernel/secret.ts'

/** The doors: each translates what it intercepts into an `AccessRequest`. */
export type EnforcementPointName = 'gateway' | 'hooks' | 'mcp' | 'exec' | 'scan' | 'check' | 'admin'

/** What is done, noun:verb; a closed union. */
export type Action =
  | 'model:invoke'
  | 'model:list'
  | 'tool:call'
  | 'command:run'
  | 'file:read'
  | 'file:write'
  | 'net:connect'
  | 'mcp:call'
  | 'prompt:submit'
  | 'output:deliver'
  | 'session:event'
  | 'config:change'
  | `admin:${string}`

/** One decoded string value that somebody wrote; `where` names its place for a reader (`messages[3].content[0].text`). */
export interface TextLeaf {
  readonly text: string
  readonly where: string
}

/** Where an act would happen, as the agent reports it: absolute paths. `project` is the folder the agent works for. */
export interface Workplace {
  readonly cwd: string
  readonly home: string
  readonly project: string
}

/** On what. `texts` are the string values the validation layer scans. */
export type Resource =
  | {
      readonly type: 'model'
      readonly id: string
      readonly texts: readonly TextLeaf[]
      readonly stream: boolean
    }
  | {
      readonly type: 'command'
      readonly id: string
      readonly command: string
      readonly workplace: Workplace
      readonly texts: readonly TextLeaf[]
    }
  | {
      readonly type: 'file'
      readonly id: string
      readonly path: string
      /** `search` reads many files under the path (Grep, Glob). */
      readonly operation: 'read' | 'write' | 'search'
      readonly tool: string
      readonly workplace: Workplace
      readonly texts: readonly TextLeaf[]
    }
  | { readonly type: 'url'; readonly id: string; readonly tool: string; readonly texts: readonly TextLeaf[] }
  | {
      readonly type: 'tool'
      readonly id: string
      readonly tool: string
      readonly workplace: Workplace
      readonly texts: readonly TextLeaf[]
    }
  | { readonly type: 'text'; readonly id: string; readonly texts: readonly TextLeaf[] }
  | {
      readonly type: 'service'
      readonly id: string
      /** Id of the principal the record belongs to; permissions that end in `:own` ask for it. */
      readonly owner?: string
      readonly texts: readonly TextLeaf[]
    }

/** Circumstances (XACML environment). `address` is the peer's IP as the socket gives it. */
export interface Context {
  /** Milliseconds since the Unix epoch. */
  readonly time: number
  readonly network: {
    readonly address: string
    /** A unix socket, a hook process or a loopback peer. */
    readonly local: boolean
    readonly encrypted: boolean
    /** Raw `x-forwarded-for` and `x-forwarded-proto`; believed only from a trusted proxy. */
    readonly forwardedFor?: string
    readonly forwardedProto?: string
    /** The Host header as sent. A name of another machine makes a loopback peer no local caller (DNS rebinding). */
    readonly host?: string
  }
  /** The client's own session id: for correlation only, never for authorization. */
  readonly session?: string
  readonly client?: string
  readonly toolUseId?: string
}

/** What the caller showed to prove who it is; the authentication layer alone reveals it. */
export interface PresentedCredentials {
  readonly apiKey?: Secret
  readonly bearer?: Secret
}

/** The question (AuthZEN access evaluation request). */
export interface AccessRequest {
  readonly id: string
  readonly point: EnforcementPointName
  readonly action: Action
  readonly resource: Resource
  readonly context: Context
  readonly credentials: PresentedCredentials
  /** Placeholders of masked secrets anywhere in what was given to a tool, where the point could put the secrets back. */
  readonly placeholders?: readonly string[]
}
