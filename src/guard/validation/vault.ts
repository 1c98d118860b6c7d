import { Secret } from '../../kernel/secret.ts'
import type { Placeholder } from '../../rules/secrets/types.ts'

/**
 * The secrets behind the placeholders that were handed out, in the memory of this process alone: what was masked for one
 * session can be put back in that session and in no other.
 */
export interface SecretVault {
  readonly placeholder: Placeholder
  /** Something was masked on its way to the model of a session. */
  learn(session: string, kind: string, secret: string): void
  /** The secret behind a placeholder; `ambiguous` when two were given the same one. */
  find(session: string, placeholder: string): Secret | 'ambiguous' | undefined
}

interface VaultLimits {
  readonly sessions: number
  readonly secrets: number
  /** A longer secret is not kept. */
  readonly length: number
}

const defaults: VaultLimits = { sessions: 200, secrets: 500, length: 16 * 1024 }

type Session = Map<string, Secret | 'ambiguous'>

/** Bounded; the session that was silent for longest goes first, and in it the secret masked longest ago. */
export function createSecretVault(placeholder: Placeholder, limits: VaultLimits = defaults): SecretVault {
  const sessions = new Map<string, Session>()

  function open(name: string): Session {
    const session: Session = sessions.get(name) ?? new Map()
    sessions.delete(name)
    sessions.set(name, session)
    if (sessions.size > limits.sessions) sessions.delete(sessions.keys().next().value!)
    return session
  }

  return {
    placeholder,
    learn(name, kind, text) {
      if (text.length > limits.length) return
      const session = open(name)
      const key = placeholder(kind, text)
      const known = session.get(key)
      const isSame = known === undefined || (known !== 'ambiguous' && known.reveal() === text)
      session.delete(key)
      session.set(key, isSame ? (known ?? new Secret(text)) : 'ambiguous')
      if (session.size > limits.secrets) session.delete(session.keys().next().value!)
    },
    find: (name, key) => sessions.get(name)?.get(key),
  }
}
