import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PortcullisError } from '../kernel/errors.ts'
import { findAuthority, isPlainFile } from './authority.ts'
import { CHECKPOINTS, type FolderListing, listFolder, TREE } from './folder.ts'
import { hasWriter } from './lock.ts'
import { sha256 } from './merkle.ts'
import { realFolder } from './pin.ts'
import { openOutside, openStored, refuseRollback } from './stored-checkpoints.ts'
import { type Findings, type Problem, Tampering } from './tampering.ts'
import { type ProgressListener, type TornFiles, walkSegments } from './walk.ts'

export interface VerifyOptions {
  readonly folder: string
  readonly trust: string
  /** The verify key as text (note format); by default the pinned one, found by the folder's path or origin. */
  readonly key?: string | undefined
  /** A checkpoint kept elsewhere, as text; by default the copies outside that the pin names. */
  readonly checkpoint?: string | undefined
  readonly onProgress?: ProgressListener
}

export interface VerifyReport {
  /** `unclean-tail`: what is signed is whole; behind it lies what a crash leaves. */
  readonly status: 'whole' | 'tampered' | 'unclean-tail'
  readonly origin: string
  /** Records read. */
  readonly records: number
  /** Records under the last checkpoint of the folder. */
  readonly signed: number
  readonly segments: number
  readonly checkpoints: number
  /** Checkpoints outside the folder it was held against; with 0 a rollback to an old copy cannot be seen. */
  readonly outside: number
  /** A writer is at work: records behind the last checkpoint are on their way. */
  readonly isLive: boolean
  readonly problem?: Problem
}

/**
 * Judges a journal's folder against what is kept outside of it. Changes nothing and needs no network.
 * Throws only when it cannot tell: no key (`usage`), or a folder that cannot be read.
 */
export async function verifyJournal(options: VerifyOptions): Promise<VerifyReport> {
  const folder = realFolder(options.folder)
  for (let attempt = 1; ; attempt++) {
    const before = checkpointBytes(folder)
    const report = await verifyOnce({ ...options, folder })
    // What looks like a crash may be a writer that came by while this one read.
    const cameBy =
      report.status === 'unclean-tail' && (hasWriter(folder) || checkpointBytes(folder) !== before)
    if (!cameBy || attempt === ATTEMPTS) return report
    await sleep(PAUSE_MS)
  }
}

const ATTEMPTS = 3
const PAUSE_MS = 20

function checkpointBytes(folder: string): number {
  return statSync(join(folder, CHECKPOINTS), { throwIfNoEntry: false })?.size ?? 0
}

async function verifyOnce(options: VerifyOptions): Promise<VerifyReport> {
  const findings: Findings = {
    origin: '',
    records: 0,
    signed: 0,
    segments: 0,
    checkpoints: 0,
    outside: 0,
    isLive: false,
    unclean: undefined,
  }
  const problem = await firstProblem(options, findings)
  const { unclean, ...counts } = findings
  if (problem) return { status: 'tampered', ...counts, problem }
  return unclean ? { status: 'unclean-tail', ...counts, problem: unclean } : { status: 'whole', ...counts }
}

async function firstProblem(options: VerifyOptions, findings: Findings): Promise<Problem | undefined> {
  try {
    await inspect(options, findings)
    return undefined
  } catch (error) {
    if (error instanceof Tampering) return error.problem
    // A damaged pin is tampering with what we trust, not a fault of the disk.
    if (error instanceof PortcullisError && error.code === 'audit.corrupt') return { what: error.message }
    throw error
  }
}

async function inspect(options: VerifyOptions, findings: Findings): Promise<void> {
  const { folder } = options
  const authority = findAuthority(options)
  findings.origin = authority.key.name
  // Outside first, lines last: a writer at work stores them in the other order.
  const outside = openOutside(authority)
  findings.outside = outside.length
  findings.isLive = existsSync(folder) && hasWriter(folder)
  const stored = openStored(folder, authority.key, outside, findings)
  const listing = listFolder(folder)
  findings.segments = listing.segments.length
  refuseStrange(folder, listing)
  refuseRollback(stored, outside)
  const torn = await walkSegments(folder, listing, [...stored, ...outside], options.onProgress, findings)
  checkTorn(folder, listing, torn, findings)
}

/** Files the journal never makes, and links in the place of those it does. A dangling link counts as missing. */
function refuseStrange(folder: string, { strange, segments }: FolderListing): void {
  const [name] = strange
  if (name !== undefined) {
    throw new Tampering({ segment: name, what: 'the file is none the journal makes: added or renamed' })
  }
  const files = [...segments.map(segment => segment.name), TREE].filter(file =>
    existsSync(join(folder, file)),
  )
  const link = files.find(file => !isPlainFile(join(folder, file)))
  if (link !== undefined) throw new Tampering({ segment: link, what: 'not a plain file' })
}

/** Each side file belongs to exactly the record that names its hash. */
function checkTorn(folder: string, { torn }: FolderListing, walked: TornFiles, findings: Findings): void {
  for (const { name, seq } of torn) {
    const record = walked.recoveries.get(name)
    if (seq === walked.records && !record) {
      if (!findings.isLive)
        findings.unclean ??= { segment: name, what: 'torn bytes that no record names yet' }
      continue
    }
    if (!isPlainFile(join(folder, name)))
      throw new Tampering({ segment: name, seq, what: 'not a plain file' })
    const hash = sha256(readFileSync(join(folder, name))).toString('hex')
    if (record?.seq !== seq || record.text !== hash) {
      throw new Tampering({ segment: name, seq, what: 'the torn bytes are not those the log names' })
    }
  }
  const present = new Set(torn.map(({ name }) => name))
  for (const [name, { seq }] of walked.recoveries) {
    if (!present.has(name))
      throw new Tampering({ segment: name, seq, what: 'the side file of torn bytes is missing' })
  }
}
