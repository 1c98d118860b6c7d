import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs'
import { PortcullisError, systemCode } from '../../../kernel/errors.ts'
import { Secret } from '../../../kernel/secret.ts'
import type { SecretSource } from '../source.ts'

const LARGEST_BYTES = 64 * 1024
const OTHERS = 0o077

interface Seen {
  readonly stamp: string
  readonly secret: Secret | null
}

/** A secret in a file of its own, surrounding white space left out. The file is read again when it has changed. */
export function fileSecretSource(path: string): SecretSource {
  let seen: Seen | null = null
  return {
    read() {
      const stats = statOrNull(path)
      if (!stats) {
        seen = null
        return null
      }
      if (seen?.stamp !== stampOf(stats)) seen = readSecret(path)
      return seen?.secret ?? null
    },
  }
}

function readSecret(path: string): Seen | null {
  const descriptor = openOrNull(path)
  if (descriptor === null) return null
  try {
    // The open file is judged: the name could be pointed elsewhere between a look and a read.
    const stats = fstatSync(descriptor)
    refuseUnfit(path, stats)
    const text = readFileSync(descriptor, 'utf8').trim()
    return { stamp: stampOf(stats), secret: text === '' ? null : new Secret(text) }
  } finally {
    closeSync(descriptor)
  }
}

function refuseUnfit(path: string, stats: Stats): void {
  if (!stats.isFile()) throw unreadable(path, 'it is not a regular file')
  if (stats.size > LARGEST_BYTES) throw unreadable(path, 'it is too large to hold one secret')
  const user = process.geteuid?.()
  if (user === undefined) return // Windows has no such modes.
  if (stats.uid !== user && stats.uid !== 0) {
    throw insecure(
      path,
      `belongs to another user (uid ${stats.uid})`,
      `run \`chown ${user} '${path}'\` if it is yours`,
    )
  }
  if ((stats.mode & OTHERS) !== 0) {
    const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0')
    throw insecure(
      path,
      `is open to others (mode ${mode})`,
      `run \`chmod 600 '${path}'\` and replace the secret`,
    )
  }
}

/** Mode and owner are part of the stamp: a `chmod` that opens the file must not go unseen. */
function stampOf({ dev, ino, size, mtimeMs, ctimeMs, mode, uid }: Stats): string {
  return [dev, ino, size, mtimeMs, ctimeMs, mode, uid].join(':')
}

function statOrNull(path: string): Stats | null {
  try {
    return statSync(path)
  } catch (error) {
    return nullIfAbsent(path, error)
  }
}

function openOrNull(path: string): number | null {
  try {
    // Non-blocking, so that a FIFO in the file's place cannot hang the gate.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    return nullIfAbsent(path, error)
  }
}

function nullIfAbsent(path: string, error: unknown): null {
  const code = systemCode(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') return null
  throw unreadable(path, code ?? 'unknown fault', error)
}

function unreadable(path: string, why: string, cause?: unknown): PortcullisError {
  const remedy = 'check that it is a file and that its owner is the user who runs portcullis'
  return new PortcullisError('file.unreadable', `\`${path}\` cannot be read: ${why}`, remedy, cause)
}

function insecure(path: string, what: string, remedy: string): PortcullisError {
  return new PortcullisError('file.insecure', `the file \`${path}\` ${what}`, remedy)
}
