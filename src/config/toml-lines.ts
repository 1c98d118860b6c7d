/**
 * Tells on which line of a TOML text a key stands; for one that cannot be found, its nearest parent. The parser gives no places,
 * so this reads headers and keys at the beginnings of lines, and skips texts of several lines.
 */
export function linesOfToml(text: string): (path: readonly PropertyKey[]) => number {
  const lines = new Map<string, number>()
  const counts = new Map<string, number>()
  let table: PropertyKey[] = []
  let open: string | undefined
  for (const [index, line] of text.split('\n').entries()) {
    if (open !== undefined) {
      if (line.includes(open)) open = undefined
      continue
    }
    const header = /^\s*(\[\[?)\s*([\w.-]+)\s*\]\]?/.exec(line)
    const key = /^\s*([\w.-]+|"[^"]*"|'[^']*')\s*=/.exec(line)
    if (header) {
      table = pathOf(header[2]!.split('.'), header[1] === '[[')
      remember(table, index + 1)
    } else if (key) remember([...table, key[1]!.replace(/^["']|["']$/g, '')], index + 1)
    const opened = /'''|"""/.exec(line)
    if (opened && line.split(opened[0]).length % 2 === 0) open = opened[0]
  }
  return path => {
    for (let length = path.length; length > 0; length--) {
      const line = lines.get(nameOf(path.slice(0, length)))
      if (line !== undefined) return line
    }
    return 1
  }

  function remember(path: readonly PropertyKey[], line: number): void {
    if (!lines.has(nameOf(path))) lines.set(nameOf(path), line)
  }

  /** Of a list of tables the one that was begun last is meant, or a further one. */
  function pathOf(names: readonly string[], isNew: boolean): PropertyKey[] {
    const path: PropertyKey[] = []
    for (const [index, name] of names.entries()) {
      path.push(name)
      const key = nameOf(path)
      const count = counts.get(key)
      if (isNew && index === names.length - 1) {
        counts.set(key, (count ?? 0) + 1)
        path.push(count ?? 0)
      } else if (count !== undefined) path.push(count - 1)
    }
    return path
  }
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.map(String).join('\0')
}
