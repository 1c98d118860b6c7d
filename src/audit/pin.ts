import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { ensurePrivateFolder } from '../config/private-files.ts'
import { PortcullisError, systemCode } from '../kernel/errors.ts'
import { syncFolder } from './folder.ts'
import { parseVerifyKey, type VerifyKey } from './note.ts'
import { createFile, replaceFile } from './write.ts'

/**
 * What is known of a journal outside its folder: whoever can rewrite the folder cannot make it agree with this.
 * One folder `<trust>/<instance>` with `verify.key`, `folder`, `checkpoint` and perhaps `outside`.
 */
export interface Pin {
  readonly instance: string
  readonly key: VerifyKey
  /** Real path of the journal's folder. */
  readonly folder: string
  /** Path of the latest checkpoint's copy. */
  readonly checkpoint: string
  /** A further copy the configuration asked for; verify looks there too. */
  readonly outside: string | null
}

const INSTANCE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

export function isInstance(name: string): boolean {
  return INSTANCE.test(name)
}

export function originOf(instance: string): string {
  return `portcullis/${instance}`
}

/** The path a folder really has; of one that is not there, what it would be. */
export function realFolder(folder: string): string {
  const path = resolve(folder)
  try {
    return realpathSync(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || path === dirname(path)) throw error
    return join(realFolder(dirname(path)), basename(path))
  }
}

/** Every pin in `trust`; a pin that cannot be read is a fault, because skipping it would look like "never pinned". */
export function readPins(trust: string): Pin[] {
  return names(trust)
    .filter(isInstance)
    .filter(instance => isPin(join(trust, instance)))
    .map(instance => readPin(trust, instance))
}

/** The trust folder may hold other things; a pin that lost one of its files is still a pin, and damaged. */
function isPin(place: string): boolean {
  return ['verify.key', 'folder', 'checkpoint'].some(name => existsSync(join(place, name)))
}

function readPin(trust: string, instance: string): Pin {
  const place = join(trust, instance)
  const key = parseVerifyKey(pinned(join(place, 'verify.key')) ?? '')
  const folder = pinned(join(place, 'folder'))?.trimEnd()
  if (key === null || key.name !== originOf(instance) || !folder) {
    throw new PortcullisError(
      'audit.corrupt',
      `the pin \`${place}\` of a journal is damaged`,
      'restore `verify.key` and `folder` there from a backup; until then this journal cannot be trusted',
    )
  }
  const outside = pinned(join(place, 'outside'))?.trimEnd() ?? null
  return { instance, key, folder, checkpoint: join(place, 'checkpoint'), outside }
}

function names(trust: string): string[] {
  try {
    return readdirSync(trust)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

/** Text of a small file; null when there is none. */
export function pinned(path: string): string | null {
  try {
    // A pipe in its place would let a reader wait for ever.
    if (statSync(path).isFile()) return readFileSync(path, 'utf8')
    throw new TypeError('not a plain file')
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw new PortcullisError(
      'file.unreadable',
      `\`${path}\` cannot be read`,
      'check its owner and mode',
      error,
    )
  }
}

/** Pins a new journal as one step: either all of it is there afterwards or nothing. */
export function createPin(trust: string, pin: Pin, checkpoint: string): void {
  ensurePrivateFolder(trust)
  const beside = join(trust, `.new-${pin.instance}`)
  rmSync(beside, { recursive: true, force: true })
  mkdirSync(beside, { mode: 0o700 })
  createFile(join(beside, 'verify.key'), `${pin.key.text}\n`)
  createFile(join(beside, 'folder'), `${pin.folder}\n`)
  createFile(join(beside, 'checkpoint'), checkpoint)
  renameSync(beside, join(trust, pin.instance))
  syncFolder(trust)
}

/** Notes in the pin where the further copy goes, so that `verify` finds it without the configuration. */
export async function pinOutside(trust: string, pin: Pin, outside: string): Promise<Pin> {
  const path = resolve(outside)
  if (pin.outside !== path) await replaceFile(join(trust, pin.instance, 'outside'), `${path}\n`)
  return { ...pin, outside: path }
}
