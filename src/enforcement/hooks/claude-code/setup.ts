import { dirname } from 'node:path'
import type { AgentSetup } from '../setup.ts'
import { guardsTools, managedSettings, obstacle, withHooks, withoutHooks } from './settings.ts'
import { userSettingsPath } from './settings-change.ts'
import { NAME } from './translate.ts'

export const claudeCodeSetup: AgentSetup = {
  name: NAME,
  title: 'Claude Code',
  program: 'claude',
  folder: ({ env, home }) => dirname(userSettingsPath(env, home)),
  hookFile: ({ env, home }) => ({
    kind: 'shared-json',
    path: userSettingsPath(env, home),
    withHooks,
    withoutHooks,
    obstacle,
    guardsTools,
  }),
  managed: entry => [
    {
      path: {
        linux: '/etc/claude-code/managed-settings.json',
        darwin: '/Library/Application Support/ClaudeCode/managed-settings.json',
      },
      content: `${JSON.stringify(managedSettings(entry), null, 2)}\n`,
    },
  ],
  failsClosedFrom: {
    version: [2, 1, 295],
    before: 'ignores `onFailure: block`: a crashed hook lets the command run',
  },
  canary: home => ({
    session_id: 'portcullis-doctor',
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_use_id: 'toolu_portcullis_canary',
    tool_input: { command: 'rm -rf "$HOME"' },
    cwd: home,
  }),
  isRefusal: ({ stdout, exitCode }) => exitCode === 2 || stdout.includes('"permissionDecision":"deny"'),
  limits: [
    'a user-level hook is off under `--bare`, `--setting-sources project` and a repository’s own `disableAllHooks`; managed settings are not',
    '`@file` mentions, added folders and MCP resources pass no hook: the gateway masks what is in them',
    'a hook that ends well and writes garbage lets the act run, whatever `onFailure` says; ours writes JSON or exits with 2',
    'what an `Edit` replaces is looked for in the file before a hook is asked: a masked value there is put back by the gateway only (`gateway.restoreForFileTools`)',
    'a session cannot be refused at its start, only its prompts and tool calls',
  ],
}
