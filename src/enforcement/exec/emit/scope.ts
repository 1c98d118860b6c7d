import { join } from 'node:path'
import {
  absolutePath,
  isWithin,
  type Locate,
  protectedPath,
  shownPaths,
  type Whereabouts,
} from '../places.ts'
import type { SandboxPolicy } from '../policy.ts'
import { hiddenAtHome, neverWritten, neverWrittenAtHome, neverWrittenInGit } from '../protected.ts'

/** A path and what stands there: some formats protect only what exists. */
export interface ScopedPath {
  readonly path: string
  readonly kind: 'file' | 'directory' | 'missing'
}

/** A policy with every path absolute and with what the sandbox protects whatever the policy says. */
export interface Scope extends Whereabouts {
  readonly readWrite: readonly ScopedPath[]
  readonly readOnly: readonly ScopedPath[]
  readonly deny: readonly ScopedPath[]
  readonly denyWrite: readonly ScopedPath[]
  readonly policy: SandboxPolicy
}

/** What an emitted text lacks or has too much of, in comparison with the policy. */
export interface Gap {
  /** The path, host or setting, as the policy has it. */
  readonly about: string
  readonly isWeaker: boolean
  /** Lower case, without a full stop. */
  readonly message: string
}

export interface ScopeOptions {
  /** Never seen, whatever the policy says: our own home and data. */
  readonly hide: readonly string[]
  /** Where something stands in the policy. */
  readonly locate: Locate
}

/** Looks at what the policy names. Throws `sandbox.refused` for what no sandbox of ours would show. */
export function scopeOf(
  policy: SandboxPolicy,
  whereabouts: Whereabouts,
  { hide, locate }: ScopeOptions,
): Scope {
  const paths = (list: 'deny' | 'denyWrite') =>
    policy.filesystem[list].map(path => absolutePath(path, whereabouts))
  const readWrite = shownPaths(policy, 'readWrite', whereabouts, locate)
  const readOnly = shownPaths(policy, 'readOnly', whereabouts, locate)
  const isSeen = (path: string) => [...readWrite, ...readOnly].some(folder => isWithin(path, folder))
  const secrets = hiddenAtHome.map(name => join(whereabouts.home, name))
  const deny = [...paths('deny'), ...[...secrets, ...hide].filter(isSeen)]
  const denyWrite = [...paths('denyWrite'), ...readWrite.flatMap(ownProtections)]
  const scoped = (all: readonly string[]) => unique(all.flatMap(look))
  return {
    ...whereabouts,
    policy,
    readWrite: scoped(readWrite),
    readOnly: scoped(readOnly),
    deny: scoped(deny),
    denyWrite: scoped(denyWrite.filter(path => !deny.includes(path))),
  }
}

function ownProtections(folder: string): readonly string[] {
  return [
    ...[...neverWritten, ...neverWrittenAtHome].map(name => join(folder, name)),
    ...neverWrittenInGit.map(name => join(folder, '.git', name)),
  ]
}

/** A link and what it leads to are both told. */
function look(path: string): readonly ScopedPath[] {
  const { path: real, state } = protectedPath(path)
  if (state !== 'file' && state !== 'directory') return [{ path, kind: 'missing' }]
  return real === path
    ? [{ path, kind: state }]
    : [
        { path, kind: state },
        { path: real, kind: state },
      ]
}

function unique(paths: readonly ScopedPath[]): readonly ScopedPath[] {
  return [...new Map(paths.map(one => [one.path, one])).values()]
}
