import { isInstaller, isRemote, isUnknown } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import { DESTROYS } from '../programs/sql.ts'
import { decodeBase64, undoEscapes } from '../shell/decode.ts'
import { shellTextsOf } from './embedded.ts'
import { judgeGreed } from './foreign-greed.ts'
import { judgeLoads } from './foreign-loads.ts'
import { judgeRights } from './foreign-rights.ts'
import { hiddenTexts } from './hidden-text.ts'
import { constantCommands, isInert, READ_LANGUAGES, talksToItself } from './inert-code.ts'

const NONE = { text: '', connected: false }

export const DELETES =
  /\b(?:rmtree|rmdir|removedirs|unlink(?:Sync)?|rm(?:dir)?(?:Sync)?|remove(?:Sync)?|emptyDir(?:Sync)?|rm_rf|rm_r|remove_entry(?:_secure)?|remove_tree|delete_tree|deltree|File\.delete|deleteFile|deleteRecursively|deleteSync|delete_file|delete-file|delete-directory(?:-and-files)?|del_dir(?:_r)?|removeItem|removeDirectoryRecursive|removeDir|deleteTree|delete-tree|file\s+delete|Files\.delete(?:IfExists)?|remove_all|move|rename(?:Sync)?)\b/
export const RUNS =
  /\b(?:system|popen\w*|spawn\w*|exec\w*|subprocess|child_process|shell_exec|passthru|proc_open|pcntl_exec|Deno\.(?:run|Command)|Bun\.(?:spawn|\$)|os\.startfile|pty\.spawn|IO\.popen|Open3|Kernel\.\w+|qx|ProcessBuilder|getRuntime|run-program|os:cmd|Sys\.command|shell-command|shell\/sh|e?syscmd|callCommand|callProcess|readProcess\w*|createProcess|rawSystem|Sys\.exec|rt\.exec)\b|`/
export const WRITES =
  /\b(?:writeFile\w*|appendFile\w*|createWriteStream|file_put_contents|fwrite|write_text|write_bytes|copyFile\w*|symlink\w*|chmod\w*|chown\w*|truncate\w*)\b|open\s*\([^()]{0,300},\s*['"](?:[wax]\+?b?|[rb]\+)|[FI]O?(?:ile)?\.(?:write|open)\b|open\s*\(?[^;]{0,120}['"]>/
const NETWORK =
  /\b(?:socket|urllib(?!\.parse\b)|requests|httpx|http\.client|ftplib|smtplib|telnetlib|paramiko|aiohttp|fetch|XMLHttpRequest|net\.(?:connect|createConnection|Socket)|https?\.(?:get|request)|https?['"]\)\.(?:get|request)|gen_tcp|net\.Dial\w*|http\.(?:Get|Post)|axios|undici|TCPSocket|Net::HTTP|LWP|IO::Socket|fsockopen|curl_\w+|file_get_contents\s*\(\s*['"]https?|open-uri|dns\.(?:lookup|resolve\w*)|gethostbyname)\b/
const SHELL_BEHIND_SOCKET =
  /\bdup2\b|pty\.spawn|\/bin\/(?:ba|z|da|k)?sh|cmd\.exe|exec\s*\(|\bexec\s*[$"']|exec\.Command|Deno\.Command|\bexec\s+(?:ba|z)?sh\b|os\.cmd|os:cmd|subprocess|child_process|\bspawn\b|\bsystem\b|popen|(?:sh|bash)\s+-i/
const DISGUISES =
  /\b(?:eval|exec|compile|__import__|getattr|globals|importlib|marshal|pickle|codecs|b64decode|fromhex|unhexlify|atob|fromCharCode|chr|Function|Buffer\.from|decode64|unpack|pack|base64_decode|str_rot13|gzinflate|instance_eval|class_eval|loadstring|vm\.run\w*|process\.binding|ctypes|cffi|ffi)\b/
const FORKS =
  /(?:for\s*\(\s*;\s*;\s*\)|while[ \t]{0,4}\(?[ \t]{0,4}(?:1|true|True)\b)[^\n]{0,200}(?:\b|_)(?:spawn|fork|Popen|pcntl_fork)\b|(?:while|for|until|loop|forever)\b[^;]{0,1000}?\bfork\b|\bfork\b[^;]*\b(?:while|until)\b|fork\s*\(?\)?\s*(?:while|until)|\bfork\b.*\bfork\b.*\bfork\b/s
const ENVIRONMENT = /\b(?:os\.environ|process\.env|ENV\b|%ENV|\$_ENV|getenv\s*\(\s*\))/

/** Ways to turn text into other text; without the ones that run text they only make what is printed. */
const DECODES =
  /\b(?:codecs|b64decode|fromhex|unhexlify|atob|fromCharCode|chr|Buffer\.from|decode64|unpack|pack)\b/g

/** `cursor.execute(…)` asks a database, `/x/.exec(…)` a pattern. */
const STATEMENT_CALL =
  /\b(?:db|con|conn|connection|client|c|pool|pg|prisma|sql|mysql|sequelize|knex|queryRunner)\.(?:query|\$?(?:execute|query)Raw\w*|raw)(?=\s*\()|\b(?:db|database|con|conn|connection|cur|cursor|c|session|engine|knex|sqlite|pool|tx|trx)\.exec(?:ute(?:many|script)?)?(?=\s*\()|\.execute(?:many|script)?(?=\s*\()/g
/** Where something else is told to execute, no statement of a database is meant for certain. */
const OTHER_RUNNERS = /child_process|subprocess|ssh|paramiko|fabric|invoke|docker|shell|winrm|pexpect/i
const PATTERN_CALL = /(?:\/[dgimsuvy]{0,4}|\b(?:re|rx|regexp?|pattern|RE|REGEX))\.exec(?=\s*\()/g

/** The patterns look at the whole code for each literal in it, so that the time grows with the square. */
const LONGEST_CODE = 12 * 1_024

/** Code of another language: literal strings and call names, no more; what hides itself is asked about. */
export function judgeForeignCode(call: Call, whole: string): void {
  const { shell, name } = call
  shell.unaffirm()
  const told = withBreakpoint(call, whole.slice(0, LONGEST_CODE))
  const code =
    READ_LANGUAGES.test(name) && !OTHER_RUNNERS.test(told)
      ? told.replace(STATEMENT_CALL, '.statement').replace(PATTERN_CALL, '.search')
      : told
  if (whole.length > LONGEST_CODE) shell.raise('command.runs-unknown-code', name)
  if (isRemote(code)) {
    shell.raise(isInstaller(code) ? 'command.runs-remote-installer' : 'command.runs-remote-code', name)
    return
  }
  if (isUnknown(code)) shell.raise('command.runs-unknown-code', name)
  if (FORKS.test(code)) shell.raise('command.exhausts-machine', name)
  else judgeGreed(call, code)
  judgeRights(call, code, RUNS)
  const literals = literalsOf(code, shell.paths.workplace.home)
  const talks = NETWORK.test(code)
  if (
    /\b(?:Deno\.connect|socket|TCPSocket|IO::Socket|fsockopen|gen_tcp|net\.\w+)\b|['"](?:node:)?(?:net|tls)['"]/i.test(
      code,
    ) &&
    SHELL_BEHIND_SOCKET.test(code)
  )
    shell.raise('command.opens-reverse-shell', name)
  if (talks && ENVIRONMENT.test(code))
    shell.raise(
      'command.sends-secret',
      name,
      'the network',
      /requests|fetch|urlopen|post|send|(?:stringify|dumps|dict|str|repr)\(\s*(?:process\.env|os\.environ)\s*\)/.test(
        code,
      )
        ? 'deny'
        : 'ask',
    )
  const asksDatabase = code.includes('.statement')
  if (asksDatabase && literals.some(text => DESTROYS.test(text))) shell.raise('command.destroys-data', name)
  const inert = isInert(name, code.replace(DECODES, 'decoded'), [
    DELETES,
    RUNS,
    WRITES,
    NETWORK,
    DISGUISES,
    FORKS,
  ])
  const means = { deletes: !inert && DELETES.test(code), writes: WRITES.test(code) }
  for (const literal of literals) judgeLiteral(call, literal, means)
  judgeLoads(call, code)
  if (/^(?:tclsh|wish|expect)$/.test(name)) runTcl(call, code)
  for (const text of hiddenTexts(code)) {
    judgeForeignCode(call, text)
    if (!inert && (RUNS.test(code) || DISGUISES.test(code)))
      shell.runText(text, NONE, { ...call.state, variables: new Map(call.state.variables) })
  }
  if (means.deletes && !literals.some(isPathLike)) shell.raise('command.deletes-unknown-target', name)
  if (inert) return
  const commands = constantCommands(code, [RUNS, DISGUISES, DELETES, NETWORK])
  if (commands) runConstant(call, commands)
  else if (RUNS.test(JAVASCRIPT.test(name) ? withPlainTemplates(code) : code)) runLiterals(call, literals)
  else if (DISGUISES.test(code) && !/^\s*(?:print|console\.log)\b/.test(code)) {
    shell.raise('command.runs-unknown-code', name)
    for (const text of literals)
      if (/^[\w./~$-]{2,40}\s+[-~/.\w]/.test(text) && text.length < 2_000)
        shell.runText(text, NONE, { ...call.state, variables: new Map(call.state.variables) })
  } else if (talks && !talksToItself(code)) shell.raise('command.sends-unknown-data', name)
}

const JAVASCRIPT = /^(?:node|nodejs|bun|deno|tsx|ts-node)$/
const BEFORE_TEXT = /^(?:return|case|await|yield|of|in|default|else|typeof)$/

/** In JavaScript backticks run nothing, unless a name before them takes them for its own. */
function withPlainTemplates(code: string): string {
  return code.replace(
    /([\w$)\]]{0,40})([ \t]{0,8})`([^`]*)`/g,
    (whole, word: string, gap: string, text: string) =>
      word === '' || BEFORE_TEXT.test(word) ? `${word}${gap}"${text}"` : whole,
  )
}

/** `breakpoint(…)` calls what the environment names. */
function withBreakpoint({ state }: Call, code: string): string {
  const named = state.variables.get('PYTHONBREAKPOINT')?.[0]?.[0]
  return named !== undefined && /^[\w.]+$/.test(named) ? code.replace(/\bbreakpoint(?=\s*\()/g, named) : code
}

/** `exec rm -rf x` is a command as it stands. */
function runTcl({ shell, state }: Call, code: string): void {
  for (const [text = ''] of shellTextsOf(code))
    shell.runText(text.replace(/\$(?:::)?env\(HOME\)/g, '~'), NONE, {
      ...state,
      variables: new Map(state.variables),
    })
}

/** Commands that are written out are judged as what they are: one text as the shell reads it, several as an argv. */
function runConstant({ shell, state }: Call, commands: readonly (readonly string[])[]): void {
  for (const command of commands) {
    const argv = command.map(undoEscapes)
    const inner = { ...state, variables: new Map(state.variables) }
    if (argv.length === 1) shell.runText(argv[0]!, NONE, inner)
    else shell.runArgv(argv, NONE, inner)
  }
}

/** String literals, escapes undone, neighbours joined, and `expanduser`/`homedir` put in front. */
function literalsOf(code: string, home: string): string[] {
  const joined = code
    .replace(/\b(?:require|import)\s*\(\s*(['"])[^'"]*\1\s*\)/g, 'LOADED')
    .replace(/\bfrom\s+(['"])[^'"]*\1/g, '')
    .replace(/\b(?:require|import|use)\s+(['"])[\w:-]*\1/g, '')
    .replace(/(['"])\s*\+\s*\1/g, '')
    .replace(/(['"])\s*\.\s*\1/g, '')
  const found = [
    ...withHome(joined, home).matchAll(
      /(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`|%[qQwx]?[{([]([^})\]]*)[})\]]|\bqx?\s*[{(/|]([^})/|]*)[})/|])/gs,
    ),
  ].map(match => undoEscapes(match.slice(1).find(group => group !== undefined) ?? ''))
  const isHome =
    /homedir\(\)|Path\.home\b|expanduser|Dir\.home|\$HOME|process\.env\.HOME|ENV\[|environ\b|getenv|env\.get|\$env|\$ENV\{|getHomeDir|UserHomeDir|home_dir|user\.home|get_env|Platform\.environment|NSHomeDirectory/.test(
      joined,
    )
  const joinedPath = /(?:join|resolve)\s*\(|Path\.home\(\)\s*\/|\+/.test(joined)
  const extra =
    isHome && joinedPath
      ? [
          `${home}/${found
            .filter(
              text =>
                !/^(?:HOME|utf-?8|os|fs|path|shutil|pathlib|node:\w+)$/.test(text) && !text.startsWith('/'),
            )
            .map(text => text.replace(/^~?\//, ''))
            .join('/')}`,
        ]
      : []
  const eachBelowHome = isHome
    ? found.filter(text => /^\/?\.[\w.]/.test(text)).map(text => `${home}/${text.replace(/^\//, '')}`)
    : []
  const bare =
    isHome && DELETES.test(joined) && found.every(text => !isPathLike(text) || /^(?:~|HOME)$/.test(text))
      ? [home]
      : []
  return [
    ...[...joined.matchAll(/<([~/][^<>\n]{1,200})>/g)].map(match => match[1]!.replaceAll('*', '\uE003')),
    ...found.map(text => text.replace(/^\$(?:HOME|\{HOME\}|ENV\{HOME\})/, home)),
    ...extra,
    ...eachBelowHome,
    ...bare,
    ...found.flatMap(text =>
      (text.length >= 12 ? [decodeBase64(text) ?? ''] : []).filter(plain =>
        /^[\x20-\x7e\s]{6,}$/.test(plain),
      ),
    ),
  ]
}

const HOME_ARGUMENT =
  /,\s*(?:\$ENV\{['"]?HOME['"]?\}|ENV(?:\.fetch\(|\[)['"]HOME['"][)\]]|os\.environ\[['"]HOME['"]\]|os\.getenv\(['"]HOME['"]\)|os\.path\.expanduser\(['"]~['"]\)|process\.env\.HOME\b|os\.homedir\(\)|Dir\.home\b|getenv\(['"]HOME['"]\))/g

/** An argument that is the home folder, spelled out where code runs commands. */
function withHome(code: string, home: string): string {
  return RUNS.test(code) ? code.replace(HOME_ARGUMENT, `, "${home}"`) : code
}

function isPathLike(text: string): boolean {
  return /^(?:[~/.]|\w[\w.-]*\/)/.test(text) || /^\.?[\w.-]+$/.test(text)
}

/** What the code around a literal does to files, told once for all of its literals. */
interface Means {
  readonly deletes: boolean
  readonly writes: boolean
}

function judgeLiteral(call: Call, literal: string, { deletes, writes }: Means): void {
  if (literal === '' || literal.length > 4_096 || /[\n\r\0]/.test(literal)) return
  const { shell, state, name } = call
  if (/^https?:\/\//.test(literal)) {
    shell.act({ kind: 'connect', program: name, target: literal.split('/')[2] ?? null })
    if (/169\.254\.169\.254|metadata\.google/.test(literal))
      shell.raise('command.connects-to-metadata-service', name, literal)
    return
  }
  if (/\s/.test(literal) || !isPathLike(literal)) return
  const target = shell.path(literal, state)
  const kind = shell.paths.classify(target)
  if (deletes && /^[~/.]|\//.test(literal))
    shell.act({ kind: 'delete', program: name, target, recursive: true })
  else if (deletes && shell.paths.catastrophe(target))
    shell.act({ kind: 'delete', program: name, target, recursive: true })
  if (writes && /^[~/.]|\//.test(literal)) shell.act({ kind: 'write', program: name, target })
  if (kind === 'credential' || kind === 'own' || kind === 'protected')
    shell.act({ kind: 'read', program: name, target })
}

/** Strings handed to a shell, alone and as one argv. */
function runLiterals(call: Call, literals: readonly string[]): void {
  const { shell, state, name } = call
  shell.raise('command.runs-unknown-code', name)
  const candidates = literals.filter(
    text =>
      text !== '' &&
      text.length < 10_000 &&
      !/^(?:os|fs|sh|bash|\/bin\/(?:ba)?sh|child_process|node:\w+|subprocess|shutil|utf-?8|-c)$/.test(text),
  )
  for (const text of candidates)
    if (/^[\w./~$-]+\s+\S/.test(text) || /^:\(\)/.test(text))
      shell.runText(text, NONE, { ...state, variables: new Map(state.variables) })
  if (candidates.length > 1)
    shell.runArgv(candidates, NONE, { ...state, variables: new Map(state.variables) })
}
