import { statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readPrivateFile, writePrivateFile } from '../../config/private-files.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { isKeyEnvironment, isKeyId } from './key-format.ts'
import { equalDigests, type Pepper, pepperFile, previousFile } from './pepper.ts'

const moment = z.iso.datetime()

const storedKey = z.strictObject({
  id: z.string().refine(isKeyId),
  env: z.string().refine(isKeyEnvironment),
  label: z.string().max(200),
  roles: z.array(z.string().min(1)),
  /** HMAC-SHA256 of the whole key, hexadecimal. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** Which pepper made the digest. */
  pepper: z.string(),
  created: moment,
  expires: moment.nullable(),
  revoked: moment.nullable(),
  /** The key this one replaces. */
  rotatedFrom: z.string().nullable(),
  /** The key that replaces this one; it is good until `graceUntil`. */
  replacedBy: z.string().nullable(),
  graceUntil: moment.nullable(),
})

const event = z.strictObject({
  level: z.enum(['info', 'warn']),
  component: z.literal('client-keys'),
  event: z.enum(['key.created', 'key.revoked', 'key.rotated', 'key.rotated-use', 'key.pepper-rotated']),
  user: z.string(),
  result: z.literal('success'),
  metadata: z.record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]),
  ),
  sourceAddress: z.string(),
})

const content = z.strictObject({
  version: z.literal(1),
  keys: z.array(storedKey),
  /** Events of changes made here that the journal does not hold yet. */
  outbox: z.array(event),
  mac: z.string(),
})

export type StoredKey = z.output<typeof storedKey>

/** A change of the keys, in the shape of an audit event. */
export type KeyEvent = z.output<typeof event>

export interface KeyFile {
  readonly keys: readonly StoredKey[]
  readonly outbox: readonly KeyEvent[]
}

function keyFilePath(folder: string): string {
  return join(folder, 'client-keys.json')
}

/**
 * Reads and checks the keys; a missing file means no keys. Throws `file.insecure` when others can reach it,
 * `credentials.missing` when its pepper is gone, `credentials.malformed` when it was damaged or edited by hand.
 */
export function readKeyFile(folder: string, peppers: readonly Pepper[]): KeyFile {
  const path = keyFilePath(folder)
  const bytes = readPrivateFile(path)
  if (bytes === null) return { keys: [], outbox: [] }
  if (peppers.length === 0) {
    throw new PortcullisError(
      'credentials.missing',
      `\`${pepperFile(folder)}\` is missing, so no client key can be checked`,
      `restore it from a backup, or remove \`${path}\` and make new keys with \`portcullis keys create\``,
    )
  }
  const raw = parseJson(bytes, path)
  const parsed = content.safeParse(raw)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw malformed(path, `at \`${issue?.path.join('.') || 'its top'}\`: ${issue?.message.toLowerCase()}`)
  }
  const { keys, outbox, mac } = parsed.data
  const sealed = Buffer.from(mac, 'hex')
  if (!peppers.some(pepper => equalDigests(seal(pepper, keys, outbox), sealed))) {
    throw malformed(path, 'its seal does not match, so it was not written by `portcullis keys`')
  }
  return { keys, outbox }
}

export async function writeKeyFile(folder: string, pepper: Pepper, { keys, outbox }: KeyFile): Promise<void> {
  const mac = seal(pepper, keys, outbox).toString('hex')
  const text = JSON.stringify({ version: 1, keys, outbox, mac }, null, 2)
  await writePrivateFile(keyFilePath(folder), `${text}\n`)
}

/** Changes whenever one of the files does; a stat costs microseconds, a read would not. */
export function fileSignature(folder: string): string {
  return [keyFilePath(folder), pepperFile(folder), previousFile(folder)].map(signature).join(' ')
}

function signature(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? '-' : `${stats.ino}.${stats.size}.${stats.mtimeNs}.${stats.ctimeNs}`
}

/** Keyed, so that a role or a revocation edited into the file by somebody without the pepper is noticed. */
function seal(pepper: Pepper, keys: readonly StoredKey[], outbox: readonly KeyEvent[]): Buffer {
  const inOrder = content.omit({ mac: true }).parse({ version: 1, keys, outbox })
  return pepper.digest(`portcullis key file ${JSON.stringify(inOrder)}`)
}

function parseJson(bytes: Buffer, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw malformed(path, 'it is not json', error)
  }
}

function malformed(path: string, why: string, cause?: unknown): PortcullisError {
  return new PortcullisError(
    'credentials.malformed',
    `\`${path}\` cannot be trusted: ${why}`,
    'restore it from a backup, or remove it and make new keys with `portcullis keys create`',
    cause,
  )
}
