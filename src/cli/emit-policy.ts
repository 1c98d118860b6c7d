import { capabilities } from '../enforcement/exec/capabilities.ts'
import { type EmitTarget, emit, emitTargets } from '../enforcement/exec/emit/emit.ts'
import type { Gap } from '../enforcement/exec/emit/scope.ts'
import type { SandboxPolicy } from '../enforcement/exec/policy.ts'
import { type SurveyOptions, survey } from '../enforcement/exec/survey.ts'
import { PortcullisError } from '../kernel/errors.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

interface EmitPolicyOptions {
  readonly target: string
  readonly command: readonly string[]
  readonly image?: string
  readonly allowWeaker?: boolean
  readonly json?: boolean
}

/** `exec --emit`: the policy in the words of another program on stdout, what it cannot say on stderr. */
export function emitPolicy(
  policy: SandboxPolicy,
  place: SurveyOptions,
  { target, command, image = '', allowWeaker = false, json = false }: EmitPolicyOptions,
  { stdout, stderr }: Terminal,
): void {
  if (!isTarget(target))
    throw new PortcullisError(
      'usage',
      `nothing is emitted for \`${target}\``,
      `take one of ${emitTargets.join(', ')}`,
    )
  const identity = identityFor(target, policy, place)
  const { text, gaps, use } = emit(target, policy, { ...place, command, image, identity })
  const isRefused = gaps.some(({ isWeaker }) => isWeaker) && !allowWeaker
  if (json) stdout.write(`${JSON.stringify({ target, ...(isRefused ? {} : { text, use }), gaps })}\n`)
  else for (const line of gapLines(gaps)) stderr.write(`${printable(line)}\n`)
  if (isRefused)
    throw new PortcullisError(
      'sandbox.refused',
      `settings for ${target} would be weaker than the policy`,
      'use `portcullis exec` for the command, or accept what is named with --allow-weaker',
    )
  if (json) return
  stderr.write(`${use}\n`)
  stdout.write(text)
}

function isTarget(target: string): target is EmitTarget {
  return emitTargets.some(known => known === target)
}

/** The sandbox's own look at the policy finds contradictions, and who the command would run as. */
function identityFor(target: EmitTarget, policy: SandboxPolicy, place: SurveyOptions) {
  const caps = capabilities()
  // A client runs as whoever starts it.
  const isClient = target === 'claude' || target === 'codex'
  const { identity } = survey(policy, isClient ? { ...caps, uid: -1 } : caps, place)
  return identity ?? { uid: caps.uid, gid: process.getgid?.() ?? caps.uid }
}

/** One line for each thing to say, with everything it is about. */
function gapLines(gaps: readonly Gap[]): readonly string[] {
  const about = new Map<string, string[]>()
  for (const { message, isWeaker, about: what } of gaps.toSorted(
    (a, b) => Number(b.isWeaker) - Number(a.isWeaker),
  )) {
    const line = `${isWeaker ? 'weaker' : 'stricter'}: ${message}`
    about.set(line, [...(about.get(line) ?? []), what])
  }
  return [...about].map(([line, whats]) => `${line}: ${whats.join(', ')}`)
}
