import { printable } from '../printable.ts'
import type { ParsedCommand, ParsedEffect, ParsedFinding, ParsedPart } from './parsed.ts'

export interface DrawOptions {
  /** Columns of the terminal. */
  readonly width: number
  readonly isColoured: boolean
}

interface Line {
  readonly indent: string
  readonly text: string
  /** The verdict, which is never cut. */
  readonly verdict?: string
  readonly colour?: string
}

const NARROWEST = 40
const SHORTEST = 20
const MOST_LINES = 400
const colours: Readonly<Record<string, string>> = { deny: '31', ask: '33', note: '32', dim: '2' }

/** The parse of a command as a tree for a terminal, wrapped programs below what wraps them. */
export function drawParsed(parsed: ParsedCommand, { width, isColoured }: DrawOptions): string {
  const lines: Line[] = []
  const { statements, findings } = parsed
  for (const [index, statement] of statements.entries()) {
    drawPart(statement, '', index === statements.length - 1 && findings.length === 0, lines)
  }
  for (const finding of findings) lines.push({ indent: '', ...describe('as a whole', finding) })
  if (parsed.isPartial)
    lines.push({ indent: '', text: 'not all of it could be read; exceptions do not count' })
  const shown = lines.slice(0, MOST_LINES)
  const text = shown.map(line => paint(line, Math.max(NARROWEST, width), isColoured)).join('\n')
  return lines.length > shown.length
    ? `${text}\n… ${lines.length - shown.length} more lines; see --json\n`
    : `${text}\n`
}

function drawPart(part: ParsedPart, indent: string, isLast: boolean, lines: Line[]): void {
  const { text, programs } = part
  lines.push({ indent: `${indent}${isLast ? '└─ ' : '├─ '}`, text })
  const below = `${indent}${isLast ? '   ' : '│  '}`
  const effects = distinct(part.effects)
  effects.forEach((effect, index) => {
    const isEnd = index === effects.length - 1 && programs.length === 0
    drawEffect(effect, `${below}${isEnd ? '└─ ' : '├─ '}`, lines)
  })
  programs.forEach((program, index) => {
    drawPart(program, below, index === programs.length - 1, lines)
  })
}

function drawEffect({ kind, target, findings }: ParsedEffect, indent: string, lines: Line[]): void {
  const what = `${kind} ${target ?? '(not known)'}`
  const [first, ...rest] = findings
  if (!first) {
    lines.push({ indent, text: what, colour: 'dim' })
    return
  }
  // Rules that need no target of their own say best themselves what they saw.
  lines.push({ indent, ...describe(kind === 'execute' ? first.message : what, first) })
  for (const finding of rest)
    lines.push({ indent: `${indent.slice(0, -3)}   `, ...describe('also', finding) })
}

function describe(what: string, { rule, threat, severity, exception, isFinal }: ParsedFinding) {
  const said = exception === undefined ? severity.toUpperCase() : `excepted by ${exception}`
  const verdict = ` → ${said} ${rule} (${threat}${isFinal ? ', never lifted' : ''})`
  return { text: what, verdict, colour: severity }
}

/** A program may read the same file twice; once is enough to see. */
function distinct(effects: readonly ParsedEffect[]): readonly ParsedEffect[] {
  const seen = new Set<string>()
  return effects.filter(({ kind, target, findings }) => {
    const key = JSON.stringify([kind, target, findings.map(({ rule }) => rule)])
    return !seen.has(key) && seen.add(key)
  })
}

/** Cuts what is too wide, but never the verdict. */
function paint({ indent, text, verdict = '', colour }: Line, width: number, isColoured: boolean): string {
  const room = Math.max(SHORTEST, width - indent.length - verdict.length)
  const safe = printable(text)
  const shown = `${safe.length <= room ? safe : `${safe.slice(0, room - 1)}…`}${printable(verdict)}`
  const code = isColoured && colour !== undefined ? colours[colour] : undefined
  return code === undefined ? `${indent}${shown}` : `${indent}\x1b[${code}m${shown}\x1b[0m`
}
