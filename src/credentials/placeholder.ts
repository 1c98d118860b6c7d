import { createHmac } from 'node:crypto'
import { chmodSync, linkSync, lstatSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { PortcullisError, systemCode } from '../kernel/errors.ts'
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
  try {
    return readKey(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw explain(path, error)
  }
  try {
    createKey(path, random)
    return readKey(path)
  } catch (error) {
    throw explain(path, error)
  }
}

function readKey(path: string): Secret {
  const { mode, uid } = lstatOf(path)
  if ((mode & 0o077) !== 0 || (process.getuid && uid !== process.getuid() && uid !== 0)) {
    throw new PortcullisError(
      'file.insecure',
      `others can read or change the key file \`${path}\``,
      `run \`chmod 600 ${path}\` after checking that the file is yours; if it may have been read, delete it and a new one is made`,
    )
  }
  const text = readFileSync(path, 'utf8').trim()
  if (Buffer.from(text, 'base64url').length !== KEY_BYTES) {
    throw new PortcullisError(
      'file.unreadable',
      `the key file \`${path}\` does not hold a key`,
      'delete the file and a new key is made; placeholders and baselines made with the old one no longer match',
    )
  }
  return new Secret(text)
}

/** A link where the key should be could point at anybody's file. */
function lstatOf(path: string) {
  const stat = lstatSync(path)
  if (stat.isFile()) return stat
  throw new PortcullisError(
    'file.insecure',
    `\`${path}\` is not a plain file`,
    'remove it and a new key is made',
  )
}

/** Written beside and linked into place, so that nobody ever reads half a key and the first of two writers wins. */
function createKey(path: string, random: Random): void {
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if ((lstatSync(folder).mode & 0o022) !== 0) chmodSync(folder, 0o700)
  const draft = `${path}.${process.pid}.${Buffer.from(random(new Uint8Array(6))).toString('hex')}`
  const key = Buffer.from(random(new Uint8Array(KEY_BYTES))).toString('base64url')
  writeFileSync(draft, `${key}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    linkSync(draft, path)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  } finally {
    unlinkSync(draft)
  }
}

function explain(path: string, error: unknown): PortcullisError {
  if (error instanceof PortcullisError) return error
  const code = systemCode(error) ?? 'unknown'
  return new PortcullisError(
    'file.unreadable',
    `the key file \`${path}\` cannot be read or made (${code})`,
    'check that the folder exists and belongs to you',
    error,
  )
}
