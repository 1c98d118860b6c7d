import { join } from 'node:path'
import type { AgentSetup, HookEntry, UserPlace } from '../setup.ts'
import { NAME } from './translate.ts'

/** Written like this the payload says the event's name; in camel case it does not. */
export const hookedEvents: readonly string[] = [
  'PreToolUse',
  'PostToolUse',
  'UserPromptSubmit',
  'SessionStart',
]

function folder({ env, home }: UserPlace): string {
  return env['COPILOT_HOME'] || join(home, '.copilot')
}

/** Every word the client could be listening for, as nobody knows which event it was. */
const unheard = 'portcullis denied this: its hook could not run. Remedy: run portcullis doctor.'
const refusal = JSON.stringify({
  permissionDecision: 'deny',
  permissionDecisionReason: unheard,
  decision: 'block',
  reason: unheard,
})

/**
 * A program that is gone or crashes, or an answer that is none, would let a prompt or an output pass: the shell around
 * it turns them into a refusal. `timeoutSec` is in seconds.
 */
function hookFileText({ command, timeout }: HookEntry): string {
  const answers = `'0:{'*'}'|'2:{'*'}') printf '%s\\n' "$answer"`
  const bash = `answer=$(${command}); case $?:$answer in ${answers};; *) printf '%s\\n' '${refusal}';; esac`
  const entry = { type: 'command', bash, timeoutSec: timeout }
  const hooks = Object.fromEntries(hookedEvents.map(event => [event, [entry]]))
  return `${JSON.stringify({ version: 1, hooks }, null, 2)}\n`
}

export const copilotCliSetup: AgentSetup = {
  name: NAME,
  title: 'GitHub Copilot CLI',
  program: 'copilot',
  folder,
  hookFile: place => ({
    kind: 'own',
    path: join(folder(place), 'hooks', 'portcullis.json'),
    content: hookFileText,
  }),
  managed: () => [],
  canary: home => ({
    hook_event_name: 'PreToolUse',
    session_id: 'portcullis-doctor',
    cwd: home,
    tool_name: 'Bash',
    tool_input: { command: 'rm -rf "$HOME"' },
  }),
  isRefusal: ({ stdout, exitCode }) => exitCode === 2 || stdout.includes('"permissionDecision":"deny"'),
  limits: [
    'measured with 1.0.102: a hook that overruns its `timeoutSec` lets the tool call, the prompt or the output pass; ours gives up before',
    'the text of a tool’s error passes no hook that could change it',
    'a user-level hook file can be taken away by its user; the vendor’s managed settings are not written here',
    'Windows is not covered: the entries hold a shell command only',
    'chats in the editor and the cloud agent read other hook files: a repository’s own `.github/hooks`',
  ],
}
