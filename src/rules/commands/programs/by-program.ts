const MOST_NAMES = 1_000

/** The rows of a table that speak of a program, found once for each name. */
export function byProgram<Row extends { readonly programs: RegExp }>(
  rows: readonly Row[],
): (name: string) => readonly Row[] {
  const known = new Map<string, readonly Row[]>()
  return name => {
    const before = known.get(name)
    if (before) return before
    const found = rows.filter(({ programs }) => programs.test(name))
    if (known.size < MOST_NAMES) known.set(name, found)
    return found
  }
}
