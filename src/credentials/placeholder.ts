import { createHmac } from 'node:crypto'
import { createPrivateFile, readPrivateFile } from '../config/private-files.ts'
import { PortcullisError } from '../kernel/errors.ts'
import type { Random } from '../kernel/random.ts'
import { Secret } from '../kernel/secret.ts'

const KEY_BYTES = 32
const DIGITS = 8
const REMEMBERED = 4_096

/**
 * Makes `<masked:kind:8 hex>`: the same for the same secret and key, and without the key no help in guessing a short secret.
 * The kind is part of what is signed, so two kinds never share a placeholder by chance of one secret.
 */
export function createPlaceholder(key: Secret): (kind: string, secret: string) => string {
  const bytes = Buffer.from(key.reveal(), 'base64url')
  const remembered = new Map<string, string>()
  return (kind, secret) => {
    const name = `${kind}\0${secret}`
    const known = remembered.get(name)
    if (known !== undefined) return known
    const digest = createHmac('sha256', bytes).update('placeholder\0').update(name).digest('hex')
    const placeholder = `<masked:${kind}:${digest.slice(0, DIGITS)}>`
    if (remembered.size >= REMEMBERED) remembered.clear()
    remembered.set(name, placeholder)
    return placeholder
  }
}

/** A keyed fingerprint of a secret for baselines: long enough not to collide, useless without the key. */
export function createFingerprint(key: Secret): (rule: string, secret: string) => string {
  const bytes = Buffer.from(key.reveal(), 'base64url')
  return (rule, secret) =>
    createHmac('sha256', bytes)
      .update('fingerprint\0')
      .update(`${rule}\0${secret}`)
      .digest('hex')
      .slice(0, 32)
}

/**
 * The random key kept in a file (0600 in a folder 0700), made at the first use; two processes that race agree on one.
 * Throws `file.insecure` when others can read or change it and `file.unreadable` when it cannot be read or made.
 */
export function loadOrCreateKeyFile(path: string, random: Random): Secret {
  const known = readPrivateFile(path)
  if (known !== null) return keyIn(path, known)
  const made = Buffer.from(random(new Uint8Array(KEY_BYTES))).toString('base64url')
  if (createPrivateFile(path, `${made}\n`)) return new Secret(made)
  // Another process made it a moment ago: one key for all.
  return keyIn(path, readPrivateFile(path))
}

function keyIn(path: string, bytes: Buffer | null): Secret {
  const text = bytes?.toString().trim() ?? ''
  if (Buffer.from(text, 'base64url').length === KEY_BYTES) return new Secret(text)
  throw new PortcullisError(
    'file.unreadable',
    `the key file \`${path}\` does not hold a key`,
    'delete the file and a new key is made; placeholders and baselines made with the old one no longer match',
  )
}
