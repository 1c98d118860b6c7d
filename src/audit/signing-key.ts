import { createPrivateKey, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { createPrivateFile, readPrivateFile } from '../config/private-files.ts'
import { PortcullisError } from '../kernel/errors.ts'
import type { Random } from '../kernel/random.ts'

/** DER of an Ed25519 private key up to its 32 bytes (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Reads `<keys>/journal.key`, or makes it; refuses one that others can read. */
export function loadSigningKey(keys: string, random: Random): KeyObject {
  const path = join(keys, 'journal.key')
  const text = readPrivateFile(path)?.toString() ?? makeKey(path, random)
  try {
    const key = createPrivateKey(text)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // The parser's error may quote what it read: only our own sentence leaves this function.
  }
  throw new PortcullisError(
    'file.unreadable',
    `\`${path}\` holds no Ed25519 private key`,
    'restore the key from a backup; a new one can only begin a new journal',
  )
}

function makeKey(path: string, random: Random): string {
  const der = Buffer.concat([PKCS8_PREFIX, random(new Uint8Array(32))])
  const pem = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
    format: 'pem',
    type: 'pkcs8',
  })
  if (createPrivateFile(path, pem)) return pem.toString()
  // Another process made it a moment ago: one key for all.
  return readPrivateFile(path)?.toString() ?? ''
}
