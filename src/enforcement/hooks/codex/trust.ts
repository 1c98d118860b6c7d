import { createHash } from 'node:crypto'
import type { JsonObject } from '../adapter.ts'
import { isObject } from '../event.ts'
import { isOurs } from '../hook-groups.ts'

/** A hook as Codex remembers that its user trusts it: its place in the file, and what it is. */
interface TrustedHook {
  readonly key: string
  readonly hash: string
}

/** What Codex's `/hooks` would write down for our entries in `settings`, the content of the hooks file at `path`. */
export function trustOf(path: string, settings: JsonObject): readonly TrustedHook[] {
  const events = isObject(settings['hooks']) ? Object.entries(settings['hooks']) : []
  return events.flatMap(([event, groups]) =>
    list(groups).flatMap((group, groupIndex) =>
      list(isObject(group) ? group['hooks'] : undefined).flatMap((hook, hookIndex) => {
        if (!isObject(hook) || !isOurs(hook)) return []
        const label = event.replaceAll(/(?!^)[A-Z]/g, letter => `_${letter}`).toLowerCase()
        const matcher = isObject(group) ? group['matcher'] : undefined
        return [{ key: `${path}:${label}:${groupIndex}:${hookIndex}`, hash: hashOf(label, matcher, hook) }]
      }),
    ),
  )
}

/** The lines for `config.toml` that trust these hooks. */
export function trustToml(hooks: readonly TrustedHook[]): string {
  return hooks
    .map(({ key, hash }) => `[hooks.state.${JSON.stringify(key)}]\ntrusted_hash = "${hash}"\n`)
    .join('\n')
}

/** The hooks Codex would skip in silence, by the text of its `config.toml`. */
export function untrusted(hooks: readonly TrustedHook[], config: string | null): readonly TrustedHook[] {
  // A hash holds for one hook only, so finding it is enough; the text is TOML of any style.
  return hooks.filter(({ hash }) => config === null || !config.includes(hash))
}

/** The hash is over the canonical JSON of the hook (keys sorted), as 0.169 makes it; a test asks the client itself. */
function hashOf(label: string, matcher: unknown, { command, timeout }: JsonObject): string {
  const hook = { async: false, command, timeout, type: 'command' }
  const identity = { event_name: label, hooks: [hook], ...(typeof matcher === 'string' && { matcher }) }
  return `sha256:${createHash('sha256').update(JSON.stringify(identity)).digest('hex')}`
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
