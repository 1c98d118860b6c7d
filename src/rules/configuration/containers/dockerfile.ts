import { aligned, joined, type Passage, reportInFile } from '../passage.ts'
import type { Report } from '../rule.ts'
import { isPlainHttp } from '../shell/addresses.ts'
import { judgeVariable } from '../shell/environment.ts'
import { readShell } from '../shell/script.ts'
import { judgeImage } from './images.ts'

interface Instruction {
  readonly keyword: string
  /** What stands behind the keyword, continued lines with their line ends, comments between them left out. */
  readonly body: Passage
  /** Of a here-document; code for RUN. */
  readonly document: Passage | undefined
  readonly start: number
  readonly end: number
}

/** Reads a Dockerfile: images, additions from elsewhere, variables, and the shell text of RUN. */
export function readDockerfile(text: string, report: Report): void {
  const stages = new Set<string>()
  const variables = new Map<string, string>()
  for (const instruction of instructionsOf(text)) judge(instruction, stages, variables, report, text)
}

function judge(
  instruction: Instruction,
  stages: Set<string>,
  variables: Map<string, string>,
  report: Report,
  text: string,
): void {
  const { keyword, body } = instruction
  switch (keyword) {
    case 'FROM':
      judgeFrom(instruction, stages, variables, report)
      break
    case 'COPY':
      judgeModeOf(instruction, report)
      for (const { 1: from = '', index } of body.text.matchAll(/--from=(\S+)/g))
        if (!stages.has(from.toLowerCase()) && !/^\d+$/.test(from))
          judgeImage(from, placeOf(body, index + 7, from.length), report)
      break
    case 'ADD':
      judgeModeOf(instruction, report)
      judgeAdd(instruction, report)
      break
    case 'ENV':
    case 'ARG':
      for (const { 1: name = '', 2: value = '', index } of body.text.matchAll(
        /(?:^|\s)([A-Za-z_]\w*)(?:=|\s+(?=\S))("[^"]*"|'[^']*'|[^\s"']*)/g,
      )) {
        const plain = value.replace(/^(["'])(.*)\1$/, '$2')
        variables.set(name, plain)
        judgeVariable(name, plain, placeOf(body, index, name.length + value.length + 1), report)
      }
      break
    case 'RUN':
    case 'CMD':
    case 'ENTRYPOINT':
      judgeRun(instruction, variables, report, text)
      break
    case 'ONBUILD': {
      const [, inner = ''] = /^\s*(\w+)/.exec(body.text) ?? []
      const skipped = body.text.indexOf(inner) + inner.length
      const rest: Passage = {
        text: body.text.slice(skipped),
        toFile: offset => body.toFile(offset + skipped),
      }
      if (inner !== '' && inner.toUpperCase() !== 'ONBUILD')
        judge({ ...instruction, keyword: inner.toUpperCase(), body: rest }, stages, variables, report, text)
    }
  }
}

function judgeModeOf({ body }: Instruction, report: Report): void {
  const match = /--chmod=(?:0?[0-7]{2}[2367]|[ugoa,=+rwxX]*[oa][+=]\w*w\w*)\b/.exec(body.text)
  if (match)
    report({
      rule: 'configuration.makes-world-writable',
      ...placeOf(body, match.index, match[0].length),
      message: 'everybody in the container may write the file',
    })
}

function placeOf({ toFile }: Passage, start: number, length: number) {
  return { start: toFile(start), end: toFile(start + length - 1) + 1 }
}

function judgeFrom(
  { body }: Instruction,
  stages: Set<string>,
  variables: ReadonlyMap<string, string>,
  report: Report,
): void {
  const match = /^((?:\s|\\\s|--\S+)*)([^\s\\]+)(?:[\s\\]+as[\s\\]+(\S+))?/i.exec(body.text)
  if (!match) return
  const [, before = '', image = '', stage] = match
  const name = image.replace(
    /\$\{?(\w+)(?::-([^}]*))?\}?/g,
    (whole, variable: string, fallback?: string) => variables.get(variable) || fallback || whole,
  )
  if (!stages.has(name.toLowerCase())) judgeImage(name, placeOf(body, before.length, image.length), report)
  if (stage) stages.add(stage.toLowerCase())
}

function judgeAdd({ body }: Instruction, report: Report): void {
  if (/--checksum=/.test(body.text)) return
  for (const { 0: url, index } of body.text.matchAll(/(?:https?|ftp|git):\/\/[^\s"',\]]+/gi)) {
    // a repository at a commit is its own checksum
    if (/(?:\.git)?#[0-9a-f]{40}(?::|$)/.test(url)) continue
    report({
      rule: 'configuration.adds-remote-file',
      ...placeOf(body, index, url.length),
      message: isPlainHttp(url)
        ? 'a file comes into the image over plain HTTP, unchecked'
        : 'a file comes into the image from elsewhere, unchecked',
      ...(isPlainHttp(url) && { severity: 'deny' as const }),
    })
  }
}

/** RUN's flags are not part of the command; the exec form is a list of words. */
function judgeRun(
  { keyword, body, document }: Instruction,
  variables: ReadonlyMap<string, string>,
  report: Report,
  text: string,
): void {
  const flags = /^(?:\s|\\\r?\n|--[a-z]+(?:=\S+)?(?=\s))*/.exec(body.text)?.[0].length ?? 0
  const command: Passage = { text: body.text.slice(flags), toFile: offset => body.toFile(offset + flags) }
  const surroundings = keyword === 'RUN' ? 'image' : 'machine'
  if (command.text.startsWith('[')) {
    const list = wordsOf(command.text)
    if (!list) return
    const start = command.toFile(0)
    const isShell = /(?:^|\/)(?:ba|da|z|k)?sh$/.test(list[0] ?? '') && /^-\w*c$/.test(list[1] ?? '')
    const code = isShell ? (list[2] ?? '') : list.map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
    const from = isShell
      ? start + Math.max(0, command.text.indexOf(JSON.stringify(code).slice(0, 8))) + 1
      : start
    const passage = aligned(code, text, from, command.toFile(command.text.length - 1) + 1, 'backslash')
    readShell(code, reportInFile(report, passage), surroundings, variables)
    return
  }
  if (document && /^<<-?["']?\w+["']?\s*$/.test(command.text.trim()))
    readShell(document.text, reportInFile(report, document), surroundings, variables)
  else readShell(command.text, reportInFile(report, command), surroundings, variables)
}

function wordsOf(text: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(text.replace(/\\\r?\n/g, '').trim())
    return Array.isArray(list) ? list.filter(word => typeof word === 'string') : undefined
  } catch {
    // Docker takes what is no JSON as a shell text that begins with a bracket: a test
    return undefined
  }
}

const MOST_INSTRUCTIONS = 5_000

/** The instructions with their continued lines; parser directives may name another escape character. */
function* instructionsOf(text: string): Generator<Instruction> {
  const continuation = /^(?:\s*#[^\n]*\n)*?\s*#\s*escape\s*=\s*`/i.test(text.slice(0, 500)) ? '`' : '\\'
  let at = 0
  for (let count = 0; at < text.length && count < MOST_INSTRUCTIONS; count++) {
    const line = lineFrom(text, at)
    const match = /^\s*([A-Za-z]+)(?=\s|$)/.exec(line.slice(0, 200))
    if (!match || /^\s*#/.test(line)) {
      at += line.length
      continue
    }
    const pieces: { text: string; start: number }[] = [
      { text: line.slice(match[0].length), start: at + match[0].length },
    ]
    const start = at
    at += line.length
    while (endsContinued(pieces.at(-1)!.text, continuation) && at < text.length) {
      const next = lineFrom(text, at)
      if (!/^\s*(?:#.*)?\r?\n?$/.test(next)) pieces.push({ text: next, start: at })
      at += next.length
    }
    const body = joined(
      continuation === '`'
        ? pieces.map(piece => ({ ...piece, text: piece.text.replace(/`(\r?\n)$/, '\\$1') }))
        : pieces,
    )
    const mark = /<<-?["']?([A-Za-z_]\w*)["']?/.exec(body.text)?.[1]
    let document: Passage | undefined
    if (mark !== undefined && /^(?:RUN|COPY|ADD)$/i.test(match[1]!)) {
      const end = documentEnd(text, at, mark)
      const from = at
      document = { text: text.slice(from, end.content), toFile: offset => from + offset }
      at = end.after
    }
    yield { keyword: match[1]!.toUpperCase(), body, document, start, end: at }
  }
}

function lineFrom(text: string, at: number): string {
  const end = text.indexOf('\n', at)
  return text.slice(at, end < 0 ? text.length : end + 1)
}

function endsContinued(line: string, continuation: string): boolean {
  return line.trimEnd().endsWith(continuation)
}

function documentEnd(text: string, from: number, mark: string): { content: number; after: number } {
  for (let at = from; at < text.length; ) {
    const line = lineFrom(text, at)
    if (line.trim() === mark) return { content: at, after: at + line.length }
    at += line.length
  }
  return { content: text.length, after: text.length }
}
