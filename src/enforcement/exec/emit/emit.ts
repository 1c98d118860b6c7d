import { PortcullisError } from '../../../kernel/errors.ts'
import type { Whereabouts } from '../places.ts'
import type { SandboxPolicy } from '../policy.ts'
import { emitClaude } from './claude.ts'
import { emitCodex } from './codex.ts'
import { emitDocker } from './docker.ts'
import { type Gap, type Scope, type ScopeOptions, scopeOf } from './scope.ts'
import { emitSystemd } from './systemd.ts'

const emitters = {
  claude: emitClaude,
  codex: emitCodex,
  docker: emitDocker,
  systemd: emitSystemd,
} as const satisfies Record<string, (scope: Scope, options: EmitOptions) => Emission>

export type EmitTarget = keyof typeof emitters
export const emitTargets = Object.keys(emitters) as readonly EmitTarget[]

export interface EmitOptions {
  /** What is run; formats for a whole client have no place for it. */
  readonly command: readonly string[]
  /** Of a container, pinned by its digest. */
  readonly image: string
  /** Whom the command runs as; never root. */
  readonly identity: { readonly uid: number; readonly gid: number }
}

/** A policy in the words of another program. */
export interface Emission {
  readonly text: string
  /** Where the text is a command line, its words. */
  readonly argv?: readonly string[]
  /** Everything of the policy that the text does not say, or says otherwise. */
  readonly gaps: readonly Gap[]
  /** Where the text goes. */
  readonly use: string
}

/** Writes the policy for a target. Pure but for a look at which protected paths exist. */
export function emit(
  target: EmitTarget,
  policy: SandboxPolicy,
  options: EmitOptions & Whereabouts & ScopeOptions,
): Emission {
  refuseUnfit(target, options)
  return emitters[target](scopeOf(policy, options, options), options)
}

function refuseUnfit(target: EmitTarget, { command, image, identity }: EmitOptions): void {
  if (target === 'claude' || target === 'codex') return
  if (command.length === 0 || command.some(word => word.includes('\0')))
    throw usage(`\`--emit ${target}\` needs the command`, 'put it after `--`')
  if (identity.uid === 0)
    throw usage('a sandboxed command never runs as root', 'run it in a folder of an ordinary user')
  if (target === 'systemd' && !command[0]!.startsWith('/'))
    throw usage(`\`${command[0]}\` is not an absolute path`, 'name the program by its whole path')
  if (target === 'docker' && !/^[\w./:-]+@sha256:[0-9a-f]{64}$/.test(image))
    throw usage(`\`${image}\` is not an image pinned by its digest`, 'name one: --image NAME@sha256:…')
}

function usage(message: string, remedy: string): PortcullisError {
  return new PortcullisError('usage', message, remedy)
}
