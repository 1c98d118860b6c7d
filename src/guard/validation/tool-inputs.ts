import type { Finding } from '../../access/finding.ts'
import type { Resource, TextLeaf } from '../../access/request.ts'
import type { Judgement } from '../../rules/judgement.ts'
import { joinAftermaths } from './session-memory.ts'

type ToolResource = Extract<Resource, { type: 'tool' }>

/** What the arguments of a tool that is not known by name would do, each judged by what its key says it is. */
export interface InputJudges {
  command(text: string): Judgement
  path(path: string, operation: 'read' | 'write'): Judgement
  url(url: string): Judgement
}

/** What such a key holds is run; arguments and a working folder beside it belong to it. */
const COMMAND =
  /^(?:(?:[a-z]+_)?(?:commands?|cmds?)|cmd_?line|command_?line|script|shell|bash|shell_?(?:command|script)|program|executable|binary|argv)$/i
const ARGUMENTS = /^(?:args|argv|arguments|parameters)$/i
const FOLDER = /^(?:cwd|workdir|work(?:ing)?_?dir(?:ectory)?)$/i
const PATH =
  /^(?:source|src|destination|dest|target|uris?|filename|relative_workspace_path)$|(?:^|_)(?:path|file|dir|directory|folder|notebook)s?$|(?:^|_)directories$|[a-z](?:Path|File|FileName|Dir|Directory|Folder)s?$/i
const TARGET = /^(?:dest|target|out|to|new)/i
const PATTERN = /^(?:pattern|glob|globs|include)$/i
const URL_KEY = /^(?:urls?|uris?|href|endpoint|address|link)$|(?:_url|Url|_uri|Uri)$/i
const SQL = /^(?:sql|sql_?query|statements?|sql_?statement)$/i
const QUERY = /^(?:query|queries)$/i
const CODE = /^(?:code|source_?code|snippet|javascript|python|js|expression)$/i
const NESTED = /^(?:input|tool_?input|arguments|args|params|parameters|payload|body|data|json|request)$/i
const WRITES =
  /write|edit|create|delete|remove|move|rename|update|append|save|replace|insert|patch|upload|generat|screenshot|unlink|truncate|overwrite|mkdir/i
const WRITES_SHORT =
  /(?:^|[^A-Za-z])(?:put|set|store|dump|touch|chmod|trash|purge|apply|rm|mv|cp|wipe|destroy)(?![a-z])/
/** What a tool that only looks is called. */
const READS =
  /read|get|list|search|find|view|show|stat|info|open|grep|glob|query|fetch|describe|diff|log|check|lint|hover|symbol|count|tree|head|tail|cat|scan|analy|explain|review|valid|parse|lookup|browse|load|index|test|lsp|git/i
/** Text that lands in the file named beside it. */
const CONTENT =
  /^(?:contents?|(?:file|new)_?(?:text|contents?)|new_?(?:string|str|source)|replacement|edits|patch|code_?edit)$/i
/** Which of several things a tool does. */
const VERB = /^(?:operation|action|method|verb|op|mode|command|tool|tool_?name|name)$/i
const COPIES = /copy|export|download|convert|extract|clone/i
const DATABASE = /sql|postgres|sqlite|maria|duckdb|snowflake|bigquery|clickhouse|database|(?:^|_)db(?:_|$)/i
const RUNS = /run|exec|eval|interpret|sandbox|repl|python|node|javascript|code/i
/** Of a request to a server, whose paths are no files. */
const HTTP_METHOD = /^(?:get|head|post|put|patch|delete|options)$/i

/** A tool that hands text to a shell, under whatever key. */
const SHELL_TOOL = /(?:^|[^a-z])(?:bash|sh|zsh|shell|terminal|cmd|powershell|tmux)(?![a-z])/i
const SHELL_TEXT = /^(?:input|text|code|line|lines|keys|stdin)$/i
/** Text for people; a path in it is a word. */
const PROSE = /^(?:text|title|description|message|query|prompt|body|summary|comment|reason)$/i
const LOOKS_LIKE_PLACE = /^\s*(?:(?:~|\.{1,2})?\/\S+|https?:\S+)\s*$/i

/** A value may be JSON text in JSON text; deeper than this nobody nests by accident. */
const DEEPEST = 3
const MOST_JUDGED = 300
const TELLING = [COMMAND, PATH, PATTERN, URL_KEY, SQL, QUERY, CODE, NESTED]

function isFile(text: string): boolean {
  return /^file:/i.test(text)
}

/** What is not read to its end is for a person to look at. */
function tooLarge(tool: string): Judgement {
  const finding: Finding = {
    rule: 'command.is-too-large',
    threat: 'DOS-001',
    grade: 'likely',
    severity: 'ask',
    message: `the input of \`${tool}\` is too large to be read to its end`,
  }
  return { opinion: 'ask', findings: [finding], effects: [], isPartial: true }
}

/**
 * Judges a call by the shape of its input: `{command: "rm -rf ~"}` is that command whatever server is asked to run it.
 * Affirms nothing: what the tool really does is not known.
 */
export function judgeToolInput(resource: ToolResource, judges: InputJudges): Judgement {
  return strictest(judgementsOf(resource.tool, resource.texts, judges, 0))
}

function judgementsOf(
  tool: string,
  leaves: readonly TextLeaf[],
  judges: InputJudges,
  depth: number,
): Judgement[] {
  const groups = groupLeaves(leaves)
  const judgements: Judgement[] = []
  const telling = groups.filter(
    ({ key, texts }) =>
      TELLING.some(shape => shape.test(key)) ||
      texts.some(isFile) ||
      (SHELL_TOOL.test(tool) && SHELL_TEXT.test(key)) ||
      (isPlaceKey(key) && texts.some(text => LOOKS_LIKE_PLACE.test(text))),
  )
  if (telling.reduce((sum, { texts }) => sum + texts.length, 0) > MOST_JUDGED) judgements.push(tooLarge(tool))
  let judged = 0
  for (const group of telling) {
    if (judged >= MOST_JUDGED) break
    judged += group.texts.length
    const beside = groups.filter(other => other.parent === group.parent && other !== group)
    const doing = doingOf(tool, groups, beside)
    if (COMMAND.test(group.key) && !isWordsOf(group, beside))
      judgements.push(...judgeWords(group, beside, judges))
    if (SHELL_TOOL.test(tool) && SHELL_TEXT.test(group.key))
      judgements.push(...group.texts.map(text => judges.command(text)))
    for (const code of codesOf(tool, group, beside)) judgements.push(judges.command(code))
    for (const text of group.texts.slice(0, MOST_JUDGED)) {
      judgements.push(...judgePlace(doing, group.key, text, judges))
      if (PATTERN.test(group.key)) judgements.push(...judgePattern(text, beside, judges))
      if (depth < DEEPEST && NESTED.test(group.key))
        judgements.push(...judgementsOf(tool, leavesOfJson(text), judges, depth + 1))
    }
  }
  return judgements
}

/** `argv` beside a command holds its words; alone it is the command. */
function isWordsOf({ key }: LeafGroup, beside: readonly LeafGroup[]): boolean {
  return ARGUMENTS.test(key) && beside.some(other => COMMAND.test(other.key))
}

/** Whether a call writes, copies or only looks, by the words for it and by the text it brings. */
interface Doing {
  readonly words: string
  readonly bringsText: boolean
}

function doingOf(tool: string, groups: readonly LeafGroup[], beside: readonly LeafGroup[]): Doing {
  const verbs = groups.filter(({ key }) => VERB.test(key)).flatMap(({ texts }) => texts)
  const told = verbs.filter(text => /^[\w./: -]{1,80}$/.test(text) && !HTTP_METHOD.test(text))
  const words = [tool, ...told].join(' ')
  return { words, bringsText: beside.some(({ key }) => CONTENT.test(key)) }
}

function judgePlace(doing: Doing, key: string, text: string, judges: InputJudges): Judgement[] {
  const local = /^file:(?:\/\/[^/]*)?(\/.*)$/i.exec(text)?.[1]
  if (local !== undefined) return judgeTouch(decoded(local), doing, key, judges)
  const addresses = addressesOf(key, text)
  if (addresses.length > 0) return addresses.map(address => forAnyTool(judges.url(address)))
  if (!PATH.test(key))
    return LOOKS_LIKE_PLACE.test(text) && isPlaceKey(key) ? [judges.path(text.trim(), 'read')] : []
  const listed = leavesOfJson(text).map(leaf => leaf.text)
  const paths = [text, ...listed, ...text.split('\n')].filter(isShortLine).slice(0, MOST_JUDGED)
  return [...new Set(paths)].flatMap(path => judgeTouch(path, doing, key, judges))
}

function isPlaceKey(key: string): boolean {
  return !PROSE.test(key) && !CONTENT.test(key)
}

function isShortLine(path: string): boolean {
  return path !== '' && path.length <= 16_384 && !path.includes('\n')
}

/** An address alone, several in a list, or one without its scheme where the key says it is one. */
function addressesOf(key: string, text: string): readonly string[] {
  if (!URL_KEY.test(key)) return /^\s*https?:\S+\s*$/i.test(text) && isPlaceKey(key) ? [text.trim()] : []
  const several = text.match(/[a-z][a-z0-9+.-]*:\/\/[^\s,"'<>]+/gi) ?? []
  if (several.length > 0) return several.slice(0, MOST_JUDGED)
  if (/^\s*https?:/i.test(text)) return [text.trim()]
  return /^[\w.[\]:-]+\.[\w.[\]:-]+(?:\/|$)/.test(text) && !PATH.test(key) ? [`http://${text}`] : []
}

function judgeTouch(
  path: string,
  { words, bringsText }: Doing,
  key: string,
  judges: InputJudges,
): Judgement[] {
  const isWrite = bringsText || WRITES.test(words) || WRITES_SHORT.test(words)
  if (isWrite || (COPIES.test(words) && TARGET.test(key))) return [judges.path(path, 'write')]
  const reading = judges.path(path, 'read')
  return READS.test(words) ? [reading] : [reading, mayWrite(judges.path(path, 'write'))]
}

/** What a tool does is not known: where a write would be refused, a person is asked. */
function mayWrite({ findings, ...judgement }: Judgement): Judgement {
  const grave = findings.filter(({ severity }) => severity === 'deny')
  const asked = grave.map(finding => ({ ...finding, severity: 'ask' as const }))
  return { ...judgement, findings: asked, opinion: asked.length > 0 ? 'ask' : 'none' }
}

/** A search below a folder reads what its pattern names. */
function judgePattern(pattern: string, beside: readonly LeafGroup[], judges: InputJudges): Judgement[] {
  if (pattern.length > 1_024 || !/^[\w./~*?@{},[\]-]+$/.test(pattern) || !/[./~]/.test(pattern)) return []
  if (/^[/~]/.test(pattern)) return [judges.path(pattern, 'read')]
  const folders = beside.filter(({ key }) => PATH.test(key)).flatMap(({ texts }) => texts)
  return (folders.length > 0 ? folders : ['.']).map(folder => judges.path(`${folder}/${pattern}`, 'read'))
}

/** Statements for a database and code of other languages, as the commands that would run them. */
function codesOf(tool: string, { key, texts }: LeafGroup, beside: readonly LeafGroup[]): string[] {
  if (SQL.test(key) || (QUERY.test(key) && DATABASE.test(tool)))
    return texts.map(text => `psql -c ${quoted(text)}`)
  if (!CODE.test(key)) return []
  const told = beside.find(other => /^(?:language|lang|runtime|kernel)$/i.test(other.key))?.texts[0]
  if (told === undefined && !RUNS.test(tool)) return []
  const language = `${told ?? ''} ${key} ${tool}`.toLowerCase()
  if (/\b(?:ba|z)?sh\b|shell/.test(told ?? '')) return [...texts]
  if (/python|\bpy\b|jupyter|notebook/.test(language)) return texts.map(text => `python3 -c ${quoted(text)}`)
  if (
    /node|javascript|typescript|(?:^|[^a-z])(?:js|ts|repl)(?![a-z])/.test(language) &&
    !/browser|page|puppeteer|playwright/.test(language)
  )
    return texts.map(text => `node -e ${quoted(text)}`)
  return []
}

/** The text leaves of JSON that stands in a text; of anything else none. */
function leavesOfJson(text: string): TextLeaf[] {
  if (!/^\s*[[{]/.test(text) || text.length > 256 * 1024) return []
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Not JSON: a text like any other, and judged as one.
    return []
  }
  const leaves: TextLeaf[] = []
  collectLeaves(value, 'json', leaves, 0)
  return leaves
}

function collectLeaves(value: unknown, where: string, leaves: TextLeaf[], depth: number): void {
  if (depth > 20 || leaves.length > 1_000) return
  if (typeof value === 'string') leaves.push({ text: value, where })
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) collectLeaves(item, `${where}[${index}]`, leaves, depth + 1)
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) collectLeaves(item, `${where}.${key}`, leaves, depth + 1)
}

interface LeafGroup {
  readonly parent: string
  readonly key: string
  readonly texts: string[]
}

/** Leaves by their key; the items of a list belong together. */
function groupLeaves(leaves: readonly TextLeaf[]): LeafGroup[] {
  const groups = new Map<string, LeafGroup>()
  for (const { text, where } of leaves) {
    const [, parent = '', name = ''] = /^(.*?)\.?([^.[\]]+)(?:\[\d+\])*$/.exec(where) ?? []
    if (where.endsWith(': a key')) continue
    const key = name.trim().replace(/[\s-]+/g, '_')
    const group = groups.get(`${parent}.${key}`) ?? { parent, key, texts: [] }
    group.texts.push(text)
    groups.set(`${parent}.${key}`, group)
  }
  return [...groups.values()]
}

/** One text is shell; a list is one argv or several commands, so both readings count. */
function judgeWords(group: LeafGroup, beside: readonly LeafGroup[], judges: InputJudges): Judgement[] {
  const rest = beside.filter(({ key }) => ARGUMENTS.test(key)).flatMap(({ texts }) => texts)
  const folder = beside.find(({ key }) => FOLDER.test(key))?.texts[0]
  const from = folder === undefined ? '' : `cd ${quoted(folder)} && `
  const words = [...group.texts, ...rest]
  // `argv` is words and nothing else; a text of it alone is no command line.
  const alone = ARGUMENTS.test(group.key)
    ? []
    : group.texts.slice(0, MOST_JUDGED).map(text => judges.command(from + text))
  return words.length > 1 || alone.length === 0
    ? [...alone, judges.command(from + words.map(quoted).join(' '))]
    : alone
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

function decoded(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, code => String.fromCharCode(Number.parseInt(code.slice(1), 16)))
}

/**
 * A browser of the agent may look at the own network and at other schemes; what hands out credentials or controls the
 * machine is closed to it, and what a secret could leave by is asked about.
 */
function forAnyTool(judgement: Judgement): Judgement {
  const findings = judgement.findings.filter(
    ({ rule, severity }) =>
      /^url\.(?:is-metadata-service|reaches-control-port)$|after-secret$/.test(rule) ||
      (rule === 'url.is-private-address' && severity === 'deny'),
  )
  const isDenied = findings.some(({ severity }) => severity === 'deny')
  return { ...judgement, findings, opinion: isDenied ? 'deny' : findings.length > 0 ? 'ask' : 'none' }
}

function strictest(judgements: readonly Judgement[]): Judgement {
  const opinions = new Set(judgements.map(({ opinion }) => opinion))
  return {
    opinion: opinions.has('deny') ? 'deny' : opinions.has('ask') ? 'ask' : 'none',
    findings: judgements.flatMap(({ findings }) => findings),
    effects: judgements.flatMap(({ effects }) => effects),
    aftermath: joinAftermaths(judgements.map(({ aftermath }) => aftermath)),
    acts: judgements.flatMap(({ acts = [] }) => acts),
    calls: judgements.flatMap(({ calls = [] }) => calls),
    isPartial: judgements.some(({ isPartial }) => isPartial === true),
  }
}
