import { joined, type Passage, reportInFile } from '../passage.ts'
import type { Report } from '../rule.ts'
import { type CallWatcher, watchedInFile } from './reading.ts'
import { readShell } from './script.ts'

const MOST_RECIPES = 5_000

/** Reads the recipes of a Makefile as shell text, with the variables that the file sets plainly. */
export function readMakefile(text: string, report: Report, watch?: CallWatcher): void {
  const variables = new Map<string, string>()
  let count = 0
  for (const { line, start } of logicalLines(text)) {
    if (!line.startsWith('\t')) {
      const [, name, value] =
        /^\s*(?:export\s+|override\s+)?([\w.-]+)\s*[:?+]{0,3}=\s*(.*?)\s*$/s.exec(line) ?? []
      if (name !== undefined && value !== undefined && !value.includes('$') && value.length < 1_000)
        variables.set(name, value)
      continue
    }
    if (++count > MOST_RECIPES) return
    const recipe = recipeOf(line, start)
    readShell(recipe.text, reportInFile(report, recipe), 'machine', variables, watchedInFile(watch, recipe))
  }
}

/** Lines with those they are continued on; the shell takes the line ends out itself. */
function* logicalLines(text: string): Generator<{ line: string; start: number }> {
  for (let at = 0; at < text.length; ) {
    const start = at
    let end = text.indexOf('\n', at)
    while (end > 0 && text[end - 1] === '\\') end = text.indexOf('\n', end + 1)
    at = end < 0 ? text.length : end + 1
    yield { line: text.slice(start, end < 0 ? text.length : end), start }
  }
}

/** The recipe as its shell gets it: no prefix, `$$` a dollar sign, make's own variables as those of the shell. */
function recipeOf(line: string, start: number): Passage {
  const prefix = /^\t[\s@+-]*/.exec(line)?.[0].length ?? 1
  const pieces: { text: string; start: number }[] = []
  let from = prefix
  const push = (to: number) => pieces.push({ text: line.slice(from, to), start: start + from })
  for (let at = prefix; at < line.length; at++) {
    if (line[at] !== '$') continue
    push(at)
    const next = line[at + 1] ?? ''
    if (next === '$') from = ++at
    else if (next === '(' || next === '{') {
      const end = closing(line, at + 1)
      pieces.push({ text: variableOf(line.slice(at + 2, end), end - at + 1), start: start + at })
      from = end + 1
      at = end
    } else {
      pieces.push({ text: '$_', start: start + at })
      from = at + 2
      at++
    }
  }
  push(line.length)
  return joined(pieces)
}

/** A reference of make in as many characters as it had. */
function variableOf(body: string, length: number): string {
  if (body.startsWith('shell ')) return `$(      ${body.slice(6)})`.slice(0, length)
  const name = /^[A-Za-z_]\w*$/.test(body) ? body : 'm'.repeat(Math.max(1, length - 3))
  return `\${${name}}`
}

function closing(line: string, from: number): number {
  let depth = 0
  for (let at = from; at < line.length; at++) {
    if (line[at] === '(' || line[at] === '{') depth++
    else if ((line[at] === ')' || line[at] === '}') && --depth === 0) return at
  }
  return line.length
}
