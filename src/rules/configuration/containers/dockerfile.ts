import { aligned, type Passage, reportInFile } from '../passage.ts'
import type { Report } from '../rule.ts'
import { isPlainHttp } from '../shell/addresses.ts'
import { judgeVariable } from '../shell/environment.ts'
import { type CallWatcher, watchedInFile } from '../shell/reading.ts'
import { readShell } from '../shell/script.ts'
import { judgeImage } from './images.ts'
import { type Instruction, instructionsOf } from './instructions.ts'

interface Build {
  readonly text: string
  readonly report: Report
  readonly stages: Set<string>
  readonly variables: Map<string, string>
  readonly watch: CallWatcher | undefined
}

/** Reads a Dockerfile: images, additions from elsewhere, variables, and the shell text of RUN, each call of which is shown to `watch`. */
export function readDockerfile(text: string, report: Report, watch?: CallWatcher): void {
  const build: Build = { text, report, watch, stages: new Set(), variables: new Map() }
  for (const instruction of instructionsOf(text)) judge(instruction, build)
}

function judge(instruction: Instruction, build: Build): void {
  const { keyword, body } = instruction
  const { variables, report } = build
  switch (keyword) {
    case 'FROM':
      judgeFrom(instruction, build)
      break
    case 'COPY':
      judgeModeOf(instruction, report)
      judgeSources(instruction, /--from=(\S+)/g, build)
      break
    case 'ADD':
      judgeModeOf(instruction, report)
      judgeAdd(instruction, build)
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
      judgeSources(instruction, /--mount=\S*?\bfrom=([^\s,]+)/g, build)
      judgeRun(instruction, build)
      break
    case 'ONBUILD': {
      const [, inner = ''] = /^\s*(\w+)/.exec(body.text) ?? []
      const skipped = body.text.indexOf(inner) + inner.length
      const rest: Passage = {
        text: body.text.slice(skipped),
        toFile: offset => body.toFile(offset + skipped),
      }
      if (inner !== '' && inner.toUpperCase() !== 'ONBUILD')
        judge({ ...instruction, keyword: inner.toUpperCase(), body: rest }, build)
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

function judgeFrom({ body }: Instruction, { stages, variables, report }: Build): void {
  const match = /^((?:\s|\\\s|--\S+)*)([^\s\\]+)(?:[\s\\]+as[\s\\]+(\S+))?/i.exec(body.text)
  if (!match) return
  const [, before = '', image = '', stage] = match
  const name = filledIn(image, variables)
  if (!stages.has(name.toLowerCase())) judgeImage(name, placeOf(body, before.length, image.length), report)
  if (stage) stages.add(stage.toLowerCase())
}

function filledIn(image: string, variables: ReadonlyMap<string, string>): string {
  return image.replace(
    /\$\{?(\w+)(?::-([^}]*))?\}?/g,
    (whole, variable: string, fallback?: string) => variables.get(variable) || fallback || whole,
  )
}

/** Images that files or mounts come from; a stage of this file is none. */
function judgeSources({ body }: Instruction, pattern: RegExp, { stages, variables, report }: Build): void {
  for (const match of body.text.matchAll(pattern)) {
    const from = match[1]!
    const name = filledIn(from, variables)
    if (stages.has(name.toLowerCase()) || /^\d+$/.test(name)) continue
    judgeImage(name, placeOf(body, match.index + match[0].length - from.length, from.length), report)
  }
}

function judgeAdd({ body }: Instruction, { variables, report }: Build): void {
  if (/--checksum=/.test(body.text)) return
  for (const { 0: word, index } of body.text.matchAll(/[^\s"',[\]]+/g)) {
    const url = filledIn(word, variables)
    if (!/^(?:https?|ftp|git):\/\//i.test(url)) continue
    // a repository at a commit is its own checksum
    if (/(?:\.git)?#[0-9a-f]{40}(?::|$)/.test(url)) continue
    report({
      rule: 'configuration.adds-remote-file',
      ...placeOf(body, index, word.length),
      message: isPlainHttp(url)
        ? 'a file comes into the image over plain HTTP, unchecked'
        : 'a file comes into the image from elsewhere, unchecked',
      ...(isPlainHttp(url) && { severity: 'deny' as const }),
    })
  }
}

/** RUN's flags are not part of the command; the exec form is a list of words. */
function judgeRun({ keyword, body, documents, whole }: Instruction, build: Build): void {
  const { variables, text } = build
  const read = (passage: Passage) =>
    readShell(
      passage.text,
      reportInFile(build.report, passage),
      surroundings,
      variables,
      watchedInFile(build.watch, passage),
    )
  const flags = /^(?:\s|\\\r?\n|--[a-z]+(?:=\S+)?(?=\s))*/.exec(body.text)?.[0].length ?? 0
  const command = behind(body, flags)
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
    read(aligned(code, text, from, command.toFile(command.text.length - 1) + 1, 'backslash'))
    return
  }
  const [document] = documents
  read(
    document && /^\d*<<-?["']?[^\s"']+["']?$/.test(command.text.trim())
      ? document
      : behind(documents.length > 0 ? whole : body, flags),
  )
}

function behind(passage: Passage, skipped: number): Passage {
  return { text: passage.text.slice(skipped), toFile: offset => passage.toFile(offset + skipped) }
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
