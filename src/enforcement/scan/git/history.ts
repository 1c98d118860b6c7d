import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { PortcullisError } from '../../../kernel/errors.ts'
import type { Skip } from '../outcome.ts'
import { askGit, exitOf, gitFault, type Repository, startGit } from './git.ts'

/** So many missing contents are named, the others counted. */
const NAMED = 10

export interface HistoryRange {
  /** Revisions such as `main..topic`; without them everything git remembers. */
  readonly range?: string | undefined
  readonly since?: string | undefined
}

/** Every content of the history once, and the name it is shown by. */
export interface HistoryListing {
  readonly names: ReadonlyMap<string, string>
  readonly skipped: readonly Skip[]
}

/** The arguments that choose commits: all refs with stashes and what only the reflog still knows, or what was asked for. */
export function revisionsOf({ range, since }: HistoryRange): string[] {
  if (range?.startsWith('-'))
    throw new PortcullisError(
      'usage',
      `\`${range}\` is not a range of revisions`,
      'name it as in `main..topic`',
    )
  const limits = since === undefined ? [] : [`--since=${since}`]
  return [...limits, ...(range === undefined ? ['--all', '--reflog'] : [range])]
}

/** Lists files' contents, and the messages of commits and tags. What cannot be walked is named, and everything git holds is listed instead. */
export async function listHistory(range: HistoryRange, repository: Repository): Promise<HistoryListing> {
  const revisions = revisionsOf(range)
  await askGit(['rev-parse', '--git-dir'], repository, 'find a repository')
  if (range.range !== undefined) {
    const purpose = `find the revisions \`${range.range}\``
    await askGit(['rev-list', '--max-count=1', range.range, '--'], repository, purpose)
  }
  const names = new Map<string, string>()
  const skipped: Skip[] = await limitsOf(range, repository)
  const blobs = ['--objects', '--filter=object:type=blob', '--filter-provided-objects', '--missing=print']
  const index = range.range === undefined && range.since === undefined ? ['--indexed-objects'] : []
  const complaint = await listObjects(
    ['rev-list', ...blobs, ...revisions, ...index],
    names,
    skipped,
    repository,
  )
  const other = await listCommits(revisions, names, repository)
  if (complaint ?? other) {
    skipped.push({ path: 'the history', why: `git cannot walk it (${complaint ?? other})`, incomplete: true })
    await listEverything(names, repository)
  }
  return { names, skipped }
}

/** Gives what git complained about when it could not go on. */
async function listObjects(
  args: readonly string[],
  names: Map<string, string>,
  skipped: Skip[],
  repository: Repository,
): Promise<string | undefined> {
  const missing: string[] = []
  const complaint = await eachLine(args, repository, line => {
    const space = line.indexOf(' ')
    const id = space < 0 ? line : line.slice(0, space)
    const name = space < 0 ? '' : line.slice(space + 1)
    if (id.startsWith('?')) missing.push(id.slice(1, 13))
    else names.set(id, name === '' ? `blob ${id.slice(0, 12)}` : name)
  })
  for (const id of missing.slice(0, NAMED))
    skipped.push({ path: `blob ${id}`, why: 'missing here', incomplete: true })
  if (missing.length > NAMED) {
    const why = `${missing.length - NAMED} more contents are missing here, as in a partial clone`
    skipped.push({ path: 'the history', why, incomplete: true })
  }
  return complaint
}

async function listCommits(
  revisions: readonly string[],
  names: Map<string, string>,
  repository: Repository,
): Promise<string | undefined> {
  return eachLine(['rev-list', ...revisions], repository, id => {
    names.set(id, `commit ${id.slice(0, 12)}`)
  })
}

/** All objects there are, reachable or not; their names stay those that are known. */
async function listEverything(names: Map<string, string>, repository: Repository): Promise<void> {
  const args = ['cat-file', '--batch-all-objects', '--batch-check=%(objectname) %(objecttype)']
  const complaint = await eachLine(args, repository, line => {
    const [id = '', type = ''] = line.split(' ')
    if (type !== 'tree' && !names.has(id)) names.set(id, `${type} ${id.slice(0, 12)}`)
  })
  if (complaint) throw gitFault('list its objects', complaint)
}

async function eachLine(
  args: readonly string[],
  repository: Repository,
  take: (line: string) => void,
): Promise<string | undefined> {
  const child = startGit(args, repository)
  const ended = exitOf(child)
  const complaints = text(child.stderr)
  for await (const line of createInterface({ input: child.stdout })) take(line)
  return (await ended) === 0 ? undefined : ((await complaints).trim().split('\n')[0] ?? 'it gives no reason')
}

/** A shallow or partial clone does not have it all; asked for everything, that is less than the whole. */
async function limitsOf({ range, since }: HistoryRange, repository: Repository): Promise<Skip[]> {
  const incomplete = range === undefined && since === undefined
  const shallow = await askGit(['rev-parse', '--is-shallow-repository'], repository, 'look at the repository')
  if (shallow.toString().trim() !== 'true') return []
  const why =
    'this is a shallow clone, so what lies before it is not here (`git fetch --unshallow` brings it)'
  return [{ path: 'the history', why, incomplete }]
}
