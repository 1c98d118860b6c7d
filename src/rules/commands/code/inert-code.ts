// Code of another language that can only compute and print: whatever its string literals say is data.

const STRINGS = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.)*`/g
/** A pattern of JavaScript, where no division can stand. */
const PATTERN = /(?<=[(,=:!&|?]\s{0,4})\/(?![/*])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[dgimsuvy]*/g
/** Python's long strings and templates that hold code are not blanked, so that what stands in them counts. */
const LONG_STRING = /'''|"""|`[^`]*\$\{/

/** Languages whose ways to act without naming the act are known here. */
export const READ_LANGUAGES = /^(?:python\d?|pypy3?|ipython|node|nodejs|bun|deno|tsx|ts-node)$/

/** What acts, by whatever name it is reached. */
const ACTS =
  /\b(?:eval|exec|compile|getattr|setattr|globals|locals|vars|importlib|import_module|runpy|marshal|pickle|ctypes|cffi|ffi|Function|constructor|binding|vm|Reflect|methodcaller|attrgetter|instance_eval|globalThis|send|write\w*|Worker|WebSocket|EventSource|setEngine|modules|this|global|self|window|module|exports|arguments|require|posix_\w+|put_?env|Deno\.(?!version\b|args\b|build\b)|Bun\.(?!version\b)|dlopen|mainModule|open|open_new|kill\w*|abort)\b|__\w+__|\bconsole\s*\[|\bimport\s*\(|\brequire\s*\(\s*[^'")\s]|\]\s*\(|[\w)\]](?<!\b(?:of|in|return|yield|case))\s*\[\s*['"`]|[\w$)\]]`|\bos\.(?!path\b|getcwd\b|sep\b|linesep\b|cpus\b|platform\b|EOL\b)|\bprocess\.(?!argv\b|version\w*\b|platform\b|arch\b|cwd\b|uptime\b|memoryUsage\b|hrtime\b|exit\b|exitCode\b|stdout\b)/

const SOURCES =
  /\b(?:require\s*\(\s*|from\s*|import\s*)(['"])([^'"]+)\1|^[ \t]{0,40}(?:import\s+([\w., \t]+)|from\s+([\w.]+)\s+import\b)/gm
/** Modules that compute, and files beside the code. */
const HARMLESS_SOURCE =
  /^(?:\.{0,2}\/[^\0]*|(?:node:)?(?:path|util|assert|url|crypto|zlib|events|querystring|string_decoder|perf_hooks|os)(?:\/\w+)?|json|re|sys|base64|hashlib|hmac|datetime|time|collections|itertools|functools|math|random|textwrap|shlex|pprint|decimal|fractions|statistics|unicodedata|urllib\.parse|binascii|struct|uuid|typing|dataclasses|enum|difflib|html|calendar|bisect|heapq|zlib|tokenize|keyword|locale|os(?:\.path)?)$/

/** The code without what its string literals say; undefined where that cannot be told apart. */
export function withoutLiterals(code: string): string | undefined {
  if (LONG_STRING.test(code)) return undefined
  return code.replace(STRINGS, text => `${text[0]}${text[0]}`).replace(PATTERN, '//')
}

/** What an index picks may be anything, also what makes a function of a text. */
const INDEXES = /[\w)\]]\s*\[\s*[A-Za-z_$]/
const HOLDS_CODE = /child_process|\brequire\s*\(\s*\\|__import__|\bprocess\b|\bos\.|execSync|rmSync/

/** Whether code can do nothing but compute and print, as far as its names tell; `acts` says what else counts as acting. */
export function isInert(language: string, code: string, acts: readonly RegExp[]): boolean {
  if (!READ_LANGUAGES.test(language)) return false
  const bare = withoutLiterals(code)
  if (bare === undefined) return false
  const statements = withoutLoading(code)
  return (
    !ACTS.test(withoutLoading(bare).replace(/\bprocess\.stdout\.write\b/g, 'print')) &&
    !acts.some(pattern => pattern.test(bare)) &&
    !(INDEXES.test(bare) && HOLDS_CODE.test(code)) &&
    !/open\s*\(/.test(statements) &&
    sourcesOf(code).every(source => HARMLESS_SOURCE.test(source))
  )
}

/** A module that is only loaded under its own name. */
function withoutLoading(code: string): string {
  return code.replace(/\brequire\s*\(\s*(['"])[^'"]*\1\s*\)/g, 'loaded')
}

function sourcesOf(code: string): string[] {
  return [...code.matchAll(SOURCES)].flatMap(([, , quoted, imported, from]) =>
    // A name taken out of `os` may be any of its functions.
    (quoted ?? (from === 'os' ? 'os.all' : from) ?? imported ?? '')
      .split(',')
      .map(name => name.trim().replace(/\s+as\s+\w+$/, '')),
  )
}

const LOOPBACK = String.raw`https?:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)(?::\d+)?(?=[\/?#]|['"${'`'}]\s*[,)])`
const LOCAL_CALL = new RegExp(
  String.raw`\b(?:[\w.]{1,60}\.)?(?:fetch|urlopen|get|post|put|patch|delete|head|request|Request)\s*\(\s*(['"${'`'}])${LOOPBACK}`,
  'g',
)
const ANY_CALL =
  /\b(?:urlopen|urlretrieve|fetch|Request|request|connect\w*|create_?connection|getaddrinfo|HTTPS?Connection|socket|Socket|sendto|lookup|resolve\w*)\s*\(|\.(?:get|post|put|patch|delete|head|open|send|replace\w*|format)\s*\(|\bas\s+\w+|=\s*(?:fetch|require|urllib|requests|httpx)\b(?!\.\w+\()/

/** Whether all that code says to the network is said to this machine. */
export function talksToItself(code: string): boolean {
  const rest = code.replace(LOCAL_CALL, 'local(')
  if (rest === code || /(?:https?|wss?|ftp):\/\/(?!localhost|127\.)/i.test(rest)) return false
  return !ANY_CALL.test(rest)
}

const TEXT = String.raw`(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')`
const LIST = String.raw`\[\s*${TEXT}(?:\s*,\s*${TEXT})*\s*,?\s*\]`
const PYTHON_RUN = new RegExp(
  String.raw`\bsubprocess\.(?:run|call|check_call|check_output|Popen)\s*\(\s*(${LIST})(?=\s*[,)])`,
  'g',
)
const NODE_TEXT = new RegExp(
  String.raw`\b(?:\w+\.)?(?:execSync|exec)\s*\(\s*(${TEXT})(?=\s*(?:\)|,\s*(?:\{|\(|function\b|async\b|\w+\s*=>)))`,
  'g',
)
const NODE_ARGV = new RegExp(
  String.raw`\b(?:\w+\.)?(?:execFileSync|execFile|spawnSync|spawn)\s*\(\s*(${TEXT}(?:\s*,\s*${LIST}(?=\s*[,)])|(?=\s*\))))`,
  'g',
)
const LOADS =
  /^[ \t]{0,40}import[ \t]+\w+(?:\s*,\s*\w+)*[ \t]*(?=[;\n]|$)|;\s*import\s+\w+(?:\s*,\s*\w+)*[ \t]*(?=[;\n]|$)|\brequire\s*\(\s*(['"])(?:node:)?child_process\1\s*\)|\bfrom\s+(['"])(?:node:)?child_process\2|\{\s*(?:exec\w*|spawn\w*)(?:\s*,\s*(?:exec\w*|spawn\w*))*\s*\}\s*(?:=|from\b)/gm
/** Options that change what a command means, and other ways to run one. */
const CHANGES_MEANING =
  /\b(?:cwd|env|executable|preexec_fn|shell|chdir|input|stdin|argv0|uid|gid)\b\s*[=:(]|\bos\.|\bimportlib\b|\*\*|\.\.\.|\bprocess\.(?!stdout\b|argv\b|exit\b)/

/** The commands that code runs, where each of them is written out; undefined where one is not. */
export function constantCommands(code: string, runs: readonly RegExp[]): string[][] | undefined {
  const commands: string[][] = []
  const take = (_: string, list: string) => {
    commands.push([...list.matchAll(new RegExp(TEXT, 'g'))].map(([text]) => text.slice(1, -1)))
    return 'done('
  }
  const rest = code
    .replace(PYTHON_RUN, take)
    .replace(NODE_TEXT, take)
    .replace(NODE_ARGV, take)
    .replace(LOADS, '\n')
  const bare = withoutLiterals(rest)
  if (commands.length === 0 || bare === undefined || CHANGES_MEANING.test(rest)) return undefined
  return runs.some(pattern => pattern.test(bare)) ? undefined : commands
}
