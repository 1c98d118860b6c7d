import { UNKNOWN } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import { liesElsewhere, placesIn } from '../elsewhere.ts'
import { type OptionRole, optionRows } from './option-table.ts'

const NONE = { text: '', connected: false }

interface Given {
  readonly call: Call
  /** The option as it stands in the command. */
  readonly option: string
  readonly value: string
}

/** Judges what a program is handed by options whose values are code, settings, lists or places to write. */
export function judgeOptionValues(call: Call): void {
  const { name, args } = innerOf(call)
  const rows = optionRows.get(name)
  if (!rows) return
  args.forEach((arg, at) => {
    if (arg.length < 2 || arg[0] !== '-') {
      if (!/^[-/]?\w+=/.test(arg)) return
    }
    for (const row of rows) {
      const match = row.option.exec(arg)
      if (!match || (row.when && !args.some(other => row.when!.test(other)))) continue
      const glued = arg.slice(match[0].length).replace(/^[=:]/, '')
      const isWhole = arg.length === match[0].length && !arg.endsWith('=')
      roles[row.role]({
        call: { ...call, name, args },
        option: arg,
        value: isWhole ? (args[at + 1] ?? '') : glued,
      })
    }
  })
}

const roles: Readonly<Record<OptionRole, (given: Given) => void>> = {
  load: ({ call, option, value }) => {
    if (placesIn(value).some(place => liesElsewhere(call.shell, place, call.state)))
      call.shell.raise('command.runs-code-of-other-folder', call.name, value || option)
  },
  command: given => {
    const { call, option, value } = given
    if (value.split(/\s+/).some(word => liesElsewhere(call.shell, word, call.state)))
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
  source: ({ call, option, value }) => {
    if (/^(?:unix|npipe|fd):/.test(value)) return
    if (liesElsewhere(call.shell, value, call.state))
      call.shell.raise('command.sends-file', call.name, option)
  },
  act: ({ call, option }) => call.shell.raise('command.runs-unknown-code', call.name, option),
}

function runApart({ shell, state }: Call, code: string): void {
  shell.runText(code, NONE, { ...state, variables: new Map(state.variables) })
}

const RUNNER = /^(?:npx|bunx|pnpx|uvx|pipx)$/
const RUNNING_VERB = /^(?:exec|x|dlx|run|tool)$/

/** `npx eslint …`, `python -m pytest …`, `uv run mypy …`: the options are those of the program inside. */
function innerOf({ name, args }: Call): { readonly name: string; readonly args: readonly string[] } {
  if (name === 'python') {
    const at = args.indexOf('-m')
    return at >= 0 && at < 4 && args[at + 1] !== undefined
      ? { name: args[at + 1]!, args: args.slice(at + 2) }
      : { name, args }
  }
  const isRunner = RUNNER.test(name)
  if (!isRunner && !/^(?:npm|pnpm|yarn|bun|bundle|composer|dotnet)$/.test(name)) return { name, args }
  const first = args.findIndex(arg => !arg.startsWith('-'))
  if (first < 0) return { name, args }
  const runs = RUNNING_VERB.test(args[first]!)
  const at = runs ? args.findIndex((arg, index) => index > first && !arg.startsWith('-')) : first
  const inner = (args[at] ?? '').replace(/(.)@[\w.^~-]+$/, '$1')
  if (
    at < 0 ||
    !(isRunner || runs || optionRows.has(inner)) ||
    args.slice(0, at).some(arg => /^--?\w/.test(arg) && OWN_VALUE.test(arg))
  )
    return { name, args }
  return { name: inner, args: args.slice(at + 1) }
}

/** Options of the runner itself that would hide where the inner program begins; then all is read as its own. */
const OWN_VALUE = /^(?:-p|-c|--package|--call|--from|--with)$/
