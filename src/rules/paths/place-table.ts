import { DEEP, intersects, isPattern } from './pattern.ts'
import { isWithin } from './posix.ts'

// Nearly every path shares no first folder with nearly every entry of the tables: entries are found by it, and only
// those are compared character by character.

/** A table of places, asked with paths in the spelling of its entries. */
export interface PlaceTable {
  /** Whether some entry describes the path; `counts` may leave out entries. */
  some(path: string, counts?: (entry: string) => boolean): boolean
}

type Matches = (path: string, isPathPattern: boolean) => boolean

interface Row {
  readonly entry: string
  readonly matches: Matches
}

/** Entries below a home or a project; those that end in a slash are folders with all that is in them. */
export function belowTable(entries: readonly string[]): PlaceTable {
  return tableOf(entries.map(entry => ({ entry, matches: belowMatcher(entry) })))
}

/** Absolute globs. */
export function absoluteTable(globs: readonly string[]): PlaceTable {
  return tableOf(
    globs.map(entry => ({
      entry,
      matches: isPattern(entry)
        ? path => intersects(path, entry)
        : (path, isPathPattern) => (isPathPattern ? intersects(path, entry) : path === entry),
    })),
  )
}

function belowMatcher(entry: string): Matches {
  if (!entry.endsWith('/')) return path => intersects(path, entry)
  const folder = entry.slice(0, -1)
  const inside = `${folder}/${DEEP}`
  return (path, isPathPattern) =>
    isPathPattern ? intersects(path, folder) || intersects(path, inside) : isWithin(path, folder)
}

function tableOf(rows: readonly Row[]): PlaceTable {
  const byFirst = new Map<string, Row[]>()
  /** Entries whose first name is not a plain one. */
  const others = rows.filter(({ entry }) => firstName(entry) === undefined)
  for (const row of rows) {
    const first = firstName(row.entry)
    if (first === undefined) continue
    const found = byFirst.get(first)
    if (found) found.push(row)
    else byFirst.set(first, [row])
  }
  return {
    some(path, counts) {
      const first = firstName(path)
      const isPathPattern = isPattern(path)
      const matches = ({ entry, matches }: Row) =>
        matches(path, isPathPattern) && (counts === undefined || counts(entry))
      if (first === undefined) return rows.some(matches)
      return (byFirst.get(first)?.some(matches) ?? false) || (others.length > 0 && others.some(matches))
    },
  }
}

/** The first folder or name, with the slash before it; undefined where it holds a mark. */
function firstName(path: string): string | undefined {
  const end = path.indexOf('/', 1)
  const first = end < 0 ? path : path.slice(0, end)
  return isPattern(first) ? undefined : first
}
