import type { Call } from '../acts.ts'
import { comesFromStranger } from '../dispatch/elsewhere.ts'
import { judgeAssignment } from '../dispatch/environment.ts'
import { fork } from '../shell/state.ts'
import { byProgram } from './by-program.ts'

const NONE = { text: '', connected: false }

/** Programs that give variables to programs yet to come: `go env -w A=b`, `tmux setenv A b`, `cross-env A=b cmd`. */
export function judgeSetters(call: Call): void {
  const { name, args } = call
  judgeSources(call)
  if (name === 'go' && args[0] === 'env' && args.includes('-w')) judgePairs(call, args)
  else if (/^(?:systemctl|dbus-update-activation-environment|snapctl)$/.test(name)) judgePairs(call, args)
  else if (name === 'launchctl' && args[0] === 'setenv') judgePair(call, args[1], args[2])
  else if (/^(?:gh|glab)$/.test(name) && args[0] === 'config' && args[1] === 'set') judgeForge(call)
  else if (/^(?:npm|pnpm|yarn)$/.test(name) && /^(?:config|c|set)$/.test(args[0] ?? '')) judgeNpm(call)
  else if (name === 'tmux') judgeTmux(call, args)
  else if (/^(?:cross-env|cross-env-shell|env-cmd)$/.test(name))
    call.shell.runArgv(['env', ...args], NONE, fork(call.state))
}

function judgePairs(call: Call, words: readonly string[]): void {
  for (const word of words) {
    const at = word.indexOf('=')
    if (at > 0 && /^\w+$/.test(word.slice(0, at))) judgePair(call, word.slice(0, at), word.slice(at + 1))
  }
}

function judgePair({ shell, state }: Call, name: string | undefined, value: string | undefined): void {
  if (name !== undefined && value !== undefined) judgeAssignment(shell, name, value, fork(state), true)
}

/** What npm is configured with, it reads as it reads the variables of the same names. */
function judgeNpm(call: Call): void {
  const words = call.args.filter(arg => !arg.startsWith('-') && !/^(?:config|c|set)$/.test(arg))
  const pairs = words.length === 2 && !words[0]!.includes('=') ? [`${words[0]}=${words[1]}`] : words
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    if (at > 0 && call.name === 'yarn')
      judgePair(call, `YARN_${snakeCase(pair.slice(0, at)).toUpperCase()}`, pair.slice(at + 1))
    if (at > 0) judgePair(call, `npm_config_${snakeCase(pair.slice(0, at))}`, pair.slice(at + 1))
  }
}

/** `gh config set editor X` is what GH_EDITOR is. */
function judgeForge(call: Call): void {
  const [key, value] = call.args.slice(2).filter(arg => !arg.startsWith('-'))
  if (key !== undefined) judgePair(call, `GH_${key.toUpperCase()}`, value)
}

/** Uses that make an address a source of packages or templates from now on. */
const SOURCES: readonly (readonly [programs: RegExp, when: RegExp])[] = [
  [/^(?:dotnet|nuget)$/, /^(?:nuget\s+)?(?:add|update|sources)\s/],
  [/^(?:conda|mamba|micromamba)$/, /^config\s.*(?:channel|default_channels|proxy)/],
  [/^(?:poetry|pdm|rye|uv)$/, /^(?:source|config)\s/],
  [/^(?:bundle|gem)$/, /^(?:config|sources?)\s/],
  [/^rails$/, /(?:^|\s)(?:-m|--template|LOCATION=)/],
  [/^(?:flatpak|snap)$/, /^remote-(?:add|modify)\s/],
]

const sourcesOf = byProgram(SOURCES)

function judgeSources(call: Call): void {
  const rows = sourcesOf(call.name)
  if (rows.length === 0) return
  const text = call.args.join(' ')
  for (const [, when] of rows)
    if (when.test(text))
      for (const arg of call.args) {
        const at = arg.search(/\w+:\/\//)
        if (at >= 0 && comesFromStranger(call.shell, arg.slice(at), call.state))
          call.shell.raise('command.installs-package', call.name, text)
      }
}

const snakeCase = (name: string) => name.replace(/([a-z])([A-Z])/g, '$1_$2').replace(/-/g, '_')

/** Commands of tmux whose words are shell text, and those whose words are commands of tmux again. */
const TMUX_RUNS =
  /^(?:run-shell|run|if-shell|if|pipe-pane|pipep|display-popup|popup|new-window|neww|new-session|new|split-window|splitw|respawn-pane|respawnp|respawn-window|respawnw)$/
const TMUX_NESTS = /^(?:set-hook|bind-key|bind|confirm-before|confirm|command-prompt|if-shell|if)$/
const TMUX_OPTIONS = /^(?:set-option|set|set-window-option|setw)$/
const TMUX_RUN_OPTIONS =
  /^(?:default-command|default-shell|copy-command|editor|lock-command|update-environment)$/
const MOST_NESTED = 4

function judgeTmux(call: Call, words: readonly string[], depth = 0): void {
  const separated = words.flatMap(word => (word === '\\;' ? [';'] : [word]))
  let start = 0
  for (let at = 0; at <= separated.length; at++)
    if (at === separated.length || separated[at] === ';') {
      judgeTmuxCommand(call, separated.slice(start, at), depth)
      start = at + 1
    }
}

function judgeTmuxCommand(call: Call, words: readonly string[], depth: number): void {
  // Options of tmux itself come before the command: `tmux -L socket set-hook …`.
  const verbAt = words.findIndex(word => /^[a-z]/.test(word))
  if (verbAt < 0) return
  const verb = words[verbAt]!
  const rest = words.slice(verbAt + 1)
  const operands = rest.filter(word => !/^-\w+$/.test(word))
  if (/^(?:set-environment|setenv)$/.test(verb)) judgePair(call, operands.at(-2), operands.at(-1))
  if (TMUX_OPTIONS.test(verb) && TMUX_RUN_OPTIONS.test(operands.at(-2) ?? '')) runText(call, operands.at(-1)!)
  if (TMUX_RUNS.test(verb)) for (const text of operands) if (/\s/.test(text)) runText(call, text)
  if (depth > MOST_NESTED || !TMUX_NESTS.test(verb)) return
  for (const [at, operand] of operands.entries()) {
    if (TMUX_RUNS.test(operand)) {
      judgeTmux(call, operands.slice(at), depth + 1)
      return
    }
    if (/^[a-z-]+\s/.test(operand)) judgeTmux(call, splitWords(operand), depth + 1)
  }
}

function runText({ shell, state }: Call, text: string): void {
  shell.runText(text, NONE, fork(state))
}

/** Words of a tmux command line, with quotes as the shell has them. */
function splitWords(line: string): string[] {
  const words = line.slice(0, 4_096).match(/"(?:[^"\\]|\\.)*"|'[^']*'|\{[^{}]*\}|[^\s"'{}]+/g) ?? []
  return words.map(word =>
    word
      .replace(/^(["'{])(.*)["'}]$/s, '$2')
      .replace(/\\(["$\\])/g, '$1')
      .trim(),
  )
}
