const MOST_NAMES = 1_000
/** What is longer names no program of a table, and would only fill the memory. */
const LONGEST_NAME = 100

/** The rows of a table that speak of a program, found once for each name. */
export function byProgram<
  Row extends { readonly programs: RegExp } | readonly [programs: RegExp, ...unknown[]],
>(rows: readonly Row[]): (name: string) => readonly Row[] {
  const known = new Map<string, readonly Row[]>()
  return name => {
    const before = known.get(name)
    if (before) return before
    const found = rows.filter(row => ('programs' in row ? row.programs : row[0]).test(name))
    if (known.size < MOST_NAMES && name.length <= LONGEST_NAME) known.set(name, found)
    return found
  }
}

const LONGEST = 4_000

/** The arguments as one text; of a long one the beginning and the end, since patterns may look at it more than once. */
export function argumentText(args: readonly string[]): string {
  const text = args.join(' ')
  return text.length <= 2 * LONGEST ? text : `${text.slice(0, LONGEST)} ${text.slice(-LONGEST)}`
}
