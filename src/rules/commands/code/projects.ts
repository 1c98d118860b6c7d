import { UNKNOWN } from '../../paths/pattern.ts'
import { isWithin, parentOf } from '../../paths/posix.ts'
import type { Call } from '../acts.ts'
import { optionValues, readOptions } from '../dispatch/options.ts'
import { quote } from '../shell/quote.ts'
import { fork } from '../shell/state.ts'
import type { CodeFile } from './code-files.ts'
import { judgeOrigin } from './code-origin.ts'
import { interpreterOf, searchFile } from './foreign-files.ts'
import { planJust } from './justfile.ts'
import { planMake } from './makefile.ts'

const NONE = { text: '', connected: false }

/** Runs what the project's own files say under a name: `make clean`, `npm test`, `just build`. */
export function runTask(call: Call): void {
  if (/^g?make$/.test(call.name)) runMake(call)
  else if (call.name === 'just') runJust(call)
  else runPackageScript(call)
}

function runMake(call: Call): void {
  const { args, shell, state } = call
  const read = readOptions(args, {
    valued: 'fCjIEOlW',
    valuedLong: ['file', 'directory', 'eval', 'makefile', 'jobs'],
  })
  const folder = optionValues(read, 'C', 'directory')[0]
  const cwd = folder === undefined ? state.cwd : shell.path(folder, state)
  const named = optionValues(read, 'f', 'file', 'makefile')[0]
  const names = named === undefined ? ['GNUmakefile', 'makefile', 'Makefile'] : [named]
  const found = firstOf(names, { ...state, cwd }, call)
  if (!found) return
  judgeOrigin(call, found.path, found)
  const file = withIncluded(found, { ...state, cwd }, call)
  const given = new Map<string, string>()
  const targets: string[] = []
  // A `-j` without a number takes none, so what follows it may be a target.
  for (const operand of [
    ...read.operands,
    ...optionValues(read, 'j').filter(value => !/^\d+$/.test(value)),
  ]) {
    const assignment = /^([\w.-]+)[:?+]?=(.*)$/s.exec(operand)
    if (assignment) given.set(assignment[1]!, assignment[2]!)
    else targets.push(operand)
  }
  const plan = planMake(file.text, targets, given, cwd)
  const inner = { ...fork(state), cwd }
  runLines(call, file, plan.atReading, inner)
  for (const { target, lines } of plan.recipes) runLines(call, { ...file, part: target }, lines, inner)
}

const MOST_INCLUDED = 6

/** A makefile with the files it names outright put in; what the session wrote of them makes it the session's. */
function withIncluded(file: CodeFile, state: Call['state'], { shell }: Call): CodeFile {
  let included = 0
  let isStanding = file.isStanding
  const text = file.text.replace(/^[ \t]*[-s]?include[ \t]+([^\n#]+)/gm, (line, names: string) =>
    names
      .trim()
      .split(/\s+/)
      .map(name => {
        const other =
          name.includes('$') || ++included > MOST_INCLUDED ? null : shell.codeAt(shell.path(name, state))
        if (other && !other.isStanding) isStanding = false
        return other ? other.text : `# ${line.trim()}`
      })
      .join('\n'),
  )
  return { ...file, text, isStanding }
}

/** Each line has a shell of its own. */
function runLines(call: Call, file: CodeFile, lines: readonly string[], state: Call['state']): void {
  if (lines.length === 0) return
  call.shell.within(file, () => {
    for (const line of lines) call.shell.runText(line, NONE, fork(state))
    return undefined
  })
}

function runJust(call: Call): void {
  const { args, shell, state } = call
  const read = readOptions(args, { valued: 'fd', valuedLong: ['justfile', 'working-directory', 'set'] })
  const named = optionValues(read, 'f', 'justfile')[0]
  const file = firstOf(named === undefined ? ['justfile', 'Justfile', '.justfile'] : [named], state, call)
  if (!file) return
  judgeOrigin(call, file.path, file)
  const operands = read.operands.filter(operand => !/^\w+=/.test(operand))
  const inner = { ...fork(state), cwd: parentOf(file.path) }
  for (const recipe of planJust(file.text, operands[0], operands.slice(1))) {
    const part = { ...file, part: recipe.name }
    if (!recipe.isScript) {
      runLines(call, part, recipe.lines, inner)
      continue
    }
    const script = { ...part, text: recipe.lines[0]! }
    const interpreter = interpreterOf(script)
    if (interpreter === 'sh') runLines(call, part, recipe.lines, inner)
    else if (interpreter !== null) searchFile({ ...call, name: interpreter, shell }, script)
  }
}

function firstOf(names: readonly string[], state: Call['state'], { shell }: Call): CodeFile | undefined {
  for (const name of names) {
    const file = shell.codeAt(shell.path(name, state))
    if (file) return file
  }
  return undefined
}

/** What runs by itself when a project's packages are installed. */
const LIFECYCLE = [
  'preinstall',
  'install',
  'postinstall',
  'prepublish',
  'preprepare',
  'prepare',
  'postprepare',
]

const BUILT_IN =
  /^(?:add|audit|bin|cache|config|create|dedupe|dlx|exec|explain|global|help|import|info|init|link|list|login|logout|ls|outdated|owner|pack|patch|pm|publish|rebuild|remove|repl|root|set|store|unlink|uninstall|up|update|upgrade|version|view|why|workspace|workspaces|x)$/

/** Files from which a manager takes code that it runs before anything else, even for `--version` (CVE-2025-59828). */
const SETTINGS: readonly (readonly [file: string, runs: RegExp])[] = [
  [
    '.yarnrc.yml',
    /^["']?yarnPath["']?\s*:\s*["']?(?!\.?\/?\.yarn\/releases\/)[^\s"']|^(?:-\s*)?path:\s*["']?(?!\.?\/?\.yarn\/plugins\/)[^\s"']/,
  ],
  ['.yarnrc', /^["']?yarn-path["']?\s+["']?(?!\.?\/?\.yarn\/releases\/)[^\s"']/],
  [
    '.npmrc',
    /^(?:script-shell\s*=\s*(?!\S*\b(?:ba|z|da)?sh(?:\.exe)?$)|(?:node-options|git|node-gyp)\s*=\s*)\S/,
  ],
]

function judgeManagerSettings({ shell, state, name }: Call): void {
  for (const [file, runs] of SETTINGS) {
    if (file.startsWith('.yarn') !== (name === 'yarn')) continue
    const path = shell.path(file, state)
    const text = state.files.get(path) ?? shell.textAt(path)
    // Line by line, each trimmed: a file of blanks must not cost the square of its length.
    if (text?.split('\n').some(line => runs.test(line.trim())))
      shell.raise('command.runs-unknown-code', name, path)
  }
}

interface Wanted {
  readonly scripts: readonly string[]
  readonly args: readonly string[]
}

function runPackageScript(call: Call): void {
  const { args, shell, state, name } = call
  judgeManagerSettings(call)
  const read = readOptions(args, {
    stopAtOperand: true,
    valued: name === 'npm' ? 'w' : name === 'pnpm' ? 'CF' : '',
    valuedLong: ['prefix', 'cwd', 'dir', 'workspace', 'filter', 'config'],
  })
  const [verb, ...rest] = read.operands
  if (name === 'bun' && /\.[cm]?[jt]sx?$/.test(/^run$/.test(verb ?? '') ? (rest[0] ?? '') : (verb ?? ''))) {
    shell.runArgv(['node', ...read.operands.slice(verb === 'run' ? 1 : 0)], NONE, state)
    return
  }
  const wanted = wantedOf(name, verb, rest)
  if (!wanted) return
  const folder = optionValues(read, 'prefix', 'C', 'cwd', 'dir')[0]
  const file = packageFile(call, folder === undefined ? state.cwd : shell.path(folder, state))
  if (file) judgeOrigin(call, file.path, file)
  const scripts = file && scriptsOf(file.text)
  if (!file || !scripts) {
    // Bun takes comments and commas too many; npm and its kin refuse such a file, so nothing of it would run.
    if (file && call.name === 'bun') shell.raise('command.runs-unknown-code', call.name, file.path)
    return
  }
  for (const script of wanted.scripts) {
    const own = scripts.get(script)
    if (own === undefined) continue
    const isLifecycle = LIFECYCLE.includes(script)
    const pre = isLifecycle ? undefined : scripts.get(`pre${script}`)
    const post = isLifecycle ? undefined : scripts.get(`post${script}`)
    const inner = { ...fork(state), cwd: parentOf(file.path) }
    for (const [part, code] of [
      [`pre${script}`, pre],
      [script, [own, ...wanted.args.map(quote)].join(' ')],
      [`post${script}`, post],
    ] as const)
      if (code !== undefined) runLines(call, { ...file, part }, [code], inner)
  }
}

function wantedOf(name: string, verb: string | undefined, rest: readonly string[]): Wanted | undefined {
  if (verb === undefined) return name === 'yarn' ? { scripts: LIFECYCLE, args: [] } : undefined
  if (/^(?:run|run-script|rum|urn)$/.test(verb)) {
    const at = rest.findIndex(arg => !arg.startsWith('-'))
    return at < 0 ? undefined : { scripts: [rest[at]!], args: argumentsOf(name, rest.slice(at + 1)) }
  }
  if (/^(?:ci|install|i|clean-install)$/.test(verb))
    return rest.some(arg => !arg.startsWith('-')) || rest.includes('--ignore-scripts')
      ? undefined
      : { scripts: LIFECYCLE, args: [] }
  const short = verb === 't' || verb === 'tst' ? 'test' : verb
  if (/^(?:test|start|stop|restart)$/.test(short) && name !== 'bun')
    return { scripts: [short], args: argumentsOf(name, rest) }
  if (name === 'npm' || name === 'bun' || BUILT_IN.test(verb)) return undefined
  return { scripts: [verb], args: argumentsOf(name, rest) }
}

/** npm keeps what stands before `--` to itself. */
function argumentsOf(name: string, rest: readonly string[]): readonly string[] {
  const at = rest.indexOf('--')
  if (name === 'npm') return at < 0 ? rest.filter(arg => !arg.startsWith('-')) : rest.slice(at + 1)
  return rest.filter((arg, index) => !(arg === '--' && index === at))
}

/** The nearest package.json from the working folder up to the project's. */
function packageFile({ shell }: Call, cwd: string): CodeFile | null {
  const project = shell.paths.canonical(shell.paths.workplace.project)
  for (let folder = cwd; isWithin(folder, project); folder = parentOf(folder)) {
    const file = shell.codeAt(`${folder === '/' ? '' : folder}/package.json`)
    if (file) return file
    if (folder === project || folder === '/') return null
  }
  return null
}

/** Undefined for what is not JSON. Scripts that call each other read the same file again and again. */
let lastRead: { readonly text: string; readonly scripts: ReadonlyMap<string, string> | undefined } | undefined

function scriptsOf(text: string): ReadonlyMap<string, string> | undefined {
  if (lastRead?.text !== text) lastRead = { text, scripts: readScripts(text) }
  return lastRead.scripts
}

function readScripts(text: string): ReadonlyMap<string, string> | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof parsed !== 'object' || parsed === null || !('scripts' in parsed)) return new Map()
  const { scripts } = parsed
  if (typeof scripts !== 'object' || scripts === null) return new Map()
  return new Map(
    Object.entries(scripts).map(([name, code]): [string, string] => [
      name,
      typeof code === 'string' ? code : UNKNOWN,
    ]),
  )
}
