import { join } from 'node:path'
import { flatSettings } from '../flat-settings.ts'
import type { AgentSetup, HookEntry } from '../setup.ts'
import { NAME } from './translate.ts'

/** The events that can block or rewrite, and the start of a session. */
const hookedEvents: readonly string[] = [
  'preToolUse',
  'beforeShellExecution',
  'beforeMCPExecution',
  'beforeReadFile',
  'beforeTabFileRead',
  'beforeSubmitPrompt',
  'subagentStart',
  'postToolUse',
  'sessionStart',
]

/** What every tool call passes; an older version knows only the three for a command, an MCP tool and a file. */
const guarding = ['preToolUse', 'beforeShellExecution', 'beforeMCPExecution', 'beforeReadFile']

/** `timeout` is in seconds, and failure would let the act run without `failClosed`. */
function settingsFor({ command, timeout }: HookEntry) {
  return flatSettings(hookedEvents, { command, timeout, failClosed: true }, { version: 1 })
}

const anyEntry = settingsFor({ command: '', timeout: 0 })

export const cursorSetup: AgentSetup = {
  name: NAME,
  title: 'Cursor',
  program: 'cursor',
  folder: ({ home }) => join(home, '.cursor'),
  hookFile: ({ home }) => ({
    kind: 'shared-json',
    path: join(home, '.cursor', 'hooks.json'),
    withHooks: (settings, entry) => settingsFor(entry).withHooks(settings),
    withoutHooks: anyEntry.withoutHooks,
    obstacle: anyEntry.obstacle,
    guardsTools: settings => anyEntry.guards(settings, guarding),
  }),
  managed: entry => [
    {
      path: { linux: '/etc/cursor/hooks.json', darwin: '/Library/Application Support/Cursor/hooks.json' },
      content: `${JSON.stringify(settingsFor(entry).withHooks({}), null, 2)}\n`,
    },
  ],
  canary: home => ({
    hook_event_name: 'beforeShellExecution',
    conversation_id: 'portcullis-doctor',
    command: 'rm -rf "$HOME"',
    cwd: home,
    workspace_roots: [home],
  }),
  isRefusal: ({ stdout, exitCode }) => exitCode === 2 || stdout.includes('"permission":"deny"'),
  limits: [
    'from the vendor’s documentation and published captures, not proven against the client here: the events, `failClosed`, the seconds of `timeout`, `updated_input`',
    'a version without `failClosed` lets the act run when the hook crashes or is too slow',
    'what needs an approval is refused: the client does not enforce `ask` on tool calls, and showed no question for commands',
    'the output of commands and built-in tools cannot be kept from the model, only that of MCP tools; the text of a file that is read is judged before',
    'a file that Cursor’s own index or a rule brings into the context passes no hook',
    'a user can take a user-level `hooks.json` away; the enterprise file needs an administrator',
  ],
}
