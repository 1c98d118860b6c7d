import { join } from 'node:path'
import type { AgentSetup, UserPlace } from '../setup.ts'
import { pluginText } from './plugin.ts'
import { NAME } from './translate.ts'

function folder({ env, home }: UserPlace): string {
  return join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'opencode')
}

export const opencodeSetup: AgentSetup = {
  name: NAME,
  title: 'OpenCode',
  program: 'opencode',
  folder,
  hookFile: place => ({
    kind: 'own',
    path: join(folder(place), 'plugin', 'portcullis.js'),
    content: pluginText,
  }),
  managed: () => [],
  canary: home => ({
    event: 'tool.execute.before',
    directory: home,
    sessionID: 'portcullis-doctor',
    callID: 'portcullis-canary',
    tool: 'bash',
    args: { command: 'rm -rf "$HOME"', description: 'canary' },
  }),
  isRefusal: ({ stdout, exitCode }) => exitCode === 2 || stdout.includes('"decision":"deny"'),
  limits: [
    'measured with 1.18.33: `--pure` and `OPENCODE_PURE` start the client without plugins, and a plugin file that cannot be loaded is skipped with a line in the log',
    'what needs an approval is refused: the client calls no plugin when it asks (`permission.ask` is never triggered in 1.18.33)',
    'the text of a tool’s error passes no hook; the reason a prompt was refused stands in the client’s log, its screen says `Unexpected server error`',
    'commands a person types with `!` and the shell lines of a command template pass no hook',
    'a user-level plugin can be taken away by its user; the vendor’s managed settings are not written here',
  ],
}
