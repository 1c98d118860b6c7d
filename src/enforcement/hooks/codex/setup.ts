import { join } from 'node:path'
import type { JsonObject } from '../adapter.ts'
import { failClosed } from '../fail-closed.ts'
import { hookGroups } from '../hook-groups.ts'
import type { AgentSetup, HookEntry, UserPlace } from '../setup.ts'
import { NAME } from './translate.ts'
import { trustOf, trustToml, untrusted } from './trust.ts'

/** The events that can block or rewrite, and the start of a session; `true` where the event takes a matcher. */
export const hookedEvents: Readonly<Record<string, boolean>> = {
  PreToolUse: true,
  PermissionRequest: true,
  PostToolUse: true,
  UserPromptSubmit: false,
  SessionStart: true,
}

const groups = hookGroups({
  events: hookedEvents,
  callEvent: 'PreToolUse',
  hook(entry) {
    const { command, timeout } = failClosed(entry)
    return { type: 'command', command, timeout }
  },
  // Codex has its switch in config.toml, which is not this file.
  isOff: () => false,
})

export const codexSetup: AgentSetup = {
  name: NAME,
  title: 'Codex',
  program: 'codex',
  folder,
  hookFile: place => ({ kind: 'shared-json', path: join(folder(place), 'hooks.json'), ...groups }),
  managed: entry => [{ path: { linux: '/etc/codex/requirements.toml' }, content: requirements(entry) }],
  approval(place, settings) {
    const path = join(folder(place), 'hooks.json')
    const hooks = trustOf(path, settings)
    return {
      path: join(folder(place), 'config.toml'),
      isGiven: text => untrusted(hooks, text).length === 0,
      how: 'start `codex`, open `/hooks`, look at the entries and trust them; until then Codex skips them',
      lines: trustToml(hooks),
    }
  },
  entered: failClosed,
  canary: home => ({
    session_id: 'portcullis-doctor',
    turn_id: 'portcullis-doctor',
    transcript_path: null,
    cwd: home,
    hook_event_name: 'PreToolUse',
    model: 'canary',
    permission_mode: 'default',
    tool_name: 'Bash',
    tool_input: { command: 'rm -rf "$HOME"' },
    tool_use_id: 'call_portcullis_canary',
  }),
  isRefusal: ({ exitCode }) => exitCode === 2,
  limits: [
    'Codex skips a hook of the user’s that was not trusted in `/hooks`, in silence under `codex exec`, and again after each change of the entry; managed hooks need no trust',
    'Codex has no fail-closed switch: our entry turns a crash, a missing program, an answer that is none and, where `timeout` is installed, a hang into a refusal, but an entry that Codex itself cannot start lets the command run',
    'Codex has hooks off under `--disable hooks` and `features.hooks = false`; `requirements.toml` overrules both',
    'what a model types into a running terminal (`write_stdin`) passes no hook, and neither does what it shows before it ends: set `features.unified_exec_tty = false` (`codex features disable unified_exec_tty`), as our managed file does',
    'Codex cannot ask through a hook: what needs an approval is denied',
    'a masked output reaches the model as an error of the tool with the masked text, and ends a script of Code Mode there',
    '`web_search` runs at the vendor and passes no hook',
    'a prompt with a secret is stopped, but `codex exec` shows no reason for it and ends with code 0',
    'Codex does not say which folder it was started in: a command in another working folder is judged as if that were the project',
  ],
}

function folder({ env, home }: UserPlace): string {
  return env['CODEX_HOME'] || join(home, '.codex')
}

/** Hooks that need no trust and cannot be switched off, and no terminals that can be typed into unseen. */
function requirements(entry: HookEntry): string {
  const { hooks } = groups.withHooks({}, entry) as { hooks: Record<string, readonly JsonObject[]> }
  const tables = Object.entries(hooks).flatMap(([event, list]) => list.map(group => tableOf(event, group)))
  return ['[features]\nhooks = true\nunified_exec_tty = false\n', ...tables].join('\n')
}

function tableOf(event: string, { matcher, hooks }: JsonObject): string {
  const [hook] = hooks as readonly [{ command: string; timeout: number }]
  const start = `[[hooks.${event}]]\n${typeof matcher === 'string' ? `matcher = ${quote(matcher)}\n` : ''}`
  const { command, timeout } = hook
  return `${start}\n[[hooks.${event}.hooks]]\ntype = "command"\ncommand = ${quote(command)}\ntimeout = ${timeout}\n`
}

/** A basic string of TOML; JSON escapes the same characters the same way. */
function quote(text: string): string {
  return JSON.stringify(text)
}
