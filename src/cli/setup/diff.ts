const CONTEXT = 3

interface Line {
  readonly mark: ' ' | '-' | '+'
  readonly text: string
}

/** A unified diff of two texts, empty when they are equal. */
export function unifiedDiff(file: string, before: string | null, after: string | null): string {
  if (before === after) return ''
  const lines = compare(linesOf(before), linesOf(after))
  const head = [`--- ${before === null ? '/dev/null' : file}`, `+++ ${after === null ? '/dev/null' : file}`]
  return `${[...head, ...hunks(lines)].join('\n')}\n`
}

function linesOf(text: string | null): string[] {
  if (text === null || text === '') return []
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  else lines.push('\\ No newline at end of file')
  return lines
}

/** Longest common subsequence between the common head and tail. */
function compare(before: readonly string[], after: readonly string[]): Line[] {
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head++
  let tail = 0
  while (
    tail < before.length - head &&
    tail < after.length - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  ) {
    tail++
  }
  const same = (text: string): Line => ({ mark: ' ', text })
  return [
    ...before.slice(0, head).map(same),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ]
}

function middle(before: readonly string[], after: readonly string[]): Line[] {
  const removed = (text: string): Line => ({ mark: '-', text })
  const added = (text: string): Line => ({ mark: '+', text })
  // Beyond this the table would cost more than a smaller diff is worth.
  if (before.length * after.length > 1_000_000) return [...before.map(removed), ...after.map(added)]
  const common = lengths(before, after)
  const lines: Line[] = []
  let left = 0
  let right = 0
  while (left < before.length || right < after.length) {
    if (left < before.length && right < after.length && before[left] === after[right]) {
      lines.push({ mark: ' ', text: before[left]! })
      left++
      right++
    } else if (
      left < before.length &&
      (right === after.length || common[left + 1]![right]! >= common[left]![right + 1]!)
    ) {
      lines.push(removed(before[left++]!))
    } else {
      lines.push(added(after[right++]!))
    }
  }
  return lines
}

/** `lengths[i][j]`: the longest common subsequence of what follows `i` and `j`. */
function lengths(before: readonly string[], after: readonly string[]): number[][] {
  const table = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0))
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      table[i]![j] =
        before[i] === after[j] ? table[i + 1]![j + 1]! + 1 : Math.max(table[i + 1]![j]!, table[i]![j + 1]!)
    }
  }
  return table
}

function hunks(lines: readonly Line[]): string[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(line => line.mark !== ' '),
  )
  const output: string[] = []
  let before = 1
  let after = 1
  for (let index = 0; index < lines.length; ) {
    if (!near[index]) {
      before++
      after++
      index++
      continue
    }
    let end = index
    while (near[end]) end++
    const hunk = lines.slice(index, end)
    const removed = hunk.filter(line => line.mark !== '+').length
    const added = hunk.filter(line => line.mark !== '-').length
    output.push(`@@ -${start(before, removed)} +${start(after, added)} @@`)
    for (const { mark, text } of hunk) output.push(`${mark}${text}`)
    before += removed
    after += added
    index = end
  }
  return output
}

function start(line: number, count: number): string {
  return `${count === 0 ? line - 1 : line},${count}`
}
