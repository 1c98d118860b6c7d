import { aligned, joined, type Passage, reportInFile } from '../passage.ts'
import type { Report } from '../rule.ts'
import { readShell } from '../shell/script.ts'
import { type Language, languages } from './languages.ts'
import { type Pattern, patterns, type ShellCall, shellCalls } from './patterns.ts'
import { argumentsAt, type Token, tokensOf, type Window } from './tokens.ts'

const LONGEST_TEXT = 1024 * 1024
const MOST_TRIGGERS = 2_000
const BEFORE = 200
const BEHIND = 800

interface Step {
  readonly wanted: ReadonlySet<string> | 'string' | 'name'
  readonly strings: ReadonlySet<string>
}

interface Compiled<Row> {
  readonly row: Row
  readonly steps: readonly Step[]
}

function compile<Row extends { readonly tokens: string }>(row: Row): Compiled<Row> {
  const steps = row.tokens.split(' ').map((word): Step => {
    if (word === '<string>' || word === '<name>')
      return { wanted: word === '<string>' ? 'string' : 'name', strings: new Set() }
    const names = word === '||' ? [word] : word.split('|')
    const strings = names.filter(name => /^<.+>$/.test(name)).map(name => name.slice(1, -1))
    return { wanted: new Set(names.filter(name => !/^<.+>$/.test(name))), strings: new Set(strings) }
  })
  return { row, steps }
}

interface Table {
  readonly patterns: ReadonlyMap<string, readonly Compiled<Pattern>[]>
  readonly calls: ReadonlyMap<string, readonly Compiled<ShellCall>[]>
}

const tables = new Map<Language, Table>()

function tableOf(language: Language): Table {
  const known = tables.get(language)
  if (known) return known
  const table = { patterns: byFirst(patterns, language), calls: byFirst(shellCalls, language) }
  tables.set(language, table)
  return table
}

function byFirst<Row extends { readonly tokens: string; readonly languages: readonly Language[] }>(
  rows: readonly Row[],
  language: Language,
): Map<string, Compiled<Row>[]> {
  const map = new Map<string, Compiled<Row>[]>()
  for (const row of rows) {
    if (!row.languages.includes(language)) continue
    const compiled = compile(row)
    const { wanted, strings } = compiled.steps[0]!
    for (const text of [...(typeof wanted === 'string' ? [] : wanted), ...strings])
      map.set(text, [...(map.get(text) ?? []), compiled])
  }
  return map
}

/** One program text being read. */
interface Source {
  readonly text: string
  readonly report: Report
  /** Asked once for each pattern. */
  holds(pattern: RegExp): boolean
}

/** Reads a program text around the words that matter, as tokens. */
export function readCode(language: Language, whole: string, report: Report): void {
  const text = whole.length > LONGEST_TEXT ? whole.slice(0, LONGEST_TEXT) : whole
  const { syntax, triggers, further } = languages[language]
  const isMore = further !== undefined && text.includes(further.behind)
  const windows = windowsOf(text, isMore ? [...triggers, ...further.words] : triggers)
  if (windows.length === 0) return
  const tokens = tokensOf(text, syntax, windows)
  const table = tableOf(language)
  const known = new Map<RegExp, boolean>()
  const file: Source = {
    text,
    report,
    holds(pattern) {
      const holds = known.get(pattern) ?? pattern.test(text)
      known.set(pattern, holds)
      return holds
    },
  }
  for (const [at, token] of tokens.entries()) {
    for (const compiled of table.patterns.get(token.text) ?? []) judge(compiled, tokens, at, file)
    for (const compiled of table.calls.get(token.text) ?? []) readShellCall(compiled, tokens, at, file)
    if (language === 'ruby' && token.kind === 'string' && text[token.start] === '`')
      readShellText([token], text, report)
  }
}

/** Where the words that matter stand, each with its surroundings. */
function windowsOf(text: string, triggers: readonly string[]): Window[] {
  const places: number[] = []
  for (const trigger of triggers)
    for (
      let at = text.indexOf(trigger);
      at >= 0 && places.length < MOST_TRIGGERS;
      at = text.indexOf(trigger, at + trigger.length)
    )
      places.push(at)
  places.sort((a, b) => a - b)
  const windows: { start: number; end: number }[] = []
  for (const place of places) {
    const last = windows.at(-1)
    if (last && place - BEFORE <= last.end) last.end = Math.min(text.length, place + BEHIND)
    else windows.push({ start: Math.max(0, place - BEFORE), end: Math.min(text.length, place + BEHIND) })
  }
  return windows
}

/** The index behind the last token of the row, or -1. */
function match({ steps }: { readonly steps: readonly Step[] }, tokens: readonly Token[], at: number): number {
  for (const [index, { wanted, strings }] of steps.entries()) {
    const token = tokens[at + index]
    if (!token) return -1
    if (typeof wanted === 'string') {
      if (token.kind !== wanted) return -1
    } else if (token.kind === 'string' ? !strings.has(token.text) : !wanted.has(token.text)) return -1
  }
  return at + steps.length
}

function judge(compiled: Compiled<Pattern>, tokens: readonly Token[], at: number, file: Source): void {
  const { row } = compiled
  const end = match(compiled, tokens, at)
  if (end < 0 || isOther(row, tokens, at) || (row.needs && !file.holds(row.needs))) return
  const last = tokens[end - 1]!
  const opens = last.text === '('
  const { list, close } = opens ? argumentsAt(tokens, end - 1) : { list: [[last]], close: end - 1 }
  if (row.arguments && !row.arguments(list)) return
  if (row.isUnlessKept && isKept(tokens, at)) return
  if (row.languages.includes('python') && row.tokens.includes(' = ') && isParameter(tokens, at)) return
  file.report({
    rule: row.rule,
    start: tokens[at]!.start,
    end: tokens[close]!.end,
    message: row.message,
    fix: row.safe === undefined ? undefined : { start: last.start, end: last.end, replacement: row.safe },
  })
}

/** A method or a declaration that only has the name. */
function isOther({ isBare }: { readonly isBare?: boolean }, tokens: readonly Token[], at: number): boolean {
  if (!isBare) return false
  const before = tokens[at - 1]
  if (!before) return false
  if (/^(?:\.|->|\?\.|function|def|fn|func|void|int|char|\*|public|private|static)$/.test(before.text))
    return true
  if (before.text === '::') return tokens[at - 2]?.kind === 'name' && tokens[at - 2]!.text !== 'std'
  return (
    before.kind === 'name' &&
    !/^(?:return|else|do|case|await|yield|and|or|not|in|if|unless|then|throw|print|echo|with|php)$/.test(
      before.text,
    )
  )
}

/** `old = umask(0)`, `umask(umask(0))`: the old mask is asked for and put back. */
function isKept(tokens: readonly Token[], at: number): boolean {
  return /^(?:=|:=|\(|return|,)$/.test(tokens[at - 1]?.text ?? '')
}

/** `def get(url, verify=False)`: a default of one's own is no call; `decode(token, verify=False)` is about a signature. */
function isParameter(tokens: readonly Token[], at: number): boolean {
  let depth = 0
  for (let index = at - 1; index >= 0 && at - index < 200; index--) {
    const { kind, text } = tokens[index]!
    if (kind !== 'mark') continue
    if (/^[)\]}]$/.test(text)) depth++
    else if (/^[([{]$/.test(text) && --depth < 0)
      return tokens[index - 2]?.text === 'def' || /^(?:lambda|decode)$/.test(tokens[index - 1]?.text ?? '')
  }
  return false
}

function readShellCall(
  compiled: Compiled<ShellCall>,
  tokens: readonly Token[],
  at: number,
  file: Source,
): void {
  const { row } = compiled
  const end = match(compiled, tokens, at)
  if (end < 0 || isOther(row, tokens, at) || (row.needs && !file.holds(row.needs))) return
  const { list } = argumentsAt(tokens, end - 1)
  if (row.when && !row.when(list)) return
  readShellText(list[row.position] ?? [], file.text, file.report)
}

const LONGEST_COMMAND = 8_192

/** Texts joined by `+` or standing side by side; what stands between them is put in when it runs. */
function readShellText(argument: readonly Token[], text: string, report: Report): void {
  if (!argument.some(({ kind }) => kind === 'string')) return
  const pieces: { text: string; start: number; passage?: Passage }[] = []
  for (const token of argument) {
    if (token.kind === 'string') {
      const value = decoded(token)
      pieces.push({
        text: value,
        start: token.inside,
        passage: aligned(value, text, token.inside, token.end, 'backslash'),
      })
    } else if (token.kind === 'name' && !/^[rbfuRBFU]{1,2}$/.test(token.text))
      pieces.push({ text: '$_', start: token.start })
  }
  const passage = pieces.length === 1 ? pieces[0]!.passage! : joined(pieces)
  if (passage.text.length <= LONGEST_COMMAND)
    readShell(passage.text, reportInFile(report, passage), 'machine')
}

function decoded({ text, isTemplate }: Token): string {
  const plain = text.replace(/\\(["'`\\$nt])/g, (_, mark: string) =>
    mark === 'n' ? '\n' : mark === 't' ? '\t' : mark,
  )
  if (!isTemplate) return plain
  // what is put in becomes a variable in as many characters
  return plain.replace(
    /\$\{[^{}]*\}|#\{[^{}]*\}|(?<!\$)\{[^{}]*\}/g,
    whole => `$${'_'.repeat(whole.length - 1)}`,
  )
}
