import { dirname, join } from 'node:path'
import { findOrigins } from './git/commits.ts'
import { askGit, type Repository } from './git/git.ts'
import { type HistoryRange, listHistory, revisionsOf } from './git/history.ts'
import { readLargeObject, readObjects } from './git/objects.ts'
import { listStaged, topOfWorkTree } from './git/staged.ts'
import { createIgnoreRules, type IgnoreOptions, type IgnoreRules, rulesOnTheWay } from './ignore.ts'
import { addOutcome, emptyOutcome, type LocatedFinding, type Outcome } from './outcome.ts'
import { type Item, runItems } from './run.ts'
import { openExaminer, type ScanSettings } from './settings.ts'
import { type LeftOut, walkPaths } from './tree.ts'

export interface ScanOptions {
  readonly settings: ScanSettings
  readonly ignore: Omit<IgnoreOptions, 'folder'>
  readonly cwd: string
  readonly onProgress: (done: Outcome) => void
  /** So many outcomes are to come, where that is known beforehand. */
  readonly onTotal: (outcomes: number) => void
}

/** All outcomes together, and what was left out on purpose. */
export interface Scanned {
  readonly outcome: Outcome
  readonly leftOut: LeftOut
}

/** Scans files and folders. */
export async function scanPaths(paths: readonly string[], options: ScanOptions): Promise<Scanned> {
  const { cwd } = options
  const leftOut: LeftOut = { folders: new Map(), ignored: 0 }
  const rules = createIgnoreRules({ ...options.ignore, folder: cwd })
  const outcomes = await run(walkPaths(paths, cwd, rules, leftOut), options)
  return { outcome: joined(outcomes), leftOut }
}

/** Scans what comes in, such as stdin. */
export async function scanStream(
  name: string,
  chunks: AsyncIterable<Buffer>,
  { settings }: Pick<ScanOptions, 'settings'>,
): Promise<Scanned> {
  const examiner = await openExaminer(settings)
  const outcome = await examiner.stream(name, chunks)
  return { outcome, leftOut: { folders: new Map(), ignored: 0 } }
}

/** Scans what the next commit would hold. */
export async function scanStaged(repository: Repository, options: ScanOptions): Promise<Scanned> {
  const top = await topOfWorkTree(repository)
  const isIgnored = pathRules(options, top)
  const staged = await listStaged(repository)
  const wanted = staged.filter(({ path }) => !isIgnored(path))
  const leftOut = { folders: new Map(), ignored: staged.length - wanted.length }
  const withContent = wanted.flatMap(({ path, id }) => (id === undefined ? [] : [{ path, id }]))
  const submodules = wanted.filter(({ id }) => id === undefined)
  const large: Large[] = []
  const ids = withContent.map(({ id }) => id)
  const contents = contentsOf(ids, index => withContent[index]!.path, repository, large)
  const outcome = joined(await run(contents, options))
  for (const { path } of submodules)
    outcome.skipped.push({ path, why: 'a submodule, which has a repository of its own', incomplete: false })
  for (const one of large) addOutcome(outcome, (await scanLarge(one, repository, options)).outcome)
  return { outcome, leftOut }
}

/** Scans every version git remembers, each content once, and says where each finding first came in. */
export async function scanHistory(
  range: HistoryRange,
  repository: Repository,
  given: ScanOptions,
): Promise<Scanned> {
  // a secret stays known to whoever reads the history; what was configured once is gone
  const options: ScanOptions = { ...given, settings: { ...given.settings, subjects: ['secrets'] } }
  const { names, skipped } = await listHistory(range, repository)
  const ids = [...names.keys()]
  options.onTotal(ids.length)
  const large: Large[] = []
  const contents = contentsOf(ids, index => names.get(ids[index]!)!, repository, large)
  const outcomes = await run(contents, options)
  for (const one of large) outcomes[one.index] = (await scanLarge(one, repository, options)).outcome
  const top = await topOfWorkTree(repository)
  const leftOut: LeftOut = { folders: new Map(), ignored: 0 }
  const found = new Map(
    ids.flatMap((id, index) => (outcomes[index]!.findings.length > 0 ? [[id, index]] : [])),
  )
  const isIgnored = pathRules(options, top)
  const origins = await findOrigins(
    new Set(found.keys()),
    revisionsOf(range),
    repository,
    path => !isIgnored(path),
  )
  for (const [id, index] of found) {
    const name = names.get(id)!
    const origin = origins.get(id)
    const outcome = outcomes[index]!
    const findings = outcome.findings.map(finding => ({
      ...finding,
      ...(origin && { path: renamed(finding, name, origin.path), commit: origin.commit }),
    }))
    const isLeftOut = origin === undefined && isIgnored(name)
    if (isLeftOut) leftOut.ignored++
    outcomes[index] = { ...outcome, findings: isLeftOut ? [] : findings }
  }
  const outcome = joined(outcomes)
  outcome.skipped.unshift(...skipped)
  return { outcome, leftOut }
}

/** Where the repository came from, if it says, and what is checked out. */
export async function placeOf(repository: Repository) {
  const ask = (args: readonly string[]) =>
    askGit(args, repository, 'look at the repository').then(
      answer => answer.toString('utf8').trim(),
      // no remote, or no commit yet
      () => undefined,
    )
  const [remote, revision] = await Promise.all([
    ask(['config', '--get', 'remote.origin.url']),
    ask(['rev-parse', '--verify', 'HEAD']),
  ])
  if (remote === undefined || revision === undefined || !URL.canParse(remote)) return undefined
  const { protocol, host, pathname } = new URL(remote)
  return { uri: `${protocol}//${host}${pathname}`, revision }
}

interface Large {
  readonly index: number
  readonly id: string
  readonly type: string
  readonly name: string
}

/** One item for each id, in their order. The large ones are only noted. */
async function* contentsOf(
  ids: readonly string[],
  nameOf: (index: number) => string,
  repository: Repository,
  large: Large[],
): AsyncGenerator<Item> {
  let index = 0
  for await (const object of readObjects(ids, repository)) {
    const name = nameOf(index)
    if ('isUnreadable' in object) {
      yield { path: name, why: `git cannot read its object ${object.id.slice(0, 12)}`, incomplete: true }
    } else if ('bytes' in object) {
      yield { name, bytes: object.type === 'blob' ? object.bytes : messageOf(object.bytes) }
    } else {
      large.push({ index, id: object.id, type: object.type, name })
      yield { name, bytes: Buffer.alloc(0) }
    }
    index++
  }
}

/** Of a commit or a tag: what a person wrote. */
function messageOf(bytes: Buffer): Buffer {
  const end = bytes.indexOf('\n\n')
  return end < 0 ? bytes : bytes.subarray(end + 2)
}

function scanLarge(
  { id, type, name }: Large,
  repository: Repository,
  options: ScanOptions,
): Promise<Scanned> {
  return scanStream(name, readLargeObject(id, type, repository), options)
}

async function run(items: Iterable<Item> | AsyncIterable<Item>, { settings, onProgress }: ScanOptions) {
  return runItems(items, { settings, examiner: await openExaminer(settings), onProgress })
}

function joined(outcomes: readonly Outcome[]): Outcome {
  const total = emptyOutcome()
  for (const outcome of outcomes) addOutcome(total, outcome)
  return total
}

/** Whether patterns leave out a path below the top of the work tree. */
function pathRules({ ignore, cwd }: ScanOptions, top: string | undefined): (path: string) => boolean {
  const folder = top ?? cwd
  const base = createIgnoreRules({ ...ignore, folder })
  const known = new Map<string, IgnoreRules>()
  return path => {
    const file = join(folder, path)
    const parent = dirname(file)
    const rules = known.get(parent) ?? rulesOnTheWay(base, folder, parent)
    known.set(parent, rules)
    return rules.isIgnored(file, false)
  }
}

/** The same content may have been listed under another name. */
function renamed({ path }: LocatedFinding, from: string, to: string): string {
  return path.startsWith(from) ? to + path.slice(from.length) : path
}
