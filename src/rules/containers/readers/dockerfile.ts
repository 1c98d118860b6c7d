import { readDockerfile } from '../../configuration/containers/dockerfile.ts'
import {
  type Instruction,
  instructionsOf,
  MOST_INSTRUCTIONS,
} from '../../configuration/containers/instructions.ts'
import { reportInFile } from '../../configuration/passage.ts'
import type { SeenCall } from '../../configuration/shell/reading.ts'
import { readShell } from '../../configuration/shell/script.ts'
import { hostPlaceOf, isSecretFile } from '../host-paths.ts'
import type { Reading } from '../reading.ts'
import { type ContainerSpec, isUnknownText, newSpec, type Place, type Placed, readableText } from '../spec.ts'
import { filledIn } from '../variables.ts'
import { judgeBuildCall } from './build-calls.ts'
import { addCommand, addSighting } from './commands.ts'

const KEYWORDS = new Set(
  'FROM ARG ENV RUN CMD ENTRYPOINT COPY ADD LABEL MAINTAINER EXPOSE VOLUME USER WORKDIR STOPSIGNAL HEALTHCHECK SHELL ONBUILD'.split(
    ' ',
  ),
)

interface Stage {
  readonly spec: ContainerSpec
  readonly name: string
  readonly variables: Map<string, string | undefined>
  /** Names that the stage gave the number of root. */
  readonly rootNames: Set<string>
  /** Users of images that are built on this one. */
  readonly triggered: Placed<string>[]
  isUsed: boolean
}

interface Build {
  readonly text: string
  readonly stages: Stage[]
  readonly globals: Map<string, string | undefined>
  /** Set before the first stage. */
  readonly early: ContainerSpec['environment']
  readonly calls: readonly SeenCall[]
  readonly reading: Reading
  readonly place: (start: number, end: number) => Place
  readonly tell: (start: number, why: string) => void
}

/** Reads a Dockerfile, a spec for each stage; `within` is where a Dockerfile stands that is part of another file. */
export function readDockerfileText(file: string, text: string, reading: Reading, within?: Place): void {
  const place = (start: number, end: number): Place => within ?? { file, start, end: Math.max(start, end) }
  const tell = (start: number, why: string) =>
    void reading.troubles.push({ place: place(start, start + 1), why })
  const calls: SeenCall[] = []
  const sightings: Parameters<Parameters<typeof readDockerfile>[1]>[0][] = []
  readDockerfile(
    text,
    sighting => void sightings.push(sighting),
    call => void calls.push(call),
  )
  const build: Build = { text, stages: [], globals: new Map(), early: [], calls, reading, place, tell }
  const starts: number[] = []
  let count = 0
  for (const instruction of instructionsOf(text)) {
    count++
    if (instruction.trouble !== undefined) tell(instruction.start, instruction.trouble)
    else if (!KEYWORDS.has(instruction.keyword))
      tell(instruction.start, `there is no instruction \`${instruction.keyword}\``)
    if (instruction.keyword === 'FROM') starts.push(instruction.start)
    judge(instruction, build, false)
  }
  if (count >= MOST_INSTRUCTIONS) tell(0, `it has more than ${MOST_INSTRUCTIONS} instructions`)
  if (build.stages.length === 0) return void tell(0, 'it starts from no image')
  for (const sighting of sightings) {
    const { rule, start, end, message, severity } = sighting
    const spec =
      build.stages[
        Math.max(
          0,
          starts.findLastIndex(at => at <= start),
        )
      ]!.spec
    if (rule === 'configuration.could-not-be-read') tell(start, message)
    else if (rule === 'configuration.uses-unpinned-image')
      spec.looseImages.push({ value: message, place: place(start, end), severity })
    else addSighting(spec, within ? { ...sighting, fix: undefined } : sighting, place(start, end))
  }
  settle(build.stages)
  for (const { spec } of build.stages) reading.specs.push(spec)
}

/** Says which stages are built, and who is root under another name. */
function settle(stages: readonly Stage[]): void {
  for (const [index, stage] of stages.entries()) {
    const { spec } = stage
    const role = index === stages.length - 1 ? 'last' : stage.isUsed ? 'part' : 'side'
    spec.stage = { name: stage.name, role }
    if (spec.users.length > 0 || role === 'part') spec.users.push(...stage.triggered)
    spec.users = spec.users.map(user =>
      stage.rootNames.has(user.value.split(':')[0]!) ? { ...user, value: '0' } : user,
    )
  }
}

/** Images whose publisher gives them an ordinary user. */
const ROOTLESS =
  /(?:^|[:-])nonroot(?:$|[@-])|^cgr\.dev\/chainguard\/(?!.*-dev(?:$|@))|^nginxinc\/nginx-unprivileged|\/ubi\d+\/nodejs-/

function judge(instruction: Instruction, build: Build, isTrigger: boolean): void {
  const { keyword, start, end } = instruction
  const stage = build.stages.at(-1)
  if (keyword === 'FROM' && !isTrigger) return void begin(instruction, build)
  if (keyword === 'ARG' || keyword === 'ENV') return void setVariables(instruction, build, isTrigger)
  if (!stage) return void (KEYWORDS.has(keyword) && build.tell(start, `\`${keyword}\` stands before FROM`))
  const { spec } = stage
  const fill = (text: string) => filledIn(text, name => stage.variables.get(name), 'dockerfile')
  const text = fill(instruction.body.text.replace(/\\\r?\n/g, ' ')).trim()
  const place = build.place(start, endOfText(build.text, start, end))
  switch (keyword) {
    case 'USER':
      if (isTrigger) stage.triggered.push({ value: unquoted(text), place })
      else spec.users = [{ value: unquoted(text), place }]
      break
    case 'EXPOSE':
      for (const port of text.split(/\s+/))
        spec.ports.push({ address: '', inside: port, outside: '', isInside: true, place })
      break
    case 'HEALTHCHECK':
      spec.health = { value: /^none\b/i.test(text) ? 'off' : 'set', place }
      addCommand(
        spec,
        wordsOfCommand(text).map(word => ({ text: word, place })),
        build.reading,
      )
      break
    case 'VOLUME':
      for (const path of wordsOf(text))
        if (hostPlaceOf(path) === 'engine')
          spec.mounts.push({
            kind: 'bind',
            source: path,
            target: path,
            isReadOnly: false,
            isShared: false,
            options: undefined,
            place,
          })
      break
    case 'COPY':
    case 'ADD':
      addFiles(stage, text, place, build)
      if (/^#!.*sh\b/.test(instruction.documents[0]?.text ?? '') || /\.(?:ba)?sh"?\]?$/.test(text))
        for (const document of instruction.documents) readDocument(spec, document, build)
      break
    case 'RUN':
      readRunFlags(stage, text, place, build)
      readCalls(stage, instruction, build)
      break
    case 'ONBUILD':
      judgeTrigger(instruction, build)
  }
}

function judgeTrigger(instruction: Instruction, build: Build): void {
  const { text, toFile } = instruction.body
  const [, inner = ''] = /^\s*(\w+)/.exec(text) ?? []
  if (inner === '' || /^(?:ONBUILD|FROM|MAINTAINER)$/i.test(inner)) return
  const skipped = text.indexOf(inner) + inner.length
  const body = { text: text.slice(skipped), toFile: (offset: number) => toFile(offset + skipped) }
  judge({ ...instruction, keyword: inner.toUpperCase(), body }, build, true)
}

/** Without the line end and blanks behind it. */
function endOfText(text: string, start: number, end: number): number {
  return start + text.slice(start, end).trimEnd().length
}

function begin({ body, start, end }: Instruction, build: Build): void {
  const words = body.text
    .replace(/\\\r?\n/g, ' ')
    .trim()
    .split(/\s+/)
    .filter(word => !word.startsWith('--'))
  const [image = '', as = '', written = ''] = words
  const name = /^as$/i.test(as) ? written.toLowerCase() : ''
  const base = filledIn(image, variable => build.globals.get(variable), 'dockerfile')
  const parent = build.stages.find(stage => stage.name !== '' && stage.name === base.toLowerCase())
  if (parent) parent.isUsed = true
  const place = build.place(start, endOfText(build.text, start, end))
  const spec = newSpec('dockerfile', name === '' ? 'the image' : `stage \`${name}\``, place)
  if (parent) {
    spec.users = [...parent.spec.users]
    if (parent.spec.health) spec.health = parent.spec.health
  } else if (isUnknownText(base) && !/^[\uE000-\uE00F]+$/.test(base) && !base.includes('@'))
    // a whole image that an argument must name is left to whoever names it
    spec.looseImages.push({
      value: `the tag of the image \`${readableText(base)}\` is decided by an argument without a value here`,
      place,
      severity: 'note',
    })
  else if (ROOTLESS.test(base)) spec.users = [{ value: 'nonroot', place }]
  spec.environment.push(...build.early.splice(0))
  build.stages.push({
    spec,
    name,
    triggered: [],
    variables: new Map(parent?.variables ?? []),
    rootNames: new Set(parent?.rootNames ?? []),
    isUsed: false,
  })
}

/** `NAME=value …`, or for ENV `NAME value`; values may be quoted. */
const ASSIGNMENT = /(?:^|\s)([A-Za-z_][\w.-]*)(?:=((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])*))?/gs

function setVariables({ keyword, body, start, end }: Instruction, build: Build, isTrigger: boolean): void {
  const stage = build.stages.at(-1)
  const variables = stage?.variables ?? build.globals
  const text = body.text.replace(/\\\r?\n/g, ' ').trim()
  const spaced =
    keyword === 'ENV' && /^[A-Za-z_][\w.-]*\s+[^=\s]/.test(text) ? /^(\S+)\s+([\s\S]*)$/.exec(text) : null
  const pairs: (readonly [string, string | undefined])[] = spaced
    ? [[spaced[1]!, spaced[2]]]
    : [...text.matchAll(ASSIGNMENT)].map(match => [match[1]!, match[2]] as const)
  for (const [name, raw] of pairs) {
    const written = raw === undefined ? undefined : unquoted(raw)
    const value =
      written === undefined
        ? build.globals.get(name)
        : filledIn(written, known => variables.get(known) ?? build.globals.get(known), 'dockerfile')
    if (!isTrigger) variables.set(name, value)
    const place = build.place(start, endOfText(build.text, start, end))
    if (written !== undefined) addVariable(build, name, written, place)
  }
}

function addVariable(build: Build, name: string, value: string, place: Place): void {
  const owner = build.stages.at(-1)?.spec.environment ?? build.early
  owner.push({ name, value, place })
}

function unquoted(text: string): string {
  return text.replace(
    /"((?:\\.|[^"\\])*)"|'([^']*)'/gs,
    (_, double?: string, single?: string) => single ?? double?.replace(/\\(["\\$])/g, '$1') ?? '',
  )
}

function wordsOf(text: string): string[] {
  if (text.startsWith('['))
    try {
      const list: unknown = JSON.parse(text)
      if (Array.isArray(list)) return list.map(String)
    } catch {
      // what is no list is read as words, as the builder does
    }
  return text.split(/\s+/).map(unquoted)
}

function addFiles({ spec }: Stage, text: string, place: Place, build: Build): void {
  const flags = /^(?:--\S+\s+)*/.exec(text)?.[0] ?? ''
  markUsed(/--from=(\S+)/.exec(flags)?.[1], build)
  const words = wordsOf(text.slice(flags.length))
  const target = words.at(-1) ?? ''
  const sources = words.slice(0, -1).filter(word => !word.startsWith('<<'))
  for (const path of [...sources, target])
    if (isSecretFile(path)) {
      spec.secretFiles.push({ value: path, place })
      return
    }
}

/** A script that is written here runs in the container. */
function readDocument(spec: ContainerSpec, document: Instruction['documents'][number], build: Build): void {
  readShell(
    document.text,
    reportInFile(
      sighting => addSighting(spec, sighting, build.place(sighting.start, sighting.end)),
      document,
    ),
    'image',
  )
}

/** Behind CMD: a list of words, or a text for the shell. */
function wordsOfCommand(text: string): string[] {
  const command = /\bCMD\s+([\s\S]*)$/i.exec(text)?.[1]?.trim() ?? ''
  return command.startsWith('[') ? wordsOf(command) : command === '' ? [] : [command]
}

function markUsed(from: string | undefined, { stages }: Build): void {
  if (from === undefined) return
  const stage = /^\d+$/.test(from)
    ? stages[Number(from)]
    : stages.find(({ name }) => name === from.toLowerCase())
  if (stage && stage !== stages.at(-1)) stage.isUsed = true
}

function readRunFlags({ spec }: Stage, text: string, place: Place, build: Build): void {
  const flags = /^(?:--\S+\s+)*/.exec(text)?.[0] ?? ''
  if (/--security=insecure\b/.test(flags)) spec.privileged.push({ value: 'yes', place })
  else if (/--security=[\uE000-\uE00F]/.test(flags)) spec.privileged.push({ value: 'unknown', place })
  const network = /--network=(\S+)/.exec(flags)?.[1]
  if (network === 'host' || isUnknownText(network ?? ''))
    spec.namespaces.push({ value: { kind: 'network', with: network! }, place })
  for (const [, from] of flags.matchAll(/--mount=\S*?\bfrom=([^\s,]+)/g)) markUsed(from, build)
}

function readCalls(stage: Stage, { start, end, whole }: Instruction, { calls, place }: Build): void {
  const tell = (call: SeenCall, message: string, severity?: 'deny' | 'ask' | 'note') => {
    const last = call.args.at(-1)?.end ?? call.program.end
    stage.spec.unchecked.push({
      value: message,
      place: place(call.program.start, Math.max(call.program.end, last)),
      ...(severity && { severity }),
    })
  }
  for (const call of calls)
    if (call.program.start >= start && call.program.start < end) judgeBuildCall(call, tell, stage.rootNames)
  for (const [, name] of whole.text.matchAll(/([a-z_][\w.-]*):[^:\s]*:0+:/gi)) stage.rootNames.add(name!)
  if (/(?:>>?|\btee\b|\bsed\b)[^\n;&|]*\/etc\/(?:passwd|shadow|sudoers)\b/.test(whole.text))
    stage.spec.unchecked.push({
      value: 'writes into the files that say who is root',
      place: place(start, start + 3),
    })
  if (/NOPASSWD/.test(whole.text))
    stage.spec.unchecked.push({ value: 'sudo asks for no password', place: place(start, start + 3) })
}
