import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { JournalRecord } from '../../adapters/storage/store.ts'
import { exportLines } from '../../audit/export.ts'
import { checkProof, proveConsistency, proveInclusion } from '../../audit/prove.ts'
import { tailRecords } from '../../audit/tail.ts'
import { type VerifyReport, verifyJournal } from '../../audit/verify.ts'
import { resolvePaths } from '../../config/paths.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'

/** `portcullis audit tail|verify|prove|export`. */
export const register: RegisterCommand = (program, terminal) => {
  const audit = program.command('audit').description('read, verify and prove the audit log')
  addTail(audit, terminal)
  addVerify(audit, terminal)
  addProve(audit, terminal)
  addExport(audit, terminal)
}

interface Place {
  readonly folder: string
  readonly trust: string
  readonly json: boolean
}

/** The folder a command is about and what it answers in. */
function placeOf(command: Command, terminal: Terminal, folder?: string): Place {
  const { config, data, json } = command.optsWithGlobals<GlobalOptions>()
  const paths = resolvePaths({ config, data, env: terminal.env })
  const named = folder === undefined ? paths.audit : resolve(terminal.cwd, folder)
  return { folder: named, trust: paths.trust, json: json === true }
}

function addTail(audit: Command, terminal: Terminal): void {
  audit
    .command('tail')
    .description('show the last records')
    .argument('[dir]', 'folder of the journal (default: the data folder’s)')
    .option('-n, --lines <count>', 'how many records to begin with', wholeNumber, 10)
    .option('-f, --follow', 'go on with new records until interrupted')
    .action(async (dir: string | undefined, options: { lines: number; follow?: true }, command: Command) => {
      const { folder, json } = placeOf(command, terminal, dir)
      requireFolder(folder)
      const ending = new AbortController()
      const end = () => ending.abort()
      if (options.follow) process.once('SIGINT', end).once('SIGTERM', end)
      const follow = options.follow ? ending.signal : undefined
      for await (const record of tailRecords({ folder, count: options.lines, follow })) {
        await print(terminal, json ? JSON.stringify(record) : readable(record))
      }
      process.off('SIGINT', end).off('SIGTERM', end)
    })
}

function readable(record: JournalRecord): string {
  const { seq, timestamp, event, result, user } = record
  const line = [
    String(seq).padStart(6),
    timestamp,
    result.padEnd(7),
    event.padEnd(18),
    user,
    detailsOf(record),
  ].join('  ')
  return withoutControls(line.trimEnd())
}

/** A decision in words, with the id that `explain` takes; of anything else what was recorded. `--json` has the rest. */
function detailsOf({ metadata }: JournalRecord): string {
  const { id = metadata['decision'], action, resource, reasons } = metadata
  if (typeof id !== 'string' || !id.startsWith('dec_')) {
    return Object.keys(metadata).length === 0 ? '' : JSON.stringify(metadata)
  }
  const wanted = [action, isObject(resource) ? resource['id'] : undefined, metadata['message']]
  const why: unknown[] = Array.isArray(reasons) ? reasons : []
  const words = [
    ...wanted,
    ...why.map(reason => (isObject(reason) ? (reason['message'] ?? reason['code']) : reason)),
  ]
  return [...words.filter(word => typeof word === 'string'), id].join(' · ')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** A record must not drive the reader's terminal (escape sequences, bidirectional overrides). */
function withoutControls(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

interface VerifyFlags {
  readonly key?: string
  readonly checkpoint?: string
}

function addVerify(audit: Command, terminal: Terminal): void {
  audit
    .command('verify')
    .description('check that nobody changed the log: 0 whole, 1 tampered, 2 usage, 3 unclean tail')
    .argument('[dir]', 'folder of the journal, or a copy of one (default: the data folder’s)')
    .option('--key <key>', 'verify key or a file of it (default: the pinned one)')
    .option('--checkpoint <file>', 'a checkpoint kept elsewhere (default: the pinned copy)')
    .action(async (dir: string | undefined, flags: VerifyFlags, command: Command) => {
      const { folder, trust, json } = placeOf(command, terminal, dir)
      const bar = progressBar(terminal)
      const report = await verifyJournal({
        folder,
        trust,
        key: flags.key === undefined ? undefined : keyText(terminal, flags.key),
        checkpoint: flags.checkpoint === undefined ? undefined : fileText(terminal, flags.checkpoint),
        onProgress: bar.show,
      })
      bar.end()
      await print(terminal, json ? JSON.stringify(report) : describe(report, folder))
      terminal.exitCode = { whole: 0, tampered: 1, 'unclean-tail': 3 }[report.status]
    })
}

function describe(report: VerifyReport, folder: string): string {
  const { status, origin, records, segments, checkpoints, outside, problem, isLive } = report
  const counts = `${counted(records, 'record')} in ${counted(segments, 'segment')} under ${counted(checkpoints, 'checkpoint')} of \`${origin}\``
  if (status === 'whole') {
    const lines = [`whole: ${counts}`]
    if (isLive) lines.push('  a writer is at work; its newest records are signed within a moment')
    if (outside === 0)
      lines.push('  no checkpoint outside to hold it against: an old copy would look the same')
    return lines.join('\n')
  }
  const place = [
    problem?.segment !== undefined && `segment ${problem.segment}`,
    problem?.line !== undefined && `line ${problem.line}`,
    problem?.seq !== undefined && `seq ${problem.seq}`,
  ].filter(Boolean)
  const where = place.length > 0 ? `${place.join(', ')}: ` : ''
  const remedy =
    status === 'tampered'
      ? `  keep \`${folder}\` as evidence, restore it from a backup and look who could write there`
      : '  a process was ended in the middle of its work; the next one that opens the journal records it'
  return `${status === 'tampered' ? 'TAMPERED' : 'unclean tail'}: ${where}${problem?.what ?? ''}\n  read: ${counts}\n${remedy}`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** A bar for logs that take a while; only where somebody watches. */
function progressBar({ stderr }: Terminal) {
  const LARGE = 64 * 1024 * 1024
  let shown = -1
  return {
    show({ bytes, of, records }: { bytes: number; of: number; records: number }) {
      const percent = Math.floor((bytes / of) * 100)
      if (!stderr.isTTY || of < LARGE || percent === shown) return
      shown = percent
      const filled = '█'.repeat(Math.floor(percent / 4)).padEnd(25, '░')
      stderr.write(`\r${filled} ${String(percent).padStart(3)} %  ${records} records`)
    },
    end() {
      if (shown >= 0) stderr.write('\r\x1b[K')
    },
  }
}

interface ProveFlags {
  readonly consistency?: number
  readonly to?: number
  readonly check?: string
  readonly key?: string
}

function addProve(audit: Command, terminal: Terminal): void {
  audit
    .command('prove')
    .description('prove that a record is in the signed log, or check such a proof')
    .argument('[seq]', 'sequence number of the record', wholeNumber)
    .argument('[dir]', 'folder of the journal (default: the data folder’s)')
    .option(
      '--consistency <size>',
      'prove instead that the log continues its checkpoint of this size',
      wholeNumber,
    )
    .option('--to <size>', 'with --consistency: the later checkpoint (default: the latest)', wholeNumber)
    .option('--check <file>', 'check a proof, `-` reads it from standard input; needs --key')
    .option('--key <key>', 'with --check: the verify key or a file of it')
    .action(async (seq: number | undefined, dir: string | undefined, flags: ProveFlags, command: Command) => {
      const { folder, json } = placeOf(command, terminal, dir)
      if (flags.check !== undefined) return checkGiven(terminal, flags, json)
      requireFolder(folder)
      if (flags.consistency !== undefined) {
        return print(terminal, JSON.stringify(proveConsistency(folder, flags.consistency, flags.to), null, 2))
      }
      if (seq === undefined)
        throw usage('no record is named', 'name its sequence number; `audit tail` shows them')
      return print(terminal, JSON.stringify(await proveInclusion(folder, seq), null, 2))
    })
}

async function checkGiven(terminal: Terminal, flags: ProveFlags, json: boolean): Promise<void> {
  if (flags.key === undefined) throw usage('checking a proof needs the verify key', 'pass it with --key')
  const text = flags.check === '-' ? await readInput(terminal) : fileText(terminal, flags.check!)
  const problem = checkProof(parseJson(text), keyText(terminal, flags.key))
  await print(
    terminal,
    json
      ? JSON.stringify({ holds: problem === undefined, ...(problem && { problem }) })
      : problem === undefined
        ? 'the proof holds'
        : `the proof does not hold: ${problem}`,
  )
  terminal.exitCode = problem === undefined ? 0 : 1
}

interface ExportFlags {
  readonly from?: number
  readonly to?: number
  readonly since?: string
  readonly until?: string
}

function addExport(audit: Command, terminal: Terminal): void {
  audit
    .command('export')
    .description('write records as JSON lines, byte for byte as they are in the log')
    .argument('[dir]', 'folder of the journal (default: the data folder’s)')
    .option('--from <seq>', 'first sequence number', wholeNumber)
    .option('--to <seq>', 'last sequence number, inclusive', wholeNumber)
    .option('--since <time>', 'leave out records before this time (RFC 3339)', time)
    .option('--until <time>', 'leave out records from this time on (RFC 3339)', time)
    .action(async (dir: string | undefined, flags: ExportFlags, command: Command) => {
      const { folder } = placeOf(command, terminal, dir)
      requireFolder(folder)
      for await (const line of exportLines(folder, flags)) await print(terminal, line)
    })
}

/** Waits for a slow reader instead of holding the log in memory. */
async function print({ stdout }: Terminal, line: string): Promise<void> {
  if (stdout.write(`${line}\n`)) return
  await new Promise<void>(resolve => stdout.once('drain', resolve))
}

function requireFolder(folder: string): void {
  if (existsSync(folder)) return
  throw usage(`there is no journal in \`${folder}\``, 'pass its folder, or --data of the home it belongs to')
}

function keyText(terminal: Terminal, given: string): string {
  return /^\S+\+[0-9a-f]{8}\+\S+$/.test(given) ? given : fileText(terminal, given)
}

function fileText(terminal: Terminal, file: string): string {
  try {
    return readFileSync(resolve(terminal.cwd, file), 'utf8')
  } catch {
    throw usage(`\`${file}\` cannot be read`, 'check the path')
  }
}

async function readInput({ stdin }: Terminal): Promise<string> {
  let text = ''
  stdin.setEncoding('utf8')
  for await (const part of stdin) text += part
  return text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw usage('the proof is not JSON', 'pass the file `audit prove` wrote')
  }
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw usage(`\`${text}\` is not a whole number`, 'write it in digits')
}

function time(text: string): string {
  if (
    /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text) &&
    !Number.isNaN(Date.parse(text))
  ) {
    return text
  }
  throw usage(`\`${text}\` is not a time`, 'write it like 2026-01-31T08:00:00Z')
}

function usage(message: string, remedy: string): PortcullisError {
  return new PortcullisError('usage', message, remedy)
}
