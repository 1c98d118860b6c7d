import { existsSync, lstatSync } from 'node:fs'
import { join } from 'node:path'
import { PortcullisError } from '../kernel/errors.ts'
import { splitNotes } from './checkpoint-file.ts'
import { CHECKPOINTS } from './folder.ts'
import { parseVerifyKey, type VerifyKey } from './note.ts'
import { originOf, type Pin, pinned, readPins, realFolder } from './pin.ts'

/** What a folder is judged by: none of it comes from the folder. */
export interface Authority {
  readonly key: VerifyKey
  /** Checkpoints kept outside; `note` is null where one should be and is not. */
  readonly outside: readonly { readonly place: string; readonly note: string | null }[]
}

export interface AuthorityOptions {
  readonly folder: string
  readonly trust: string
  /** A verifier key as text; by default the pinned one. */
  readonly key?: string | undefined
  /** A checkpoint as text; by default the copies outside that the pin names. */
  readonly checkpoint?: string | undefined
}

/** Finds the key and the outside checkpoints: as given, else pinned for this folder, else pinned for its origin. */
export function findAuthority(options: AuthorityOptions): Authority {
  const given = options.key === undefined ? undefined : parseGivenKey(options.key)
  const pin = given ? pinOfKey(options, given) : pinOfFolder(options)
  const key = given ?? pin?.key
  if (!key && !existsSync(options.folder)) {
    throw new PortcullisError(
      'usage',
      `there is no journal in \`${options.folder}\``,
      'pass its folder, or --data of the home it belongs to; the first record makes it',
    )
  }
  if (!key) {
    throw new PortcullisError(
      'usage',
      `no key is pinned for \`${options.folder}\``,
      'pass the verify key with --key; it lies in `trust/<instance>/verify.key` of the home the journal came from',
    )
  }
  if (options.checkpoint !== undefined) {
    return { key, outside: [{ place: 'the given checkpoint', note: options.checkpoint }] }
  }
  return { key, outside: pin ? copiesOf(pin) : [] }
}

function parseGivenKey(text: string): VerifyKey {
  const key = parseVerifyKey(text)
  if (key) return key
  throw new PortcullisError(
    'usage',
    'the given key is no verify key',
    'pass the one line of `trust/<instance>/verify.key`, or its path',
  )
}

function pinOfKey({ trust }: AuthorityOptions, key: VerifyKey): Pin | undefined {
  return readPins(trust).find(pin => pin.key.text === key.text)
}

function pinOfFolder({ folder, trust }: AuthorityOptions): Pin | undefined {
  const pins = readPins(trust)
  const real = realFolder(folder)
  const here = pins.find(pin => pin.folder === real)
  if (here) return here
  const origin = claimedOrigin(folder)
  return pins.find(pin => originOf(pin.instance) === origin)
}

/** What the folder says it is: to be held against a pin, never believed. */
export function claimedOrigin(folder: string): string | undefined {
  const first = splitNotes(pinned(join(folder, CHECKPOINTS)) ?? '').notes[0]
  return first?.slice(0, first.indexOf('\n'))
}

function copiesOf(pin: Pin): Authority['outside'] {
  const places = pin.outside === null ? [pin.checkpoint] : [pin.checkpoint, pin.outside]
  return places.map(place => ({ place, note: pinned(place) }))
}

/** Whether a path is a plain file, not a link to somewhere else. */
export function isPlainFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
