import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Job, Outcome, ProbePolicy } from './backend.ts'
import { processesNamed, type Scene } from './scene.ts'

interface Seen {
  readonly scene: Scene
  readonly outcome: Outcome
}

/** Looks from the host's side and answers what went wrong, or null where the sandbox held. */
export type Judge = (seen: Seen) => string | null | Promise<string | null>

/** One attack, or one honest program: what is run inside, and how the host tells how it went. */
export interface Probe {
  readonly id: string
  /** What the program inside cannot do; of a control, what it can. */
  readonly title: string
  readonly argv: (at: Scene) => readonly string[]
  readonly judge: Judge
  /** What differs from the common policy. */
  readonly policy?: (at: Scene) => Change<ProbePolicy>
  /** What the host sets up first, and does while the program runs. */
  readonly prepare?: (at: Scene) => void | Promise<void>
  readonly during?: (at: Scene, again: (argv: readonly string[]) => Promise<Outcome>) => Promise<void>
  readonly env?: (at: Scene) => Readonly<Record<string, string>>
  readonly job?: (at: Scene) => Partial<Job>
  /** A policy like this may be refused outright, with 126. */
  readonly mayRefuse?: true
  /** How often it is tried; a race needs luck. */
  readonly repeat?: number
  /** Means something for this caller only. */
  readonly only?: 'root' | 'user'
  /** Has no effect on a machine even without a sandbox: the suite proves its own teeth with it. */
  readonly harmless?: true
}

type Change<T> = { readonly [K in keyof T]?: Partial<T[K]> }

export const REACHED = 'reached'
export const BREACH = 'breach:'

/** A shell script that says that it started; its name is the scene's mark. */
export function sh(at: Scene, script: string): string[] {
  return ['/bin/sh', '-c', `echo ${REACHED}\n${script}`, at.mark]
}

export function python(at: Scene, script: string): string[] {
  return ['/usr/bin/python3', '-I', '-c', `print(${JSON.stringify(REACHED)}, flush=True)\n${script}`, at.mark]
}

export function node(at: Scene, script: string): string[] {
  return [process.execPath, '-e', `console.log(${JSON.stringify(REACHED)});${script}`, at.mark]
}

/** One of the attacks of `native/attacks.c`. */
export function native(at: Scene, name: string, ...args: string[]): string[] {
  return [`${at.tools}/attacks`, name, at.mark, ...args]
}

/** All of these hold. */
export function held(...judges: readonly Judge[]): Judge {
  return async seen => {
    for (const judge of judges) {
      const wrong = await judge(seen)
      if (wrong !== null) return wrong
    }
    return null
  }
}

/** The program did not report that it got what it was after. */
export const noBreach: Judge = ({ outcome }) => {
  const line = lines(outcome).find(text => text.startsWith(BREACH))
  return line ?? null
}

/** The scene's secret came out nowhere. */
export const secretKept: Judge = ({ scene, outcome }) =>
  outcome.stdout.includes(scene.canary) || outcome.stderr.includes(scene.canary)
    ? 'the secret was read'
    : null

export const notMade =
  (path: (at: Scene) => string): Judge =>
  ({ scene }) =>
    existsWithoutFollowing(path(scene)) ? `${path(scene)} was made` : null

export const unchanged =
  (path: (at: Scene) => string, content: string | ((at: Scene) => string)): Judge =>
  ({ scene }) => {
    const wanted = typeof content === 'string' ? content : content(scene)
    const file = path(scene)
    if (!existsSync(file)) return `${file} is gone`
    return readFileSync(file, 'utf8') === wanted ? null : `${file} was changed`
  }

/** No listener of the host was reached. */
export const unheard: Judge = async ({ scene }) => {
  await sleep(50)
  return scene.heard.length > 0 ? `the host heard ${scene.heard.join(', ')}` : null
}

/** Nothing that the run started is alive, shortly after its end. */
export const nothingLeft: Judge = async ({ scene }) => {
  for (let tries = 0; tries < 20; tries++) {
    if (processesNamed(scene.mark).length === 0) return null
    await sleep(50)
  }
  return `left behind: ${processesNamed(scene.mark).join(', ')}`
}

export const endsWithin =
  (seconds: number): Judge =>
  ({ outcome }) =>
    outcome.ms <= seconds * 1000 ? null : `it took ${(outcome.ms / 1000).toFixed(1)} s`

export const exits =
  (...codes: readonly number[]): Judge =>
  ({ outcome }) =>
    codes.includes(outcome.exit ?? -1)
      ? null
      : `it ended with ${outcome.exit}: ${outcome.stderr.toString().trim().slice(-300)}`

export const prints =
  (text: string | ((at: Scene) => string)): Judge =>
  ({ scene, outcome }) => {
    const wanted = typeof text === 'string' ? text : text(scene)
    return outcome.stdout.includes(wanted) ? null : `\`${wanted}\` was not printed: ${tail(outcome)}`
  }

/** Whether the program came to its attack at all: one that could not start proves nothing. */
export function startedIn(outcome: Outcome): boolean {
  return lines(outcome).includes(REACHED)
}

export function tail({ exit, stdout, stderr }: Outcome): string {
  return `exit ${exit}: ${stdout.toString().slice(-300)} ${stderr.toString().slice(-600)}`.trim()
}

function lines({ stdout }: Outcome): string[] {
  return stdout
    .subarray(0, 2 ** 20)
    .toString()
    .split(/\r?\n/)
}

function existsWithoutFollowing(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
