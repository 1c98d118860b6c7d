import { isPattern, isUnknown, patternOfGlob } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import { optionsWithValue, type Reader, readers } from './readers.ts'

/** Readers that an option turns into something else. */
const OPTIONS_ACT = new Set(
  'date du egrep fd fgrep file find git grep hexdump jq rg sed sort tree uniq wc xxd'.split(' '),
)

/** Readers that print what is in a file: a file that a pattern reaches may be a link to a key. */
const PRINTS_CONTENT = new Set(
  'cat tac nl rev head tail cut uniq sort diff comm fold paste column xxd od hexdump strings grep egrep fgrep rg sed jq'.split(
    ' ',
  ),
)

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
  if (call.name === 'git' && !isGitInTheOpen(call)) return false
  const operands = operandsOf(call.args, known)
  if (operands === undefined) return false
  if (known.operands === 'none') return operands.length === 0
  if (known.operands === 'text') return true
  const skip = known.instead && call.args.some(arg => known.instead!.test(arg)) ? 0 : (known.skip ?? 0)
  const places = operands.slice(skip)
  if (known.most !== undefined && (places.length > known.most || places.some(isPattern))) return false
  if (PRINTS_CONTENT.has(call.name) && places.some(isPattern)) return false
  if (/^[ef]?grep$|^diff$/.test(call.name) && searchesSecrets(call, places)) return false
  return places.every(path => isOpenPlace(call, path))
}

/** In the project's own repository: another brings settings of its own, and two paths outside of one are just compared. */
function isGitInTheOpen(call: Call): boolean {
  const { paths } = call.shell
  const kindOf = (text: string) => paths.classify(call.shell.path(text, call.state))
  // Any folder below may be a repository of its own, with hooks and settings that nobody has looked at.
  if (call.state.cwd !== paths.canonical(paths.workplace.project)) return false
  return call.args.every(arg => {
    const place = arg.replace(/^:\([^)]*\)|^[^:]*:/, '')
    const pattern = patternOfGlob(place.replace(/\[[^\]]*\]|\\./g, '?'))
    if (kindOf(place) === 'credential' || kindOf(pattern) === 'credential') return false
    return !/^[/~]|(?:^|\/)\.\.(?:\/|$)/.test(place) || kindOf(place) === 'project'
  })
}

/**
 * Programs that print their version and end, whatever the folder holds. `yarn --version` runs the project's plug-ins, `cargo`,
 * `rustc` and `go` another toolchain that a file of the project names, and `terraform` asks its maker.
 */
const TELL_VERSION =
  /^(?:node|deno|bun|python3?|ruby|perl|php|java|javac|gcc|g\+\+|clang|make|cmake|git|docker|kubectl|helm|psql|mysql|sqlite3|redis-cli|jq|curl|wget|tar|zip|unzip|rsync|ssh|bash|zsh|tmux|ffmpeg|pandoc)$/

function asksVersion({ name, args }: Call): boolean {
  const [only, ...more] = args
  if (only === undefined || more.length > 0 || !TELL_VERSION.test(name)) return false
  return only === '--version' || (only === '-version' && name === 'java')
}

/**
 * A recursive search from the top, or one whose files are named by an option, may print what is in `.env`; one that follows
 * links, as `diff -r` does, what lies anywhere.
 */
function searchesSecrets(call: Call, places: readonly string[]): boolean {
  const root = call.shell.path('.', { ...call.state, cwd: call.shell.paths.workplace.project })
  const isFromTop = places.some(place => call.shell.path(place, call.state) === root)
  if (call.name === 'diff')
    return isFromTop || call.args.some(arg => /^-(?!-)\w*[rN]|^--(?:recursive|new-file)/.test(arg))
  const isRecursive = call.args.some(arg => /^-(?!-)\w*[rR]|^--(?:dereference-)?rec/.test(arg))
  if (!isRecursive) return false
  return (
    places.length === 0 ||
    isFromTop ||
    call.args.some(arg => /^-(?!-)\w*R|^--deref/.test(arg) || /^--include.*(?:\.env|pem|key|id_)/.test(arg))
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
