import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { HASH_BYTES, sha256 } from './merkle.ts'

// C2SP signed-note with a tlog-checkpoint inside: <https://c2sp.org/signed-note>, <https://c2sp.org/tlog-checkpoint>.

const ED25519 = 0x01
const KEY_ID_BYTES = 4
const PREVIOUS = 'previous '

/** DER of an Ed25519 public key up to its 32 bytes (RFC 8410 §4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** Lines of one checkpoint as we write it: origin, size, root, previous, blank, signature. */
export const NOTE_LINES = 6

/** A statement about the first `size` records. `previous` is the hash of the checkpoint before, so that none can be taken out. */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Buffer
  readonly previous: Buffer
}

/** The key a checkpoint is checked with: its text form is `name+id+base64`, the note format's verifier key. */
export interface VerifyKey {
  readonly name: string
  readonly id: Buffer
  readonly key: KeyObject
  readonly text: string
}

export const noPrevious = (): Buffer => Buffer.alloc(HASH_BYTES)

/** The verifier key of a private or public Ed25519 key under `name`. */
export function verifyKeyOf(name: string, key: KeyObject): VerifyKey {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length)
  const typed = Buffer.concat([Buffer.from([ED25519]), raw])
  const id = keyId(name, typed)
  return { name, id, key: publicKey, text: `${name}+${id.toString('hex')}+${typed.toString('base64')}` }
}

/** Reads a verifier key; null unless it is well-formed and its id belongs to it. */
export function parseVerifyKey(text: string): VerifyKey | null {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})\n?$/.exec(text)
  if (!match) return null
  const [, name, id, encoded] = match as unknown as [string, string, string, string]
  const typed = decodeBase64(encoded)
  if (typed?.length !== 1 + HASH_BYTES || typed[0] !== ED25519) return null
  if (keyId(name, typed).toString('hex') !== id) return null
  const der = Buffer.concat([SPKI_PREFIX, typed.subarray(1)])
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  return { name, id: Buffer.from(id, 'hex'), key, text: text.trimEnd() }
}

function keyId(name: string, typedKey: Buffer): Buffer {
  return sha256(Buffer.concat([Buffer.from(`${name}\n`), typedKey])).subarray(0, KEY_ID_BYTES)
}

/** Signs a checkpoint; the result is the whole note, ending in a newline. */
export function signCheckpoint(checkpoint: Checkpoint, signingKey: KeyObject, key: VerifyKey): string {
  const text = checkpointText(checkpoint)
  const signature = Buffer.concat([key.id, sign(null, Buffer.from(text), signingKey)])
  return `${text}\n— ${key.name} ${signature.toString('base64')}\n`
}

function checkpointText({ origin, size, root, previous }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n${PREVIOUS}${previous.toString('base64')}\n`
}

/** What is written in a note, whoever signed it; null when it is not a checkpoint of this log's form. */
export function readCheckpoint(note: string): Checkpoint | null {
  const lines = note.split('\n')
  const [origin, size, root, previous, blank] = lines
  if (lines.length !== NOTE_LINES + 1 || lines.at(-1) !== '' || blank !== '') return null
  if (!origin || !/^(0|[1-9]\d{0,15})$/.test(size!) || !previous!.startsWith(PREVIOUS)) return null
  const rootBytes = decodeBase64(root!)
  const previousBytes = decodeBase64(previous!.slice(PREVIOUS.length))
  if (rootBytes?.length !== HASH_BYTES || previousBytes?.length !== HASH_BYTES) return null
  return { origin, size: Number(size), root: rootBytes, previous: previousBytes }
}

/** Reads a checkpoint and checks its one signature; null unless `key` made it for the origin of its name. */
export function openCheckpoint(note: string, key: VerifyKey): Checkpoint | null {
  const checkpoint = readCheckpoint(note)
  if (checkpoint === null || checkpoint.origin !== key.name) return null
  const end = note.indexOf('\n\n') + 1
  const match = /^— (\S+) (\S+)\n$/.exec(note.slice(end + 1))
  if (!match || match[1] !== key.name) return null
  const signature = decodeBase64(match[2]!)
  if (!signature?.subarray(0, KEY_ID_BYTES).equals(key.id)) return null
  const valid = verify(null, Buffer.from(note.slice(0, end)), key.key, signature.subarray(KEY_ID_BYTES))
  return valid ? checkpoint : null
}

/** Strict base64: null unless encoding the result gives the same text, so that no bit of it is free to change. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}
