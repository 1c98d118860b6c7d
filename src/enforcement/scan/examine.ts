import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { basename } from 'node:path'
import { systemCode } from '../../kernel/errors.ts'
import type { CodeFinding } from '../../rules/configuration/analyse.ts'
import { type Budget, BudgetExceeded, createBudget } from './archives/budget.ts'
import { unpack } from './archives/compressed.ts'
import { ARCHIVE_PROBE, type ArchiveFormat, archiveFormat } from './archives/format.ts'
import type { ArchiveEntry } from './archives/zip.ts'
import { allOf, type Body, begin, counted, fed, fill, following, nothing, piecesOf, WINDOW } from './body.ts'
import { decode, encodingOf } from './encoding.ts'
import { believable, type FindingOptions, locateAll, type Passage, type Sighting } from './findings.ts'
import { emptyOutcome, type Outcome } from './outcome.ts'
import { scanWindows } from './windows.ts'

const UNREAD = 'configuration.could-not-be-read'
/** A zip archive is read from its end, so one inside of another archive has to fit into memory. */
const LARGEST_INNER_ZIP = 256 * 1024 * 1024

export type Subject = 'secrets' | 'configuration'

interface Analysis {
  isOfKnownKind(path: string, beginning: string): boolean
  analyse(path: string, text: string): readonly CodeFinding[]
}

export interface ExamineOptions extends FindingOptions {
  /** Look for self-identifying secrets in binary files too. */
  readonly binary: boolean
  /** What is looked for; a file nobody knows how to read as configuration is looked through for secrets alone. */
  readonly subjects: readonly Subject[]
  /** There when configuration is looked for. */
  readonly analysis: Analysis | undefined
  /** How many archives deep to look; 0 opens none. */
  readonly archiveDepth: number
}

/** Looks into one thing after the other. Small files are done at once; archives and large files take turns. */
export interface Examiner {
  file(path: string | Uint8Array, name: string): Outcome | Promise<Outcome>
  bytes(name: string, bytes: Buffer): Outcome | Promise<Outcome>
  stream(name: string, chunks: AsyncIterable<Buffer>): Promise<Outcome>
}

/** Where in a nest of archives. */
interface Level {
  readonly depth: number
  readonly budget: Budget
  readonly outcome: Outcome
}

export function createExaminer(options: ExamineOptions): Examiner {
  const window = Buffer.allocUnsafeSlow(WINDOW)

  /** False for an archive, which takes its turns. */
  function examineSmall(name: string, bytes: Buffer, outcome: Outcome): boolean {
    if (archiveFormat(bytes, name)) return false
    examineText(name, bytes, options, outcome)
    return true
  }

  return {
    file(path, name) {
      const outcome = emptyOutcome()
      let descriptor: number | undefined
      try {
        // a pipe put in the place of a file would otherwise keep us waiting
        descriptor = openSync(
          typeof path === 'string' ? path : Buffer.from(path),
          constants.O_RDONLY | constants.O_NONBLOCK,
        )
        const found = fstatSync(descriptor)
        if (!found.isFile()) return skip(outcome, name, 'not a regular file', true)
        const length = fill(descriptor, window)
        if (length < window.length && examineSmall(name, window.subarray(0, length), outcome)) return outcome
        const taken = descriptor
        descriptor = undefined
        const body = {
          head: Buffer.from(window.subarray(0, length)),
          isWhole: length < window.length,
          rest: piecesOf(taken),
          ...(typeof path === 'string' && { file: path }),
          size: found.size,
        }
        return examineNamed(name, body, options, outcome)
      } catch (error) {
        return skip(outcome, name, unreadable(error), true)
      } finally {
        if (descriptor !== undefined) closeSync(descriptor)
      }
    },

    bytes(name, bytes) {
      const outcome = emptyOutcome()
      if (bytes.length < WINDOW && examineSmall(name, bytes, outcome)) return outcome
      return examineNamed(name, { head: bytes, isWhole: true, rest: nothing() }, options, outcome)
    },

    async stream(name, chunks) {
      return examineNamed(name, await begin(chunks), options, emptyOutcome())
    },
  }
}

async function examineNamed(
  name: string,
  body: Body,
  options: ExamineOptions,
  outcome: Outcome,
): Promise<Outcome> {
  const budget = createBudget(Date.now)
  try {
    await examineBody(name, fed(body, budget), options, { depth: 0, budget, outcome })
  } catch (error) {
    if (error instanceof BudgetExceeded) skip(outcome, name, `not read to its end: ${error.message}`, true)
    else skip(outcome, name, unreadable(error), true)
  } finally {
    await body.rest.return?.()
  }
  return outcome
}

async function examineBody(
  name: string,
  body: Body,
  options: ExamineOptions,
  level: Level,
  unpackedFrom?: string,
): Promise<void> {
  const format = archiveFormat(body.head.subarray(0, ARCHIVE_PROBE), name)
  // the tar inside of a .tar.gz is not one archive more
  if (format?.kind === 'tar' && unpackedFrom !== undefined)
    return examineArchive(unpackedFrom, format, body, options, { ...level, depth: level.depth - 1 })
  if (format) return examineArchive(name, format, body, options, level)
  if (body.isWhole && body.head.length < WINDOW) return examineText(name, body.head, options, level.outcome)
  const { encoding, mark } = encodingOf(body.head)
  if (encoding === 'binary' && !options.binary) return void skip(level.outcome, name, 'binary', false)
  if (!options.subjects.includes('secrets'))
    return void skip(level.outcome, name, 'too large to be read as configuration', true)
  const scan = scanWindows(name, encoding, options, level.outcome)
  scan.push(body.head.subarray(mark))
  try {
    for await (const piece of following(body)) scan.push(piece)
  } finally {
    scan.end()
  }
}

async function examineArchive(
  name: string,
  format: ArchiveFormat,
  body: Body,
  options: ExamineOptions,
  level: Level,
): Promise<void> {
  const { outcome, depth, budget } = level
  if (depth >= options.archiveDepth) {
    const isWanted = options.archiveDepth > 0
    return void skip(
      outcome,
      name,
      isWanted ? `nested more than ${depth} archives deep` : 'an archive',
      isWanted,
    )
  }
  const inside = { ...level, depth: depth + 1 }
  try {
    switch (format.kind) {
      case 'unsupported':
        return void skip(outcome, name, `${format.name} cannot be unpacked here`, true)
      case 'tar':
        return await examineEntries(name, await tarEntries(body), options, inside)
      case 'zip':
        return await examineEntries(name, await zipEntries(body), options, inside)
      default: {
        const inner = await begin(counted(unpack(format.kind, allOf(body)), budget))
        return await examineBody(`${name}!/${unpackedName(name)}`, inner, options, inside, name)
      }
    }
  } catch (error) {
    if (error instanceof BudgetExceeded) throw error
    skip(outcome, name, brokenBy(error), true)
  }
}

async function examineEntries(
  archive: string,
  entries: AsyncIterable<ArchiveEntry>,
  options: ExamineOptions,
  level: Level,
): Promise<void> {
  for await (const entry of entries) {
    level.budget.enter()
    const name = `${archive}!/${entry.name}`
    if ('problem' in entry) {
      skip(level.outcome, name, entry.problem, true)
      continue
    }
    try {
      const body = await begin(counted(await entry.open(), level.budget))
      await examineBody(name, body, options, level)
      // a tar goes on only when the entry was read to its end
      for await (const _rest of following(body));
    } catch (error) {
      if (error instanceof BudgetExceeded) throw error
      skip(level.outcome, name, brokenBy(error), true)
    }
  }
}

/** Most scans meet no archive, and do not load what opens them. */
async function tarEntries(body: Body): Promise<AsyncIterable<ArchiveEntry>> {
  const { readTar } = await import('./archives/tar.ts')
  return readTar(allOf(body))
}

async function zipEntries(body: Body): Promise<AsyncIterable<ArchiveEntry>> {
  const { readZip } = await import('./archives/zip.ts')
  return readZip(await zipSource(body))
}

async function zipSource(body: Body): Promise<Buffer | string> {
  if (body.isWhole) return body.head
  if (body.file !== undefined) return body.file
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of allOf(body)) {
    length += piece.length
    if (length > LARGEST_INNER_ZIP) throw new RangeError('too large to be opened here')
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function examineText(name: string, bytes: Buffer, options: ExamineOptions, outcome: Outcome): void {
  const { engine, subjects, analysis } = options
  const { encoding, mark } = encodingOf(bytes)
  if (encoding === 'binary' && !options.binary) return void skip(outcome, name, 'binary', false)
  outcome.files++
  outcome.bytes += bytes.length
  const body = bytes.subarray(mark)
  const reader =
    encoding !== 'binary' && analysis?.isOfKnownKind(name, beginningOf(body)) ? analysis : undefined
  const mayHoldSecret = encoding !== 'utf8' || engine.mayHoldSecret(body)
  if (!reader && !mayHoldSecret) return
  const text = decode(body, encoding)
  // also where they are not looked for: no excerpt may show one
  const secrets = mayHoldSecret ? engine.scan(text, name) : []
  const passage = { path: name, text, line: 0, column: 0 }
  if (subjects.includes('secrets'))
    locateAll(believable(secrets, encoding), secrets, passage, options, outcome)
  if (reader) examineCode(reader, passage, secrets, options, outcome)
}

/** What could not be read is no finding but a part of the scan that is missing. */
function examineCode(
  { analyse }: Analysis,
  passage: Passage,
  secrets: readonly Sighting[],
  options: ExamineOptions,
  outcome: Outcome,
): void {
  const found = analyse(passage.path, passage.text)
  for (const { rule, message } of found)
    if (rule === UNREAD) skip(outcome, passage.path, `not read as configuration: ${message}`, true)
  locateAll(
    found.filter(({ rule }) => rule !== UNREAD),
    secrets,
    passage,
    options,
    outcome,
  )
}

/** Enough to tell a script by its first line. */
function beginningOf(body: Buffer): string {
  return body.toString('latin1', 0, 128)
}

/** `a.log.gz` holds `a.log`. */
function unpackedName(name: string): string {
  const base = basename(name)
  const dot = base.lastIndexOf('.')
  return dot > 0 ? base.slice(0, dot) : base
}

function skip(outcome: Outcome, path: string, why: string, incomplete: boolean): Outcome {
  outcome.skipped.push({ path, why, incomplete })
  return outcome
}

/** Why the system would not let it be read. Any other fault is ours, and is thrown on. */
export function unreadable(error: unknown): string {
  const code = systemCode(error)
  if (code === undefined) throw error
  return `cannot be read (${code})`
}

function brokenBy(error: unknown): string {
  if (error instanceof RangeError) return error.message
  return `broken archive (${systemCode(error) ?? 'malformed'})`
}
