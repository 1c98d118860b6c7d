import { join } from 'node:path'
import { failClosed } from '../fail-closed.ts'
import { flatSettings } from '../flat-settings.ts'
import type { AgentSetup, HookEntry } from '../setup.ts'
import { NAME } from './translate.ts'

/** The events that can block: those before an act. */
const hookedEvents: readonly string[] = [
  'pre_run_command',
  'pre_write_code',
  'pre_read_code',
  'pre_mcp_tool_use',
  'pre_user_prompt',
]

/** No time limit is documented for an entry: ours ends it. The reason reaches the agent by stderr. */
function settingsFor(entry: HookEntry) {
  return flatSettings(hookedEvents, { command: failClosed(entry).command, show_output: false }, {})
}

const anyEntry = settingsFor({ command: '', timeout: 0 })

export const windsurfSetup: AgentSetup = {
  name: NAME,
  title: 'Windsurf',
  program: 'windsurf',
  folder: ({ home }) => join(home, '.codeium', 'windsurf'),
  hookFile: ({ home }) => ({
    kind: 'shared-json',
    path: join(home, '.codeium', 'windsurf', 'hooks.json'),
    withHooks: (settings, entry) => settingsFor(entry).withHooks(settings),
    withoutHooks: anyEntry.withoutHooks,
    obstacle: anyEntry.obstacle,
    guardsTools: settings => anyEntry.guards(settings, hookedEvents.slice(0, 4)),
  }),
  managed: entry => [
    {
      path: {
        linux: '/etc/windsurf/hooks.json',
        darwin: '/Library/Application Support/Windsurf/hooks.json',
      },
      content: `${JSON.stringify(settingsFor(entry).withHooks({}), null, 2)}\n`,
    },
  ],
  entered: failClosed,
  canary: home => ({
    agent_action_name: 'pre_run_command',
    trajectory_id: 'portcullis-doctor',
    tool_info: { command_line: 'rm -rf "$HOME"', cwd: home },
  }),
  isRefusal: ({ exitCode }) => exitCode === 2,
  limits: [
    'from the vendor’s documentation, not proven against the client here: the events, exit code 2, where the files are',
    'the client lets an act run when its hook fails; the entry turns a crash, a missing program and a hang into a refusal, but not a missing shell',
    'what needs an approval is refused, and a secret in a tool call refuses it: the client cannot ask or change an input',
    'the output of commands, files and MCP tools goes to the model as it is: no event can change it',
    'searches, web pages and the tools that have no event of their own pass unseen',
  ],
}
