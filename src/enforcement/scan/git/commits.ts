import type { FirstCommit } from '../outcome.ts'
import { type Repository, startGit } from './git.ts'

/** Where a content first came from. */
export interface Origin {
  readonly path: string
  readonly commit: FirstCommit
}

const SHORT = 12
const HEADER = '\x01'

/**
 * Walks the commits from the oldest on and tells for each wanted content where it first came in, under a path that is
 * wanted too. One pass for all, and only when something was found: it compares trees and opens no content.
 */
export async function findOrigins(
  wanted: ReadonlySet<string>,
  revisions: readonly string[],
  repository: Repository,
  isWantedPath: (path: string) => boolean,
): Promise<Map<string, Origin>> {
  const origins = new Map<string, Origin>()
  // -c: what a merge brought in by itself
  const shape = [
    '--raw',
    '-c',
    '--root',
    '-z',
    '--no-abbrev',
    '--no-renames',
    '--no-ext-diff',
    '--no-textconv',
  ]
  const format = '--format=%x01%H%x02%aI'
  const child = startGit(
    ['log', '--reverse', '--date-order', '--no-color', ...shape, format, ...revisions, '--'],
    repository,
  )
  child.stderr.resume()
  child.on('error', () => {})
  let commit: FirstCommit = { hash: '', date: '' }
  let change: string | undefined
  try {
    for await (const token of tokensOf(child.stdout)) {
      if (origins.size === wanted.size) break
      if (change !== undefined) {
        const id = change
        change = undefined
        if (!wanted.has(id) || origins.has(id) || !isWantedPath(token)) continue
        origins.set(id, { path: token, commit })
        continue
      }
      const line = token.replace(/^\n+/, '')
      if (line.startsWith(':')) change = resultOf(line)
      if (!line.startsWith(HEADER)) continue
      const [id = '', date = ''] = line.slice(1).trim().split('\x02')
      commit = { hash: id.slice(0, SHORT), date }
      // its message
      if (wanted.has(id)) origins.set(id, { path: `commit ${commit.hash}`, commit })
    }
  } finally {
    child.kill()
  }
  return origins
}

/** The content after a change: `:mode mode old new M`, or of a merge `::mode mode mode old old new MM`. */
function resultOf(change: string): string {
  return change.split(' ').at(-2) ?? ''
}

/** What stands between the NULs. */
async function* tokensOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let carried: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const bytes = carried.length > 0 ? Buffer.concat([carried, chunk]) : chunk
    let start = 0
    for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
      yield bytes.toString('utf8', start, end)
      start = end + 1
    }
    carried = bytes.subarray(start)
  }
  if (carried.length > 0) yield carried.toString('utf8')
}
