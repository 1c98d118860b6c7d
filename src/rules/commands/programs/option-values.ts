import { isUnknown, UNKNOWN } from '../../paths/pattern.ts'
import { isWithin } from '../../paths/posix.ts'
import type { Call } from '../acts.ts'
import { judgeForeignCode } from '../code/foreign-code.ts'
import { hostOf, isThisMachine, someLieElsewhere } from '../dispatch/elsewhere.ts'
import { fork } from '../shell/state.ts'
import { LOADS_ANYWHERE, type OptionRole, optionRows } from './option-table.ts'

const LONGEST_NAME = 256
const NONE = { text: '', connected: false }

interface Given {
  readonly call: Call
  /** The option as it stands in the command. */
  readonly option: string
  readonly value: string
  /** The arguments after the value. */
  readonly rest: readonly string[]
}

/** Judges what a program is handed by options whose values are code, settings, lists or places to write. */
export function judgeOptionValues(call: Call): void {
  for (const [at, arg] of call.args.entries()) {
    const match = LOADS_ANYWHERE.exec(arg.slice(0, LONGEST_NAME))
    if (match) roles.load(givenAt(call, at, match[0].length))
  }
  judgeRows(call)
  const inner = innerOf(call)
  if (inner) judgeRows({ ...call, ...inner })
}

function judgeRows(call: Call): void {
  const { name, args } = call
  const rows = optionRows.get(name)
  if (!rows) return
  for (const [at, arg] of args.entries()) {
    if (!/^(?:[-@].|\w+=)/.test(arg)) continue
    // Names stand at the beginning; the rest may be of any length.
    const head = arg.slice(0, LONGEST_NAME)
    for (const { option, role, when } of rows) {
      const match = option.exec(head)
      if (match && !(when && !args.some(other => when.test(other))))
        roles[role](givenAt(call, at, match[0].length))
    }
  }
}

/** The value behind an option's name: glued, after `=` or `:`, or the next argument. */
function givenAt(call: Call, at: number, nameLength: number): Given {
  const option = call.args[at]!
  const isWhole = option.length === nameLength && !option.endsWith('=')
  const value = isWhole ? (call.args[at + 1] ?? '') : option.slice(nameLength).replace(/^[=:]/, '')
  return { call, option, value, rest: call.args.slice(isWhole ? at + 2 : at + 1) }
}

const roles: Readonly<Record<OptionRole, (given: Given) => void>> = {
  load: ({ call, option, value }) => {
    // What this very command wrote there can be read.
    const written = call.state.files.get(call.shell.path(value, call.state))
    if (value !== '' && written !== undefined && !isUnknown(written)) judgeForeignCode(call, written)
    else if (someLieElsewhere(call.shell, value, call.state))
      call.shell.raise('command.runs-code-of-other-folder', call.name, value || option)
  },
  command: given => {
    const { call, option, value } = given
    if (someLieElsewhere(call.shell, value, call.state))
      call.shell.raise('command.runs-code-of-other-folder', call.name, option)
    runApart(call, `${value} ${UNKNOWN}`)
  },
  code: ({ call, option, value }) => {
    call.shell.raise('command.runs-unknown-code', call.name, option)
    runApart(call, value)
  },
  read: ({ call, value }) => {
    if (value !== '' && value !== '-') call.shell.read(value, call.name, call.state)
  },
  personal: ({ call, value }) => {
    const { shell, state, name } = call
    const target = shell.path(value, state)
    if (value !== '' && !isWithin(target, shell.paths.canonical(shell.paths.workplace.project)))
      shell.act({ kind: 'read', program: name, target })
  },
  pipe: given =>
    roles[given.value.startsWith('|') ? 'code' : 'write']({
      ...given,
      value: given.value.replace(/^\|/, ''),
    }),
  names: ({ call, option, value }) => {
    const { shell, state, name, stdin } = call
    const fromInput = value === '-' || option === '--stdin-paths'
    const list = fromInput ? stdin.text : value === '' ? '' : shell.read(value, name, state)
    if (list.includes(UNKNOWN) || list.length > 20_000) return
    for (const line of list.split(/[\n\0]/).slice(0, 200))
      if (line.trim() !== '') shell.read(line.trim(), name, state)
  },
  write: ({ call, value }) => {
    if (value !== '' && value !== '-') call.shell.write(value, call.name, call.state)
  },
  fill: ({ call, value }) => {
    if (value === '') return
    const { shell, state, name } = call
    const folder = shell.path(value, state)
    for (const target of [folder, `${folder}/${UNKNOWN}`]) shell.act({ kind: 'write', program: name, target })
  },
  peer: ({ call, option, value }) => {
    const parts = value.split(/[\s,]+/).map(part => part.replace(/^host=/, ''))
    const hosts = parts.map(part => hostOf(part) ?? hostOf(`//${part}`))
    const isLocal = value === '' || /^(?:(?:unix|npipe|fd):|\/)/.test(value) || isUnknown(value)
    if (!isLocal && hosts.some(host => host !== undefined && !isThisMachine(host)))
      call.shell.raise('command.sends-unknown-data', call.name, option)
  },
  program: ({ call, value, rest }) => {
    if (value !== '') call.shell.runArgv([value, ...rest], NONE, fork(call.state))
  },
  listen: ({ call, option, value }) => {
    if (value === '0.0.0.0' || !isThisMachine(value))
      call.shell.raise('command.opens-listener', call.name, option)
  },
  forward: ({ call, value }) => {
    if (/^(?:0\.0\.0\.0|\*|\[::\])?:/.test(value))
      call.shell.raise('command.opens-listener', call.name, value)
  },
  act: ({ call, option }) => call.shell.raise('command.runs-unknown-code', call.name, option),
}

function runApart({ shell, state }: Call, code: string): void {
  shell.runText(code, NONE, fork(state))
}

const RUNNER = /^(?:npx|bunx|pnpx|uvx|pipx)$/
/** Managers that run a program of the project by its bare name; others need a verb. */
const RUNS_BARE = /^(?:yarn|pnpm|bun)$/
const NEEDS_VERB = /^(?:npm|bundle|composer|poetry|pdm|hatch|pipenv|uv|rye|dotnet|mise)$/
const RUNNING_VERB = /^(?:exec|x|dlx|run|tool)$/
const OWN_VERB =
  /^(?:view|install|add|remove|link|list|test|publish|pack|init|create|config|why|up|update|audit)$/

/** `npx eslint …`, `python -m pytest …`, `uv run mypy …`: what comes after is the inner program's. */
function innerOf({
  name,
  args,
}: Call): { readonly name: string; readonly args: readonly string[] } | undefined {
  if (name === 'python') {
    const at = args.slice(0, 4).indexOf('-m')
    return at < 0 ? undefined : programAt(args, at + 1)
  }
  const runsNow = RUNNER.test(name)
  if (!runsNow && !RUNS_BARE.test(name) && !NEEDS_VERB.test(name)) return undefined
  const first = args.findIndex(arg => !arg.startsWith('-'))
  if (first < 0) return undefined
  if (RUNNING_VERB.test(args[first]!)) {
    const next = args.findIndex((arg, index) => index > first && !arg.startsWith('-'))
    return next < 0 ? undefined : programAt(args, next)
  }
  return NEEDS_VERB.test(name) || OWN_VERB.test(args[first]!) ? undefined : programAt(args, first)
}

function programAt(args: readonly string[], at: number) {
  const name = args[at]?.replace(/(.)@[\w.^~-]+$/, '$1')
  return name === undefined || name.startsWith('-') ? undefined : { name, args: args.slice(at + 1) }
}
