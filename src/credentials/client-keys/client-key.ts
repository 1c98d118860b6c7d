import type { StoredKey } from './key-file.ts'

/** One client key as everybody may see it; times in milliseconds since the Unix epoch. */
export interface ClientKey {
  readonly id: string
  readonly env: string
  readonly label: string
  readonly roles: readonly string[]
  readonly created: number
  readonly expires: number | null
  readonly revoked: number | null
  readonly rotatedFrom: string | null
  readonly replacedBy: string | null
  readonly graceUntil: number | null
}

/** `grace`: replaced by another key, but still good for a while. `replaced`: that while is over. */
export type ClientKeyState = 'active' | 'grace' | 'replaced' | 'expired' | 'revoked'

export function keyState(key: ClientKey, now: number): ClientKeyState {
  if (key.revoked !== null) return 'revoked'
  if (key.expires !== null && now >= key.expires) return 'expired'
  if (key.graceUntil === null) return 'active'
  return now < key.graceUntil ? 'grace' : 'replaced'
}

export function isUsable(state: ClientKeyState): boolean {
  return state === 'active' || state === 'grace'
}

export function fromStored(stored: StoredKey): ClientKey {
  const { id, env, label, roles, rotatedFrom, replacedBy } = stored
  return {
    id,
    env,
    label,
    roles,
    rotatedFrom,
    replacedBy,
    created: Date.parse(stored.created),
    expires: parseMoment(stored.expires),
    revoked: parseMoment(stored.revoked),
    graceUntil: parseMoment(stored.graceUntil),
  }
}

function parseMoment(text: string | null): number | null {
  return text === null ? null : Date.parse(text)
}
