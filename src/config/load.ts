import { constants } from 'node:fs'
import { type FileHandle, lstat, open, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { z } from 'zod'
import { PortcullisError, systemCode } from '../kernel/errors.ts'
import { type ConfigDocument, readDocument } from './document.ts'
import { problemsOf } from './issues.ts'
import { type ConfigProblem, ConfigRefusal } from './problem.ts'
import { type Violation, violations } from './rules.ts'
import { type Config, configSchema } from './schema.ts'
import { pathText } from './wording.ts'

const LARGEST_FILE = 256 * 1024
const WRITABLE_BY_OTHERS = 0o022
const STICKY = 0o1000

export interface LoadOptions {
  /** The user named the file, so a missing one is a fault rather than a reason for defaults. */
  readonly mustExist?: boolean
}

/**
 * Reads the configuration file. Without one, every default applies.
 * Throws `config.unreadable`, `file.insecure`, `config.invalid` or `network.unsafe-bind`; each names every problem at once.
 */
export async function loadConfig(path: string, options: LoadOptions = {}): Promise<Config> {
  const text = await readConfigText(path)
  if (text !== undefined) return parseConfig(text, path)
  if (options.mustExist) {
    throw new PortcullisError(
      'config.unreadable',
      `there is no file \`${path}\``,
      'create it, or leave --config away to use the default place',
    )
  }
  return parseConfig('', path)
}

/** Parses a configuration text; `fileName` is for messages only. */
export function parseConfig(text: string, fileName: string): Config {
  const document = readDocument(text.startsWith('\uFEFF') ? refuseByteOrderMark(fileName) : text)
  if (isNotEmpty(document.problems)) throw new ConfigRefusal(fileName, document.problems)

  const { config, problems } = judge(document)
  if (isNotEmpty(problems)) throw new ConfigRefusal(fileName, problems)
  return config
}

/**
 * Checks a configuration put together in the program, such as a file's with command-line options over it, by the same rules,
 * so that no option opens what a file could not. `origin` is for messages: `the command line`.
 */
export function validateConfig(value: unknown, origin: string): Config {
  const { config, problems } = judge(readDocument(JSON.stringify(value)))
  if (isNotEmpty(problems)) throw new ConfigRefusal(origin, problems, false)
  return config
}

/** Checks fields, then the rules between them; rules that would read a broken field wait until it is mended. */
function judge(document: ConfigDocument): { config: Config; problems: ConfigProblem[] } {
  const checked = configSchema.safeParse(document.value, { reportInput: true })
  if (checked.success) {
    return { config: checked.data, problems: placed(violations(checked.data), document) }
  }
  const problems = problemsOf(checked.error.issues, document)
  const broken = checked.error.issues.flatMap(brokenPaths)
  const config = configSchema.safeParse(without(document.value, broken))
  if (!config.success) return { config: configSchema.parse({}), problems }

  const readable = violations(config.data).filter(
    ({ reads }) => !reads.some(path => broken.some(other => overlaps(path, other))),
  )
  return { config: config.data, problems: [...problems, ...placed(readable, document)] }
}

function placed(found: readonly Violation[], document: ConfigDocument): ConfigProblem[] {
  return found.map(({ code, path, message, remedy }) => ({
    code,
    path: pathText(path),
    ...document.locate(path),
    message,
    remedy,
  }))
}

/** One path is within the other. */
function overlaps(a: readonly PropertyKey[], b: readonly PropertyKey[]): boolean {
  const shorter = a.length < b.length ? a : b
  return shorter.length > 0 && shorter.every((_, index) => a[index] === b[index])
}

/** What an issue makes unusable: the unknown keys, or the value; of a list always the whole. */
function brokenPaths(issue: z.core.$ZodIssue): readonly (readonly PropertyKey[])[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map(key => [...issue.path, key])
  const list = issue.path.findIndex(step => typeof step === 'number')
  return [list === -1 ? issue.path : issue.path.slice(0, list)]
}

/** A copy of the value without what stands at the paths. */
function without(value: unknown, paths: readonly (readonly PropertyKey[])[]): unknown {
  const copy: unknown = structuredClone(value)
  for (const path of paths) {
    const parent = path.slice(0, -1).reduce<unknown>((at, step) => member(at, step), copy)
    const last = path.at(-1)
    if (last !== undefined && isRecord(parent)) delete parent[String(last)]
  }
  return copy
}

function member(value: unknown, step: PropertyKey): unknown {
  return isRecord(value) ? value[String(step)] : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isNotEmpty(
  problems: readonly ConfigProblem[],
): problems is readonly [ConfigProblem, ...ConfigProblem[]] {
  return problems.length > 0
}

function refuseByteOrderMark(fileName: string): never {
  throw refusedWhole(fileName, 1, 'the file begins with a byte order mark', 'save it as UTF-8 without one')
}

function refusedWhole(fileName: string, line: number, message: string, remedy: string): ConfigRefusal {
  return new ConfigRefusal(fileName, [{ code: 'config.invalid', path: '', line, column: 1, message, remedy }])
}

/** The file's text; undefined when there is no file. The checks are made on the opened file, so it cannot be swapped. */
export async function readConfigText(path: string): Promise<string | undefined> {
  const file = await openConfig(path)
  if (file === undefined) return undefined
  try {
    await refuseInsecure(path, file)
    const bytes = await file.readFile()
    return decode(bytes, path)
  } catch (error) {
    throw error instanceof PortcullisError ? error : unreadable(path, error)
  } finally {
    await file.close()
  }
}

async function openConfig(path: string): Promise<FileHandle | undefined> {
  try {
    // Non-blocking: opening a named pipe would otherwise wait for a writer.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (systemCode(error) === 'ENOENT' && !(await isDanglingLink(path))) return undefined
    throw unreadable(path, error)
  }
}

async function isDanglingLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw unreadable(path, error)
  }
}

/** Whoever may write the file, or replace it in its folder, could switch the gate off. */
async function refuseInsecure(path: string, file: FileHandle): Promise<void> {
  const found = await file.stat()
  if (!found.isFile()) {
    throw new PortcullisError('config.unreadable', `\`${path}\` is not a regular file`, 'name a YAML file')
  }
  if (found.size > LARGEST_FILE) {
    throw new PortcullisError(
      'config.unreadable',
      `\`${path}\` is larger than 256 KB`,
      'a configuration is a few kilobytes; check that this is the right file',
    )
  }
  const owner = process.getuid?.()
  if (owner !== undefined && found.uid !== owner && found.uid !== 0) {
    throw insecure(`\`${path}\` belongs to another user`, `run \`chown ${owner} ${basename(path)}\` as root`)
  }
  if (found.mode & WRITABLE_BY_OTHERS) {
    throw insecure(`\`${path}\` can be written by other users`, `run \`chmod go-w ${path}\``)
  }
  const folder = dirname(path)
  const { mode } = await stat(folder)
  if (mode & 0o002 && !(mode & STICKY)) {
    throw insecure(`the folder \`${folder}\` can be written by everybody`, `run \`chmod o-w ${folder}\``)
  }
}

function decode(bytes: Buffer, path: string): string {
  try {
    // ignoreBOM keeps the mark, so that `parseConfig` can refuse it.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    const line = 1 + bytes.subarray(0, firstInvalidByte(bytes)).filter(byte => byte === 0x0a).length
    throw refusedWhole(path, line, 'the file is not valid UTF-8', 'save it as UTF-8')
  }
}

/** Where the text decoded with replacements first differs from the bytes. */
function firstInvalidByte(bytes: Buffer): number {
  const again = Buffer.from(bytes.toString('utf8'), 'utf8')
  const end = Math.min(again.length, bytes.length)
  for (let index = 0; index < end; index++) if (again[index] !== bytes[index]) return index
  return end
}

function insecure(message: string, remedy: string): PortcullisError {
  return new PortcullisError('file.insecure', message, remedy)
}

function unreadable(path: string, cause: unknown): PortcullisError {
  const code = systemCode(cause) ?? 'unknown fault'
  return new PortcullisError(
    'config.unreadable',
    `the configuration \`${path}\` cannot be read (${code})`,
    'check that the file exists and that you may read it; remove it to use the defaults',
    cause,
  )
}
