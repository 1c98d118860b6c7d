import { isRemote, isUnknown, UNKNOWN } from '../../paths/pattern.ts'
import { isWithin } from '../../paths/posix.ts'
import type { Shell } from '../acts.ts'
import { shellTextsOf } from '../code/embedded.ts'
import { judgeForeignCode } from '../code/foreign-code.ts'
import { fork, type ShellState } from '../shell/state.ts'
import { comesFromStranger, hostOf, isThisMachine, someLieElsewhere } from './elsewhere.ts'
import { type Variable, type VariableRole, variableOf } from './environment-table.ts'

const NONE = { text: '', connected: false }

/** Variables that lead agents, guards or their clients elsewhere. */
const GUARD =
  /^(?:ANTHROPIC_BASE_URL|CLAUDE_CONFIG_DIR|CLAUDE_CODE_SIMPLE|CODEX_HOME|GEMINI_CLI_HOME|OPENCODE_PURE|OPENCODE_CONFIG(?:_\w+)?|COPILOT_HOME|PORTCULLIS_\w+|DISABLE_HOOKS)$/

const RECORDS = /^(?:HISTFILE|HISTSIZE|HISTFILESIZE|HISTCONTROL|HISTIGNORE)$/

const PLAIN = /^(?:LC_\w+|LANG|LANGUAGE|TZ|NO_COLOR|FORCE_COLOR|CI|TERM|COLUMNS|CLICOLOR)$/

interface Assignment {
  readonly shell: Shell
  readonly name: string
  readonly value: string
  readonly state: ShellState
  readonly variable: Variable
}

/** Variables that every shell has exported already. */
const EXPORTED = /^(?:HOME|SHELL)$/

/** Judges a variable that later programs will see, if it is exported. */
export function judgeAssignment(
  shell: Shell,
  name: string,
  value: string,
  state: ShellState,
  isExported: boolean,
): void {
  if (PLAIN.test(name)) return
  shell.unaffirm()
  if (GUARD.test(name)) shell.raise('command.disables-guard', name)
  if (RECORDS.test(name) && /^(?:\/dev\/null|0|)$/.test(value)) shell.raise('command.erases-record', name)
  if (name.startsWith('GIT_')) judgeGit(shell, name, value, state)
  if (/^(?:BASH_ENV|ENV)$/.test(name)) {
    const startup = state.files.get(shell.path(value, state))
    if (startup !== undefined) shell.runText(startup, NONE, state)
  }
  if (name === 'PATH' && value.split(':').some(entry => entry === '.' || isElsewhere(entry, shell)))
    shell.raise('command.poisons-environment', name)
  const variable = variableOf(name)
  if (!variable || variable.harmless?.test(value)) return
  if (!isExported && !EXPORTED.test(name) && variable.role !== 'code' && variable.role !== 'command') return
  roles[variable.role]({ shell, name, value, state, variable })
}

const poisons = ({ shell, name }: Assignment) => shell.raise('command.poisons-environment', name)

function runApart({ shell, state }: Assignment, code: string): void {
  shell.runText(code, NONE, fork(state))
}

const roles: Readonly<Record<VariableRole, (assignment: Assignment) => void>> = {
  code: assignment => {
    if (assignment.value === '') return
    poisons(assignment)
    if (assignment.variable.isPrompt) runApart(assignment, `: "${assignment.value.replace(/"/g, '')}"`)
    if (assignment.variable.isPipe) runApart(assignment, assignment.value.replace(/^[|\s-]+/, ''))
    if (assignment.variable.isUnseen) judgeUnseen(assignment)
    judgeAsCode(assignment)
  },
  command: assignment => {
    poisons(assignment)
    runApart(assignment, assignment.value)
  },
  handler: assignment => {
    if (assignment.value === '') return
    judgeTool(assignment)
    runApart(assignment, `${assignment.value} ${UNKNOWN}`)
  },
  tool: assignment => {
    if (assignment.value === '') return
    judgeTool(assignment)
    runApart(assignment, assignment.value)
  },
  load: assignment => {
    const { shell, value, state } = assignment
    if (someLieElsewhere(shell, value, state)) poisons(assignment)
  },
  options: ({ shell, name, value, state, variable }) => {
    const args = value.split(/[\s\u001f]+/).filter(arg => arg !== '')
    if (args.length === 0) return
    shell.runArgv([variable.program ?? name, ...joinQuoted(args)], NONE, fork(state))
  },
  source: assignment => {
    const { shell, name, value } = assignment
    const isForeign = value
      .split(/[\s,|]+/)
      .some(
        part =>
          part !== '' &&
          !/^(?:off|direct|none|\d+(?:\.\d+)*)$/.test(part) &&
          comesFromStranger(assignment.shell, part, assignment.state),
      )
    if (isForeign) shell.raise('command.installs-package', name, value)
  },
  peer: assignment => {
    const { shell, name, value } = assignment
    const hosts = value.split(/[\s,]+/).map(part => hostOf(part) ?? hostOf(`//${part}`))
    const isFar = value !== '' && !/^(?:unix|npipe|fd):|^\//.test(value) && !isUnknown(value)
    if ((isFar && hosts.some(host => host !== undefined && !isThisMachine(host))) || isRemote(value))
      shell.raise('command.sends-unknown-data', name, value)
  },
  check: poisons,
  write: ({ shell, name, value, state }) => {
    if (!/^[/~]/.test(value)) return
    // A trace or history beside the project is ordinary; over a start file or a key it is not.
    const target = shell.path(value, state)
    if (!/^(?:home|outside|cache|temp|harmless-device)$/.test(shell.paths.classify(target)))
      shell.write(value, name, state)
  },
}

/** What a value says to the interpreter, program or prompt that reads it. */
function judgeAsCode({ shell, value, state, variable }: Assignment): void {
  const inner = fork(state)
  if (variable.language)
    judgeForeignCode(
      { name: variable.language, args: [], stdin: NONE, state: inner, shell, piped: false },
      value,
    )
  if (variable.program) {
    const args = value.split(/\s+/).filter(arg => arg !== '')
    if (args.length > 0) shell.runArgv([variable.program, ...args], NONE, inner)
  }
  const code = /^[:|]?\s*!(.+)$/s.exec(value)?.[1]
  if (code !== undefined) shell.runText(code, NONE, inner)
  else for (const [text = ''] of shellTextsOf(value)) shell.runText(text, NONE, fork(state))
}

const PLACE = /(?:^|[\s:;,=|@"']|-[rIMd])((?:file:\/\/)?[/~][^\s:;,"']{1,400})/g

/** A library or start file where everybody may put one, of which nothing is known. */
function judgeUnseen({ shell, name, value, state }: Assignment): void {
  for (const [, place = ''] of value.slice(0, 4_096).matchAll(PLACE)) {
    const path = shell.path(place.replace(/^file:\/\//, ''), state)
    const known = state.files.get(path)
    if (isElsewhere(path, shell) && (known === undefined || isUnknown(known)))
      shell.raise('command.poisons-environment', name, path, 'deny')
  }
}

/** A wrapper or compiler by its place: where everybody may put one, or one that is not known. */
function judgeTool(assignment: Assignment): void {
  const { shell, value, state } = assignment
  if (someLieElsewhere(shell, value, state) || isRemote(value)) poisons(assignment)
}

/** Quotes around a value of several words, as programs that split their own variable understand them. */
function joinQuoted(words: readonly string[]): string[] {
  const joined: string[] = []
  let open = ''
  for (const word of words) {
    const last = joined.length - 1
    if (open === '') joined.push(word)
    else joined[last] += ` ${word}`
    for (const character of word)
      if (open === '' && /['"]/.test(character)) open = character
      else if (character === open) open = ''
  }
  return joined.map(word => word.replace(/['"]/g, ''))
}

function judgeGit(shell: Shell, name: string, value: string, state: ShellState): void {
  const leadsElsewhere =
    /^GIT_(?:DIR|WORK_TREE|COMMON_DIR|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|INDEX_FILE)$/.test(
      name,
    ) && isElsewhere(shell.path(value, state), shell)
  const setsSettings =
    /^GIT_CONFIG(?:_(?:GLOBAL|SYSTEM|COUNT|KEY_\d+|VALUE_\d+|PARAMETERS))?$/.test(name) &&
    value !== '/dev/null' &&
    !/^0?$/.test(value)
  if (leadsElsewhere || setsSettings) shell.raise('command.poisons-environment', name)
  if (setsSettings)
    for (const setting of gitSettings(name, value, state)) runGitSetting(shell, setting, state)
}

/** `key=value` as `git -c` takes it, from the variables that say it in parts. */
function gitSettings(name: string, value: string, state: ShellState): string[] {
  if (name === 'GIT_CONFIG_PARAMETERS')
    return [...value.matchAll(/'([^'=]{1,200})(?:'='|=)([^']{0,2000})'/g)].map(
      ([, key, text]) => `${key}=${text}`,
    )
  const number = /^GIT_CONFIG_(?:KEY|VALUE)_(\d+)$/.exec(name)?.[1]
  const key = state.variables.get(`GIT_CONFIG_KEY_${number}`)?.[0]?.[0]
  const text = state.variables.get(`GIT_CONFIG_VALUE_${number}`)?.[0]?.[0]
  return key === undefined || text === undefined ? [] : [`${key}=${text}`]
}

function runGitSetting(shell: Shell, setting: string, state: ShellState): void {
  shell.runArgv(['git', '-c', setting, 'status'], NONE, fork(state))
}

/** Folders that everybody may write to, outside the project. */
export function isElsewhere(entry: string, shell: Shell): boolean {
  const { project } = shell.paths.workplace
  if (isWithin(entry, project)) return false
  return /^\/(?:private\/)?(?:tmp|var\/tmp|dev\/shm)(?:\/|$)/.test(entry)
}
