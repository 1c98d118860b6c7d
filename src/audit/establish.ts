import type { KeyObject } from 'node:crypto'
import { closeSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensurePrivateFolder } from '../config/private-files.ts'
import type { Clock } from '../kernel/clock.ts'
import { PortcullisError } from '../kernel/errors.ts'
import type { Random } from '../kernel/random.ts'
import { claimedOrigin } from './authority.ts'
import { openCheckpointFile, readLastNote } from './checkpoint-file.ts'
import { CHECKPOINTS, listFolder } from './folder.ts'
import { acquireLock, type Lock } from './lock.ts'
import { emptyRoot } from './merkle.ts'
import { noPrevious, openCheckpoint, signCheckpoint, verifyKeyOf } from './note.ts'
import { createPin, isInstance, originOf, type Pin, readPins, realFolder } from './pin.ts'
import { loadSigningKey } from './signing-key.ts'
import { createFile, removeIfThere } from './write.ts'

export interface EstablishOptions {
  readonly folder: string
  readonly trust: string
  readonly keys: string
  readonly instance?: string | undefined
  readonly lockWaitMs: number
  readonly clock: Clock
  readonly random: Random
}

/** A locked folder that is the pinned journal's, with the key to sign for it. */
export interface Established {
  readonly folder: string
  readonly pin: Pin
  readonly signingKey: KeyObject
  readonly lock: Lock
}

/** Finds the journal's pin, or makes the journal and pins it; locks the folder. */
export async function establish(options: EstablishOptions): Promise<Established> {
  const { folder, trust, instance, lockWaitMs, clock, random } = options
  if (instance !== undefined && !isInstance(instance)) {
    throw new TypeError('an instance is named by letters, digits, dots, dashes and underscores')
  }
  const real = realFolder(folder)
  const known = findPin(trust, real, instance)
  if (known) refuseEmptied(known)
  ensurePrivateFolder(real)
  const lock = await acquireLock({ folder: real, waitMs: lockWaitMs, clock, random })
  try {
    // Another process may have made the journal while this one waited.
    const pin = known ?? findPin(trust, real, instance)
    return { folder: real, lock, ...(pin ? resume(pin, options) : begin(real, options)) }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** The pin of a folder; undefined when the folder was never pinned. */
function findPin(trust: string, folder: string, instance?: string): Pin | undefined {
  const pins = readPins(trust)
  const here = pins.filter(pin => pin.folder === folder)
  if (instance === undefined) return here[0]
  const named = pins.find(pin => pin.instance === instance)
  const other = here.find(pin => pin.instance !== instance)
  if (other || (named && named.folder !== folder)) {
    throw new PortcullisError(
      'audit.foreign',
      other
        ? `\`${folder}\` is pinned as the journal \`${originOf(other.instance)}\`, not \`${originOf(instance)}\``
        : `the journal \`${originOf(instance)}\` is pinned to \`${named?.folder}\`, not \`${folder}\``,
      'point `--data` at this journal’s own home, or after moving it by hand correct `folder` in its pin',
    )
  }
  return named
}

function refuseEmptied(pin: Pin): void {
  if (existsSync(join(pin.folder, CHECKPOINTS))) return
  throw new PortcullisError(
    'audit.missing',
    `the journal \`${originOf(pin.instance)}\` is not in \`${pin.folder}\` any more`,
    'restore the folder from a backup; to begin anew on purpose, move its pin out of the trust folder',
  )
}

function resume(pin: Pin, { keys, random }: EstablishOptions) {
  if (!existsSync(join(keys, 'journal.key'))) {
    throw new PortcullisError(
      'file.unreadable',
      `the signing key of the journal is not in \`${keys}\``,
      'restore `journal.key` from a backup; to begin anew on purpose, move journal and pin away',
    )
  }
  const signingKey = loadSigningKey(keys, random)
  if (verifyKeyOf(originOf(pin.instance), signingKey).text !== pin.key.text) {
    throw new PortcullisError(
      'audit.foreign',
      `the signing key in \`${keys}\` is not the one pinned for \`${originOf(pin.instance)}\``,
      'restore the key that belongs to this journal',
    )
  }
  return { pin, signingKey }
}

function begin(folder: string, { trust, keys, instance, random }: EstablishOptions) {
  const signingKey = loadSigningKey(keys, random)
  refuseMoved(trust, folder)
  refuseUnknown(folder, signingKey)
  const name = instance ?? Buffer.from(random(new Uint8Array(8))).toString('hex')
  const origin = originOf(name)
  const key = verifyKeyOf(origin, signingKey)
  const genesis = { origin, size: 0, root: emptyRoot(), previous: noPrevious() }
  const note = signCheckpoint(genesis, signingKey, key)
  removeIfThere(join(folder, CHECKPOINTS))
  createFile(join(folder, CHECKPOINTS), note)
  const pin: Pin = { instance: name, key, folder, checkpoint: join(trust, name, 'checkpoint'), outside: null }
  createPin(trust, pin, note)
  return { pin, signingKey }
}

/** A journal that was moved is told apart from a foreign one, because its remedy is another. */
function refuseMoved(trust: string, folder: string): void {
  const origin = claimedOrigin(folder)
  const pin = readPins(trust).find(pin => originOf(pin.instance) === origin)
  if (!pin) return
  throw new PortcullisError(
    'audit.foreign',
    `the journal \`${origin}\` is pinned to \`${pin.folder}\`, but lies in \`${folder}\``,
    `put it back; if you moved it yourself, write the new path into \`${join(trust, pin.instance, 'folder')}\``,
  )
}

/** A folder nobody pinned must be empty, or be what a crash left of our own first step. */
function refuseUnknown(folder: string, signingKey: KeyObject): void {
  const { segments, torn, strange, names } = listFolder(folder)
  const empty = segments.length + torn.length + strange.length === 0
  if (empty && (!names.includes(CHECKPOINTS) || isOurGenesis(folder, signingKey))) return
  throw new PortcullisError(
    'audit.foreign',
    `\`${folder}\` holds files of a journal that is not pinned here`,
    'restore the trust folder from a backup, or point `--data` at an empty place',
  )
}

function isOurGenesis(folder: string, signingKey: KeyObject): boolean {
  const descriptor = openCheckpointFile(join(folder, CHECKPOINTS))
  try {
    const last = readLastNote(descriptor)
    if (last === null) return true
    const origin = last.note.slice(0, last.note.indexOf('\n'))
    return openCheckpoint(last.note, verifyKeyOf(origin, signingKey))?.size === 0
  } finally {
    closeSync(descriptor)
  }
}
