import { type ClientKey, type ClientKeyState, fromStored, keyState } from './client-key.ts'
import { fileSignature, readKeyFile } from './key-file.ts'
import { parseClientKey } from './key-format.ts'
import { equalDigests, type Pepper, readPeppers } from './pepper.ts'

/** What became of one shown key. `key` is known whenever the secret was right, even when it no longer opens anything. */
export type Examination =
  | { readonly outcome: 'malformed' | 'unknown'; readonly key: null }
  | { readonly outcome: ClientKeyState; readonly key: ClientKey }

/** The keys as they were on disk at one moment. */
export interface KeyRing {
  readonly signature: string
  readonly peppers: readonly Pepper[]
  readonly keys: readonly ClientKey[]
  /** A map, not an object: `__proto__` is no key. */
  readonly byDigest: ReadonlyMap<string, { readonly digest: Buffer; readonly key: ClientKey }>
  readonly hasOutbox: boolean
}

/** What is checked in place of something that cannot be a key, so that refusing costs what accepting costs. */
export interface StandIns {
  readonly key: string
  readonly pepper: Pepper
}

export function readKeyRing(folder: string): KeyRing {
  // The signature first: a change between the reads is then seen as one the next time.
  const signature = fileSignature(folder)
  const peppers = readPeppers(folder)
  const { keys: stored, outbox } = readKeyFile(folder, peppers)
  const keys = stored.map(fromStored)
  const byDigest = new Map(
    stored.map(({ digest }, index) => [digest, { digest: Buffer.from(digest, 'hex'), key: keys[index]! }]),
  )
  return { signature, peppers, keys, byDigest, hasOutbox: outbox.length > 0 }
}

const NOTHING = Buffer.alloc(32)

/** INVARIANT: one digest and one comparison per pepper, whatever is shown. */
export function examineKey(ring: KeyRing, text: string, now: number, standIns: StandIns): Examination {
  const isKey = parseClientKey(text) !== null
  const candidate = isKey ? text : standIns.key
  let found: ClientKey | null = null
  for (const pepper of ring.peppers.length > 0 ? ring.peppers : [standIns.pepper]) {
    const digest = pepper.digest(candidate)
    const entry = ring.byDigest.get(digest.toString('hex'))
    const isEqual = equalDigests(digest, entry?.digest ?? NOTHING)
    if (isEqual && entry !== undefined) found = entry.key
  }
  if (!isKey) return { outcome: 'malformed', key: null }
  return found === null ? { outcome: 'unknown', key: null } : { outcome: keyState(found, now), key: found }
}
