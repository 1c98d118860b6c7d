import { isPattern, isUnknown } from '../paths/pattern.ts'
import type { Call } from './acts.ts'
import { optionsWithValue, type Reader, readers } from './readers.ts'

/** Readers that an option turns into something else. */
const OPTIONS_ACT = new Set(['date', 'fd', 'find', 'git', 'jq', 'rg', 'sed', 'sort', 'tree', 'uniq', 'xxd'])

/** Transparent wrappers are judged by what they wrap. */
const TRANSPARENT = new Set(['command', 'builtin', 'time', 'timeout', 'nice', 'stdbuf'])

/** Whether every word of the call is known to only read, and only what lies in the open. */
export function isReadOnly(call: Call): boolean {
  if (call.args.some(arg => isUnknown(arg))) return false
  // A file may be called `--output=x`; where options do more than shape what is printed, no pattern may become one.
  if (OPTIONS_ACT.has(call.name) && call.args.some(arg => /^[\uE003-\uE005]/.test(arg))) return false
  // The program, unlike the keyword, writes where `-o` says.
  if (call.name === 'time' && call.args.some(arg => arg.startsWith('-') && arg !== '-p')) return false
  if (TRANSPARENT.has(call.name)) return true
  if (asksVersion(call)) return true
  const known = Object.hasOwn(readers, call.name) ? readers[call.name] : undefined
  if (!known || call.name.includes('/')) return false
  if (known.only && !known.only(call.args)) return false
  if (
    call.name === 'git' &&
    call.args.some(
      arg =>
        call.shell.paths.classify(call.shell.path(arg.replace(/^[^:]*:/, ''), call.state)) === 'credential',
    )
  )
    return false
  if (/^[ef]?grep$/.test(call.name) && searchesSecrets(call)) return false
  const operands = operandsOf(call.args, known)
  if (operands === undefined) return false
  if (known.operands === 'none') return operands.length === 0
  return known.operands === 'text' || operands.slice(known.skip ?? 0).every(path => isOpenPlace(call, path))
}

/** Programs that print their version and end, whatever the folder holds; `yarn --version`, say, runs the project's plug-ins. */
const TELL_VERSION =
  /^(?:node|deno|bun|python3?|ruby|perl|php|java|javac|go|cargo|rustc|rustup|gcc|g\+\+|clang|make|cmake|git|docker|kubectl|helm|terraform|psql|mysql|sqlite3|redis-cli|jq|curl|wget|tar|zip|unzip|rsync|ssh|bash|zsh|tmux|ffmpeg|pandoc)$/

function asksVersion({ name, args }: Call): boolean {
  const [only, ...more] = args
  if (only === undefined || more.length > 0 || !TELL_VERSION.test(name)) return false
  return (
    only === '--version' || (only === 'version' && name === 'go') || (only === '-version' && name === 'java')
  )
}

/** A recursive search from the top, or one whose files are named by an option, may print what is in `.env`. */
function searchesSecrets(call: Call): boolean {
  const isRecursive = call.args.some(arg => /^-\w*[rR]|^--(?:dereference-)?rec/.test(arg))
  if (!isRecursive) return false
  const root = call.shell.path('.', { ...call.state, cwd: call.shell.paths.workplace.project })
  const places = call.args.filter(arg => !arg.startsWith('-'))
  return (
    places.length < 2 ||
    places.some(place => call.shell.path(place, call.state) === root) ||
    call.args.some(arg => /^--include.*\.env|^--include.*(?:pem|key|id_)/.test(arg))
  )
}

/** The operands, or undefined when a flag is not in the schema. */
function operandsOf(args: readonly string[], known: Reader): string[] | undefined {
  if (known.flags === '*') return args.filter(arg => !arg.startsWith('-'))
  const operands: string[] = []
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!
    if (arg === '--') return [...operands, ...args.slice(at + 1)]
    if (!arg.startsWith('-') || arg === '-') operands.push(arg)
    else if (arg.startsWith('--')) {
      const name = arg.slice(2).split('=')[0]!
      if (!known.long?.includes(name)) return undefined
      if (!arg.includes('=') && optionsWithValue.has(name)) at++
    } else if (known.number && /^-\d+$/.test(arg)) continue
    else {
      const end = clusterEnd(arg, known)
      if (end === undefined) return undefined
      if (end === 'next') at++
    }
  }
  return operands
}

function clusterEnd(arg: string, known: Reader): 'next' | 'here' | undefined {
  for (let at = 1; at < arg.length; at++) {
    if (known.valued?.includes(arg[at]!)) return at + 1 < arg.length ? 'here' : 'next'
    if (!known.flags?.includes(arg[at]!)) return undefined
  }
  return 'here'
}

/** Files of the project, of temporary folders and plain files of the system lie in the open. */
function isOpenPlace(call: Call, text: string): boolean {
  if (text === '-') return true
  // What a lone star reaches is not known; it may be a key.
  if (/(?:^|\/)[\uE003-\uE005]+$/.test(text)) return false
  const path = call.shell.path(text, call.state)
  if (isUnknown(path)) return false
  const kind = call.shell.paths.classify(path)
  // Some of the harmless devices never end, and a reader that waits for the end fills the memory.
  if (kind === 'harmless-device') return path === '/dev/null' || path === '/dev/stdin'
  if (kind === 'project' || kind === 'temp' || kind === 'git-internals') return true
  return (
    kind === 'system' && path !== '/' && !isPattern(path) && !/^\/(?:proc|sys|dev|root)(?:\/|$)/.test(path)
  )
}
