import { join } from 'node:path'
import type { JsonObject } from '../adapter.ts'
import { isObject } from '../event.ts'
import { failClosed } from '../fail-closed.ts'
import { hookGroups, isOurs } from '../hook-groups.ts'
import type { AgentSetup } from '../setup.ts'
import { NAME } from './translate.ts'

/** The events that can block or rewrite, and the start of a session; `true` where the event takes a matcher. */
export const hookedEvents: Readonly<Record<string, boolean>> = {
  BeforeTool: true,
  AfterTool: true,
  BeforeAgent: false,
  SessionStart: false,
}

const groups = hookGroups({
  events: hookedEvents,
  callEvent: 'BeforeTool',
  hook(entry) {
    const { command, timeout } = failClosed(entry)
    // No name: a repository can switch hooks off by name, and would know ours.
    return { type: 'command', command, timeout: timeout * 1000 }
  },
  isOff,
})

export const geminiCliSetup: AgentSetup = {
  name: NAME,
  title: 'Gemini CLI',
  program: 'gemini',
  folder: ({ env, home }) => join(env['GEMINI_CLI_HOME'] || home, '.gemini'),
  hookFile: place => ({
    kind: 'shared-json',
    path: join(geminiCliSetup.folder(place), 'settings.json'),
    ...groups,
  }),
  managed: entry => [
    {
      path: {
        linux: '/etc/gemini-cli/settings.json',
        darwin: '/Library/Application Support/GeminiCli/settings.json',
      },
      content: `${JSON.stringify({ hooksConfig: { enabled: true }, ...groups.withHooks({}, entry) }, null, 2)}\n`,
    },
  ],
  entered: failClosed,
  canary: home => ({
    session_id: 'portcullis-doctor',
    transcript_path: '',
    cwd: home,
    hook_event_name: 'BeforeTool',
    timestamp: '2026-01-01T00:00:00.000Z',
    tool_name: 'run_shell_command',
    tool_input: { command: 'rm -rf "$HOME"' },
  }),
  isRefusal: ({ stdout, exitCode }) =>
    /"decision":"(?:deny|block)"/.test(stdout) || (exitCode === 2 && stdout.trim() === ''),
  limits: [
    'Gemini CLI has no fail-closed switch: our entry turns a crash, a missing program, an answer that is none and, where `timeout` is installed, a hang into a refusal, but an entry that Gemini itself gives up on lets the call run',
    'in a folder that is not trusted Gemini CLI runs no hook at all: interactively it then asks about each act itself, headless it does not start',
    'in a trusted folder a repository’s `.gemini/settings.json` can switch all hooks off with `hooksConfig.enabled`, which only the system settings overrule, or one hook by its exact command line with `hooksConfig.disabled`, which nothing overrules',
    'Gemini CLI does not promise that a hook can ask: what needs an approval is denied',
    'a masked output reaches the model as an error of the tool with the masked text, and images in it are left out',
    'a session cannot be refused at its start, only its prompts and tool calls',
    'tool calls carry no id, so they are not matched with what the gateway sees',
    '`google_web_search` and what `web_fetch` is redirected to are looked up at the vendor and pass no hook',
    'a prompt with a secret is stopped, but `gemini -p` ends with code 0; the reason stands on stderr',
  ],
}

function isOff(settings: JsonObject): boolean {
  const config = settings['hooksConfig']
  if (!isObject(config)) return false
  const disabled = config['disabled']
  return (
    config['enabled'] === false || (Array.isArray(disabled) && disabled.some(command => isOurs({ command })))
  )
}
