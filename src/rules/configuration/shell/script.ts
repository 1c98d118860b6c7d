import {
  type Assignment,
  type Command,
  type CommandNode,
  type For,
  forEachChild,
  type ParsedScript,
  type Pipeline,
  parse,
  type Redirection,
  type Script,
  type SyntaxNode,
  type Word,
} from 'unbash'
import { initialState, type ShellState, type Value } from '../../commands/shell/state.ts'
import { expandHereDoc, expandText, expandWord, type WordScope } from '../../commands/shell/words.ts'
import { marksOf, UNKNOWN } from '../../paths/pattern.ts'
import type { Report } from '../rule.ts'
import { runWords } from './call.ts'
import { allMarksOf, printedTogether, REMOTE_TEXT } from './marks.ts'
import type { Argument, CallWatcher, Flow, Reading, Surroundings, Writing } from './reading.ts'

const LONGEST_SCRIPT = 128 * 1024
/** So short a text is parsed anyway: a name may be taken apart by quotes or line ends. */
const SHORT = 4_096
const MOST_STEPS = 40_000
/** A script that is wrong in so many places needs no further ones. */
const MOST_FOUND = 500
const DEEPEST = 6
const MOST_ELEMENTS = 1_000
const LONGEST_VALUE = 1_024
const MOST_PARTS = 200
const MOST_ROUNDS = 32

/** Texts that cannot hold anything the shell rules look for are not parsed. */
const WORTH_READING =
  /curl|wget|fetch|chmod|umask|\/tmp\b|\/var\/tmp|\/dev\/shm|mktemp|mkdir|install|pip|npm|yarn|pnpm|apt|apk|yum|dnf|rpm|git|ssh|scp|NODE_TLS|SSL|TLS|tls|ssl|VERIFY|insecure|http:|eval|TOKEN|SECRET|PASSW|_KEY|CI_|GITHUB_|trusted|EXPR|mysql|aria2c|setfacl/

/**
 * Reads a shell text and reports what its rules see; each call is shown to `watch`. Bounded: what lies beyond the bound is
 * said to be unread.
 */
export function readShell(
  text: string,
  report: Report,
  surroundings: Surroundings,
  variables: ReadonlyMap<string, string> = new Map(),
  watch?: CallWatcher,
): void {
  if (!watch && text.length > SHORT && !WORTH_READING.test(text)) return
  const head = text.length > LONGEST_SCRIPT ? text.slice(0, text.lastIndexOf('\n', LONGEST_SCRIPT) + 1) : text
  const state = initialState('.')
  for (const [name, value] of variables) state.variables.set(name, [[value]])
  const reading: Reading = {
    text: head,
    report(sighting) {
      reading.found++
      report(reading.within ? { ...sighting, ...reading.within, fix: undefined } : sighting)
    },
    watch,
    surroundings,
    state,
    fetched: new Map(),
    made: new Set(),
    checks: [],
    runs: [],
    stdin: '',
    depth: 0,
    steps: 0,
    found: 0,
    within: undefined,
    functions: new Map(),
    readMade: (made, place) => readMade(reading, made, place),
  }
  const script = parse(head)
  walk(reading, script)
  reportUncheckedRuns(reading)
  // only who asks for every call wants to know that one may be missing
  if (watch && script.errors?.length) tellUnread(reading, script.errors[0]!.pos, 'it is no whole shell text')
  if (reading.steps > MOST_STEPS)
    report({
      rule: 'configuration.could-not-be-read',
      start: 0,
      end: 1,
      message: 'the script has more parts than are read',
    })
  if (head.length < text.length && (watch || WORTH_READING.test(text.slice(head.length))))
    report({
      rule: 'configuration.could-not-be-read',
      start: head.length,
      end: head.length + 1,
      message: `the script is longer than ${LONGEST_SCRIPT / 1024} KB; the rest was not read`,
    })
}

function reportUncheckedRuns({ runs, checks, report }: Reading): void {
  for (const { fetched, start, end } of runs)
    if (!checks.some(at => at >= fetched.start && at <= start))
      report({
        rule: 'configuration.runs-unchecked-download',
        start,
        end,
        message: fetched.isHttp
          ? 'runs a file that came over plain HTTP and that nothing was compared with'
          : 'runs a downloaded file whose content nothing was compared with',
      })
}

function tellUnread({ report, text }: Reading, at: number, message: string): void {
  const start = Math.max(0, Math.min(at, text.length - 1))
  report({ rule: 'configuration.could-not-be-read', start, end: start + 1, message })
}

function readMade(reading: Reading, text: string, place: { start: number; end: number }): string {
  if (text.trim() === '') return ''
  if (reading.depth >= DEEPEST || text.length > LONGEST_SCRIPT) {
    if (reading.watch) tellUnread(reading, place.start, 'shell texts stand in each other too deep')
    return ''
  }
  const before = reading.within
  reading.depth++
  reading.within = before ?? { start: place.start, end: place.end }
  const out = walk(reading, parse(text))
  reading.within = before
  reading.depth--
  return out
}

/** Walks a node; returns the marks of what its last program prints. */
function walk(reading: Reading, node: SyntaxNode): string {
  if (++reading.steps > MOST_STEPS || reading.found > MOST_FOUND) return ''
  switch (node.type) {
    case 'Command':
      return walkCommand(reading, node)
    case 'Pipeline':
      return walkPipeline(reading, node)
    case 'Redirected':
      return walkRedirected(reading, node.command, node.redirects)
    case 'Function':
      return walkFunction(reading, node.name.text, node.body)
    case 'For':
      return walkFor(reading, node)
    case 'Word':
      fieldsOf(reading, [node])
      return ''
    default:
      return walkChildren(reading, node)
  }
}

/** Who asks for every call sees those of each round. */
function walkFor(reading: Reading, { name, wordlist, body }: For): string {
  const values = fieldsOf(reading, wordlist ?? []).map(({ text }) => [text])
  const rounds = reading.watch ? values.slice(1, MOST_ROUNDS) : []
  setVariable(reading.state, name.text, values)
  let out = walk(reading, body)
  for (const value of rounds) {
    setVariable(reading.state, name.text, [value])
    out = printedTogether(out, walk(reading, body))
  }
  return out
}

function walkChildren(reading: Reading, node: SyntaxNode): string {
  let out = ''
  forEachChild(node, child => {
    const printed = walk(reading, child)
    out = printedTogether(out, printed)
  })
  return out
}

function walkPipeline(reading: Reading, { commands }: Pipeline): string {
  const before = reading.stdin
  let out = ''
  commands.forEach((command, index) => {
    if (index > 0) reading.stdin = out === '' ? UNKNOWN : out
    out = walk(reading, command)
  })
  reading.stdin = before
  return out
}

function walkRedirected(reading: Reading, command: CommandNode, redirects: readonly Redirection[]): string {
  const before = reading.stdin
  const flow = redirectionsOf(reading, redirects)
  if (flow.stdin !== undefined) reading.stdin = flow.stdin
  const out = walk(reading, command)
  reading.stdin = before
  runWords(reading, [], { ...flow, printed: out, prefix: [] })
  return flow.writes.length > 0 ? '' : out
}

function walkFunction(reading: Reading, name: string, body: SyntaxNode): string {
  const checks = reading.checks.length
  const prints = walk(reading, body)
  reading.functions.set(name, { prints, checks: reading.checks.length > checks })
  return ''
}

function walkCommand(reading: Reading, command: Command): string {
  const { state } = reading
  const prefix = command.prefix.filter(item => item.type === 'Assignment')
  const before = prefix.map(({ name }) => [name, state.variables.get(name)] as const)
  for (const assignment of prefix) assign(reading, assignment)
  const words = command.name
    ? fieldsOf(reading, [
        command.name,
        ...command.suffix.filter(item => item.type === 'Word' || item.type === 'Assignment'),
      ])
    : []
  const flow = redirectionsOf(reading, command.redirects)
  const out = runWords(reading, words, { ...flow, printed: '', prefix })
  if (command.name)
    for (const [name, value] of before)
      value ? state.variables.set(name, value) : state.variables.delete(name)
  return flow.writes.length > 0 ? '' : out
}

/** Another descriptor, or the output itself by its name. */
const SAME_OUTPUT = /^(?:\d+|-|\/dev\/(?:stdout|fd\/1))$/

function redirectionsOf(
  reading: Reading,
  redirects: readonly Redirection[],
): Pick<Flow, 'stdin' | 'document' | 'writes'> {
  let stdin: string | undefined
  let document: Flow['document']
  const writes: Writing[] = []
  for (const item of redirects) {
    if (item.type === 'HereDoc') {
      stdin = expandHereDoc(item, scopeOf(reading, item)) || UNKNOWN
      document = {
        text: item.body.text,
        start: item.body.pos,
        end: item.body.end,
        isQuoted: item.delimiter?.quoted ?? false,
      }
      continue
    }
    if (!item.target) continue
    const target = fieldsOf(reading, [item.target])[0]
    if (!target) continue
    if (item.type === 'HereString') {
      stdin = target.text || UNKNOWN
      document = { text: target.text, start: target.start, end: target.end }
    } else if (item.operator === '<') stdin = contentOf(reading, target.text)
    else if (item.operator !== '<&' && item.operator !== '<>' && !SAME_OUTPUT.test(target.text))
      writes.push({ target, appends: item.operator.includes('>>') })
  }
  return { stdin, document, writes }
}

function contentOf({ fetched }: Reading, path: string): string {
  return marksOf(path) || (fetched.has(path) ? REMOTE_TEXT : UNKNOWN)
}

function assign(reading: Reading, { name, value, append }: Assignment): void {
  const { state } = reading
  const elements =
    value.type === 'ArrayValue'
      ? fieldsOf(reading, value.elements).map(({ text }) => text)
      : [expandText(value, scopeOf(reading, value))[0] ?? '']
  const before = state.variables.get(name)?.[0] ?? ['']
  const next = !append
    ? elements
    : value.type === 'ArrayValue'
      ? [...before, ...elements]
      : [before[0]! + elements[0]!]
  if (next.length < MOST_ELEMENTS) setVariable(state, name, [next.map(shortened)])
}

/** A value beyond use: doubling one a thousand times must not take the time of it. Unknown beside unknown is one. */
function shortened(text: string): string {
  if (text.length > LONGEST_VALUE) return UNKNOWN + allMarksOf(text).replace(UNKNOWN, '')
  return text.length > 1 && text.includes(UNKNOWN + UNKNOWN) ? text.replace(/\uE000{2,}/g, UNKNOWN) : text
}

function setVariable(state: ShellState, name: string, value: Value): void {
  state.variables.set(name, value.length > 0 ? value.slice(0, 1) : [[UNKNOWN]])
}

/** The words as fields, each at the place of its word. */
function fieldsOf(reading: Reading, words: readonly (Word | Assignment)[]): Argument[] {
  return words.flatMap(word => {
    const { pos: start, end } = word
    if (word.type === 'Assignment') {
      assign(reading, word)
      const value = reading.state.variables.get(word.name)?.[0]?.[0] ?? ''
      return [{ text: `${word.name}=${value}`, start, end }]
    }
    // nobody writes such a word, and each of its parts would be put together with the others
    if ((word.parts?.length ?? 0) > MOST_PARTS) {
      if (reading.watch) tellUnread(reading, start, 'a word has too many parts')
      return [{ text: UNKNOWN, start, end }]
    }
    const isRewritten = word.parts?.some(({ type }) => type === 'BraceExpansion')
    const before = reading.within
    if (isRewritten) reading.within = before ?? { start, end }
    const fields = expandWord(word, scopeOf(reading, word))[0] ?? []
    reading.within = before
    return fields.map(text => ({ text, start, end }))
  })
}

function scopeOf(reading: Reading, { pos: start, end }: { pos: number; end: number }): WordScope {
  const run = (script: ParsedScript | Script | undefined): string => {
    if (!script) return UNKNOWN
    const before = reading.within
    const stdin = reading.stdin
    // an escaped substitution is a text of its own, with places of its own
    if (script.source !== undefined) reading.within = before ?? { start, end }
    reading.stdin = ''
    const out = walk(reading, script)
    reading.within = before
    reading.stdin = stdin
    return out
  }
  return {
    state: reading.state,
    home: '~',
    substitute: script => run(script) || UNKNOWN,
    processFile: script => `/dev/fd/63${marksOf(run(script))}`,
    evaluate: () => {},
  }
}
