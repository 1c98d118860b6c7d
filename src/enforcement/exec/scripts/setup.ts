import { spawnSync } from 'node:child_process'
import { closeSync, constants, lstatSync, openSync, readdirSync, readSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { PortcullisError } from '../../../kernel/errors.ts'
import { hostPlaceOf } from '../../../rules/containers/host-paths.ts'
import { quote } from '../quote.ts'
import { walk } from './walk.ts'

/** The folder hook scripts lie in and, as root, the user they run as. */
export interface HookPlace {
  readonly folder: string
  /** The gate's own home above it, which is nobody else's. */
  readonly privateHome?: string
  /** Absent when nobody but root could make one. */
  readonly user?: string
}

/** What setting up looks at. */
export interface PlaceFacts {
  /** Of the user database; null when there is none of that name. */
  readonly account: Account | null
  /** Of the folder; null when there is none. */
  readonly folder: Pick<Stats, 'uid' | 'gid' | 'mode'> | null
  readonly hasHome: boolean
  readonly scripts: readonly {
    readonly path: string
    readonly uid: number
    readonly gid: number
    readonly mode: number
  }[]
  /** Who sets up. */
  readonly uid: number
}

export interface Account {
  readonly uid: number
  readonly gid: number
  readonly shell: string
}

/** One command and why it is wanted. */
export interface Step {
  readonly argv: readonly string[]
  readonly why: string
}

const MODE = 0o750
const SHARED = 0o1022
const NO_LOGIN = '/usr/sbin/nologin'
const NAME = /^[a-z_][a-z0-9_-]{0,30}$/

/** The commands that are still wanted, in their order; none when all is as it should be. */
export function planHookPlace({ folder, user, privateHome }: HookPlace, facts: PlaceFacts): readonly Step[] {
  const steps: Step[] = []
  const { account } = facts
  if (user !== undefined && account === null) {
    const argv = [
      'useradd',
      '--system',
      '--user-group',
      '--no-create-home',
      '--home-dir',
      folder,
      '--shell',
      NO_LOGIN,
      user,
    ]
    steps.push({ argv, why: `there is no user \`${user}\` yet; nobody can log in as it` })
  }
  if (privateHome !== undefined && !facts.hasHome)
    steps.push({ argv: ['install', '-d', '-m', '0700', privateHome], why: 'the gate has no home yet' })
  // Not the user that runs the scripts: it may read them and not change them.
  const owner = facts.uid
  const group = user === undefined ? undefined : (account?.gid ?? null)
  const ownership = group === undefined ? [] : ['-o', String(owner), '-g', user!]
  const isRight = ({ uid, gid, mode }: Pick<Stats, 'uid' | 'gid' | 'mode'>) =>
    uid === owner && (group === undefined || gid === group) && (mode & 0o7777) === MODE
  if (facts.folder === null || !isRight(facts.folder))
    steps.push({
      argv: ['install', '-d', '-m', '0750', ...ownership, folder],
      why:
        facts.folder === null ? 'the folder is not there yet' : 'the folder has another owner, group or mode',
    })
  for (const script of facts.scripts) {
    // What belongs to somebody else is not made ours: that would vouch for it. `scripts check` names it.
    if (script.uid !== owner || isRight(script)) continue
    if (group !== undefined && script.gid !== group)
      steps.push({ argv: ['chgrp', user!, script.path], why: 'the script has another group' })
    if ((script.mode & 0o7777) !== MODE || group === null)
      steps.push({ argv: ['chmod', '0750', script.path], why: 'the script has another mode' })
  }
  return steps
}

/** Looks at the place as it is; throws `init.conflict` where something else is in the way. */
export function lookAtHookPlace({ folder, user, privateHome }: HookPlace, uid: number): PlaceFacts {
  if (!folder.startsWith('/') || folder.endsWith('/') || hostPlaceOf(folder) !== 'other')
    throw conflict(`\`${folder}\` is no place for hook scripts`, 'name a folder of their own with --folder')
  const walked = walk(folder, new Set([0, uid]))
  const stats = 'code' in walked ? null : walked.stats
  if ('code' in walked && walked.code !== 'script.is-missing') throw conflict(walked.message, walked.remedy)
  if (stats && !stats.isDirectory())
    throw conflict(`\`${folder}\` is not a folder`, 'name another one with --folder')
  if (stats && (stats.uid !== uid || (stats.mode & SHARED) !== 0))
    throw conflict(`\`${folder}\` is not yours alone`, 'name a folder of your own with --folder')
  const account = user === undefined ? null : findAccount(user)
  if (account?.uid === 0) throw conflict(`the user \`${user}\` is root`, 'name another one with --user')
  const hasHome = privateHome !== undefined && lstatSync(privateHome, { throwIfNoEntry: false }) !== undefined
  return { account, folder: stats, hasHome, scripts: stats ? scriptsIn(folder) : [], uid }
}

function scriptsIn(folder: string): PlaceFacts['scripts'] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(folder, entry.name))
    .filter(isScript)
    .map(path => ({ path, stats: lstatSync(path) }))
    .map(({ path, stats: { uid, gid, mode } }) => ({ path, uid, gid, mode }))
}

/** Data that lies among the scripts keeps its mode. */
function isScript(path: string): boolean {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const begin = Buffer.alloc(2)
    readSync(file, begin, 0, 2, 0)
    return begin.toString('latin1') === '#!'
  } finally {
    closeSync(file)
  }
}

/** A user of this machine, whatever service knows it; null when there is none. */
export function findAccount(name: string): Account | null {
  if (!NAME.test(name))
    throw new PortcullisError(
      'usage',
      `\`${name}\` is not the name of a user`,
      'use lower case letters, digits, `_` and `-`',
    )
  const { status, stdout, error } = spawnSync('/usr/bin/getent', ['passwd', name], {
    encoding: 'utf8',
    env: {},
  })
  if (status === 2) return null
  const [, , uid, gid, , , shell = ''] = stdout?.trim().split(':') ?? []
  if (status !== 0 || uid === undefined || gid === undefined)
    throw new PortcullisError(
      'internal',
      'the users of this machine could not be listed',
      'check that `getent passwd` works',
      error,
    )
  return { uid: Number(uid), gid: Number(gid), shell }
}

/** Carries out one step; throws `init.conflict` with what the program said. */
export function carryOut({ argv }: Step): void {
  const [program = '', ...args] = argv
  const { status, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (status !== 0)
    throw conflict(
      `\`${lineOf({ argv })}\` failed: ${stderr?.trim() || (error?.message ?? `exit code ${status}`)}`,
      'mend it and run the same again: what is done stays done',
      error,
    )
}

/** The step as a line for a shell. */
export function lineOf({ argv }: Pick<Step, 'argv'>): string {
  return argv.map(quote).join(' ')
}

function conflict(message: string, remedy: string, cause?: unknown): PortcullisError {
  return new PortcullisError('init.conflict', message, remedy, cause)
}
