import { createHmac, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { createPrivateFile, readPrivateFile, writePrivateFile } from '../../config/private-files.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import type { Random } from '../../kernel/random.ts'

const BYTES = 32

/** The secret half of every stored digest: whoever steals the key file alone can test no guess against it. */
export interface Pepper {
  /** Names the pepper without telling it. */
  readonly id: string
  digest(text: string): Buffer
}

/** The pepper in use first, then the one before it during a rotation; empty when none was ever made. */
export function readPeppers(folder: string): readonly Pepper[] {
  return [pepperFile(folder), previousFile(folder)].flatMap(path => {
    const bytes = readPrivateFile(path)
    if (bytes === null) return []
    if (bytes.length !== BYTES) {
      throw new PortcullisError(
        'credentials.malformed',
        `\`${path}\` is not a pepper (${bytes.length} bytes, not ${BYTES})`,
        'restore it from a backup; without it no client key can be checked',
      )
    }
    return [createPepper(bytes)]
  })
}

/** Makes the pepper once; of two processes that try, both end up with the same one. */
export async function ensurePepper(folder: string, random: Random): Promise<readonly Pepper[]> {
  const known = readPeppers(folder)
  if (known.length > 0) return known
  createPrivateFile(pepperFile(folder), random(new Uint8Array(BYTES)))
  return readPeppers(folder)
}

/** Puts a new pepper in use and keeps the old one for checking. A crash between the writes loses neither. */
export async function replacePepper(folder: string, random: Random): Promise<readonly Pepper[]> {
  const current = readPrivateFile(pepperFile(folder))
  if (current !== null) await writePrivateFile(previousFile(folder), current)
  await writePrivateFile(pepperFile(folder), random(new Uint8Array(BYTES)))
  return readPeppers(folder)
}

/** A pepper nobody keeps: stands in where none exists yet, so that checking costs the same. */
export function createPepper(bytes: Uint8Array): Pepper {
  const digest = (text: string) => createHmac('sha256', bytes).update(text).digest()
  return { id: digest('portcullis pepper id').toString('hex').slice(0, 16), digest }
}

export function equalDigests(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

export function pepperFile(folder: string): string {
  return join(folder, 'pepper')
}

export function previousFile(folder: string): string {
  return join(folder, 'pepper.previous')
}
