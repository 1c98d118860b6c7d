import { join } from 'node:path'
import { ensurePrivateFolder } from '../../config/private-files.ts'
import type { Clock } from '../../kernel/clock.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { type Random, systemRandom } from '../../kernel/random.ts'
import type { Secret } from '../../kernel/secret.ts'
import { withFileLock } from '../file-lock.ts'
import { type ClientKey, fromStored, isUsable, keyState } from './client-key.ts'
import {
  fileSignature,
  type KeyEvent,
  type KeyFile,
  readKeyFile,
  type StoredKey,
  writeKeyFile,
} from './key-file.ts'
import { createClientKey, isKeyEnvironment } from './key-format.ts'
import { type Examination, examineKey, readKeyRing } from './key-ring.ts'
import { createKeyUses } from './key-uses.ts'
import { createPepper, ensurePepper, type Pepper, readPeppers, replacePepper } from './pepper.ts'

export type { ClientKey } from './client-key.ts'
export { keyState } from './client-key.ts'
export type { KeyEvent } from './key-file.ts'
export type { Examination } from './key-ring.ts'

/** How long a change made by another process may stay unseen. */
const FRESH_MS = 200

interface NewClientKey {
  readonly label?: string
  readonly env?: string
  readonly roles?: readonly string[]
  readonly expiresInSeconds?: number
}

/** A key as it is made: the one moment at which its text exists here. */
export interface IssuedClientKey {
  readonly key: ClientKey
  readonly secret: Secret
}

/** Where events go; the journal is one. Resolves once the event is durable. */
interface KeyEventLog {
  append(event: KeyEvent): Promise<unknown>
}

export interface ClientKeys {
  /** The key a secret opens, or null: unknown, malformed, expired and revoked alike, at the same cost. Throws when the files cannot be trusted. */
  verify(secret: Secret): ClientKey | null
  /** `verify` with the reason, for the record only. */
  examine(secret: Secret): Examination
  create(wanted: NewClientKey): Promise<IssuedClientKey>
  /** Every key ever made, oldest first. */
  list(): readonly ClientKey[]
  /** Throws `credentials.not-found` for an unknown id; revoking twice is harmless. */
  revoke(id: string): Promise<ClientKey>
  /** Replaces a key by a new one with the same roles; the old one works for `graceSeconds` more. */
  rotate(id: string, graceSeconds: number): Promise<IssuedClientKey>
  /** Makes a new pepper; keys made with the one before keep working, those made with an older one must have been replaced. */
  rotatePepper(): Promise<void>
  /** When a key was last used, as far as this process or the last one to `watch` noted it; never a ground for a decision. */
  lastUsed(id: string): number | null
  /** Hands the events of changes not yet recorded to the journal, each at least once; answers how many. */
  drain(log: KeyEventLog): Promise<number>
  /** Drains now and then until stopped, so that what other processes change reaches the journal this one holds. */
  watch(log: KeyEventLog, onFault: (error: unknown) => void): () => Promise<void>
}

export interface ClientKeysOptions {
  readonly folder: string
  readonly clock: Clock
  readonly random?: Random
  /** Who changes keys here, for the record. */
  readonly actor?: string
}

/** Opens the key files of a folder; nothing is made until the first key is. Throws when what is there cannot be trusted. */
export async function openClientKeys(options: ClientKeysOptions): Promise<ClientKeys> {
  const { folder, clock, random = systemRandom, actor = 'anonymous' } = options
  const standIns = {
    key: createClientKey('standin', random).secret.reveal(),
    pepper: createPepper(random(new Uint8Array(32))),
  }
  const uses = createKeyUses(folder)
  let ring = readKeyRing(folder)
  let checked = clock.monotonic()

  /** The keys as they are on disk, at most `FRESH_MS` old. A fault stays a fault until the files are mended. */
  function current() {
    if (clock.monotonic() - checked >= FRESH_MS) {
      refresh()
      checked = clock.monotonic()
    }
    return ring
  }

  function refresh(): void {
    if (fileSignature(folder) !== ring.signature) ring = readKeyRing(folder)
  }

  function examine(secret: Secret): Examination {
    const now = clock.now()
    const examination = examineKey(current(), secret.reveal(), now, standIns)
    uses.note(examination, now)
    return examination
  }

  /** One change, alone on the machine: read, change, write with its event, see the result. */
  async function update<T>(
    change: (file: KeyFile, pepper: Pepper) => { file: KeyFile; answer: T },
  ): Promise<T> {
    ensurePrivateFolder(folder)
    return withFileLock(join(folder, 'client-keys.lock'), async () => {
      const peppers = await ensurePepper(folder, random)
      const { file, answer } = change(readKeyFile(folder, peppers), peppers[0]!)
      await writeKeyFile(folder, peppers[0]!, file)
      ring = readKeyRing(folder)
      return answer
    })
  }

  function issue(
    { keys }: KeyFile,
    pepper: Pepper,
    wanted: NewClientKey,
    rotatedFrom: string | null,
  ): { stored: StoredKey; issued: IssuedClientKey } {
    const { env = 'live', label = '', roles = [], expiresInSeconds } = wanted
    const now = clock.now()
    let made = createClientKey(env, random)
    while (keys.some(key => key.id === made.id)) made = createClientKey(env, random)
    const stored: StoredKey = {
      id: made.id,
      env,
      label,
      roles: [...new Set(roles)],
      digest: pepper.digest(made.secret.reveal()).toString('hex'),
      pepper: pepper.id,
      created: new Date(now).toISOString(),
      expires: expiresInSeconds === undefined ? null : new Date(now + expiresInSeconds * 1000).toISOString(),
      revoked: null,
      rotatedFrom,
      replacedBy: null,
      graceUntil: null,
    }
    return { stored, issued: { key: fromStored(stored), secret: made.secret } }
  }

  function moment(secondsFromNow: number): string {
    return new Date(clock.now() + secondsFromNow * 1000).toISOString()
  }

  function event(name: KeyEvent['event'], metadata: KeyEvent['metadata']): KeyEvent {
    return {
      level: 'info',
      component: 'client-keys',
      event: name,
      user: actor,
      result: 'success',
      metadata,
      sourceAddress: 'local',
    }
  }

  async function drain(log: KeyEventLog): Promise<number> {
    const seen = uses.take()
    for (const [index, use] of seen.entries()) {
      try {
        await log.append(use)
      } catch (error) {
        uses.putBack(seen.slice(index))
        throw error
      }
    }
    await uses.save(clock.now())
    refresh()
    return seen.length + (ring.hasOutbox ? await drainOutbox(log) : 0)
  }

  /** Recorded first, then forgotten: a crash in between records an event twice, never not at all. */
  function drainOutbox(log: KeyEventLog): Promise<number> {
    return withFileLock(join(folder, 'client-keys.lock'), async () => {
      const peppers = readPeppers(folder)
      const { keys, outbox } = readKeyFile(folder, peppers)
      for (const waiting of outbox) await log.append(waiting)
      if (outbox.length > 0) await writeKeyFile(folder, peppers[0]!, { keys, outbox: [] })
      ring = readKeyRing(folder)
      return outbox.length
    })
  }

  return {
    examine,
    drain,

    verify(secret) {
      const { key, outcome } = examine(secret)
      return key !== null && isUsable(outcome) ? key : null
    },

    async create(wanted) {
      refuseBadWishes(wanted)
      return update((file, pepper) => {
        const { stored, issued } = issue(file, pepper, wanted, null)
        const { id, env, label, roles, expires } = stored
        const created = event('key.created', { key: id, env, label, roles, expires })
        return { file: added(file, [stored], created), answer: issued }
      })
    },

    list: () => current().keys,

    revoke(id) {
      return update(file => {
        const stored = find(file, id)
        if (stored.revoked !== null) return { file, answer: fromStored(stored) }
        const revoked = { ...stored, revoked: moment(0) }
        return {
          file: added(file, [revoked], event('key.revoked', { key: id })),
          answer: fromStored(revoked),
        }
      })
    },

    async rotate(id, graceSeconds) {
      if (!(graceSeconds >= 0 && graceSeconds <= MAX_SECONDS)) throw new TypeError('grace is 0 to ten years')
      return update((file, pepper) => {
        const old = find(file, id)
        refuseUnusable(fromStored(old), clock.now())
        const { env, label, roles } = old
        const { stored, issued } = issue(file, pepper, { env, label, roles, ...lifetime(old) }, id)
        const replaced = { ...old, replacedBy: stored.id, graceUntil: moment(graceSeconds) }
        const rotated = event('key.rotated', {
          key: stored.id,
          replaces: id,
          graceUntil: replaced.graceUntil,
        })
        return { file: added(file, [replaced, stored], rotated), answer: issued }
      })
    },

    async rotatePepper() {
      ensurePrivateFolder(folder)
      await withFileLock(join(folder, 'client-keys.lock'), async () => {
        const before = await ensurePepper(folder, random)
        const file = readKeyFile(folder, before)
        refuseOrphans(file, before[0]!, clock.now())
        const [pepper] = await replacePepper(folder, random)
        await writeKeyFile(
          folder,
          pepper!,
          added(file, [], event('key.pepper-rotated', { pepper: pepper!.id })),
        )
        ring = readKeyRing(folder)
      })
    },

    lastUsed: id => uses.last(id),

    watch(log, onFault) {
      let running: Promise<void> | null = null
      const round = async () => {
        try {
          await drain(log)
        } catch (error) {
          onFault(error)
        }
        running = null
      }
      const timer = setInterval(() => {
        running ??= round()
      }, FRESH_MS)
      timer.unref()
      return async () => {
        clearInterval(timer)
        await running
        await uses.save(clock.now(), true)
      }
    },
  }
}

const MAX_SECONDS = 10 * 366 * 86_400

/** The file with keys added, or put in the place of those with the same id, and the event of it. */
function added(file: KeyFile, changed: readonly StoredKey[], happened: KeyEvent): KeyFile {
  const kept = file.keys.map(key => changed.find(({ id }) => id === key.id) ?? key)
  const fresh = changed.filter(({ id }) => !file.keys.some(key => key.id === id))
  return { keys: [...kept, ...fresh], outbox: [...file.outbox, happened] }
}

function find(file: KeyFile, id: string): StoredKey {
  const stored = file.keys.find(key => key.id === id)
  if (stored !== undefined) return stored
  throw new PortcullisError(
    'credentials.not-found',
    'no client key has this id',
    '`portcullis keys list` shows the ids; a whole key is not one, and should be kept out of commands',
  )
}

/** A replacement lives as long as the key it replaces was meant to. */
function lifetime({ created, expires }: StoredKey): { expiresInSeconds?: number } {
  if (expires === null) return {}
  return { expiresInSeconds: (Date.parse(expires) - Date.parse(created)) / 1000 }
}

function refuseBadWishes({ env = 'live', label = '', roles = [], expiresInSeconds = 1 }: NewClientKey): void {
  if (!isKeyEnvironment(env)) {
    throw usage(
      'the environment of a key is 1 to 12 of a-z and 0-9, beginning with a letter',
      'use for example `live`',
    )
  }
  if (label.length > 200 || /\p{C}/u.test(label)) {
    throw usage(
      'a label is at most 200 characters, all of them printable',
      'choose a shorter or plainer label',
    )
  }
  if (roles.some(role => role.trim() === '')) throw usage('a role has no name', 'leave it out, or name it')
  if (!(expiresInSeconds > 0 && expiresInSeconds <= MAX_SECONDS)) {
    throw usage('a key lives for more than no time and at most ten years', 'use for example `90d`')
  }
}

function refuseUnusable(key: ClientKey, now: number): void {
  const state = keyState(key, now)
  if (state === 'active') return
  const why = key.replacedBy === null ? state : `replaced by \`${key.replacedBy}\``
  throw usage(`client key \`${key.id}\` is ${why}`, 'make a new one with `portcullis keys create`')
}

/** Two peppers are known at a time, so a third would orphan the keys of the first. */
function refuseOrphans({ keys }: KeyFile, pepper: Pepper, now: number): void {
  const orphans = keys.filter(key => key.pepper !== pepper.id && isUsable(keyState(fromStored(key), now)))
  if (orphans.length === 0) return
  const ids = orphans.map(({ id }) => `\`${id}\``).join(', ')
  throw usage(`the pepper before is still needed by ${ids}`, 'rotate or revoke these keys first')
}

function usage(message: string, remedy: string): PortcullisError {
  return new PortcullisError('usage', message, remedy)
}
