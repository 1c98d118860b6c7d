import { skipDiffMark } from './boundary.ts'
import { charset, countIn, isByteIn } from './charsets.ts'
import { holdFrom, report, type Scan, type Trigger } from './scan.ts'
import { gradeSpoken } from './value-grade.ts'

const COLUMNS_LONGEST = 120
const NAME_LONGEST = 16
const ROW_LONGEST = 400
/** So many lines below the names are read, and so many characters. */
const MOST_ROWS = 40
const TABLE_LONGEST = 2_048
const FEWEST_COLUMNS = 3

/** Names of columns that hold secrets, whole. Lower case. */
const columns = new Set([
  ...[
    'password',
    'passwd',
    'passwort',
    'kennwort',
    'pwd',
    'pass',
    'secret',
    'token',
    'api_key',
    'apikey',
    'api key',
  ],
  ...[
    'client_secret',
    'secret_key',
    'access_key',
    'access_token',
    'auth_token',
    'api_token',
    'plain_password',
    'senha',
  ],
])
/** What they begin with: few literals make a small automaton. */
const stems = [
  'pass',
  'kennw',
  'pwd',
  'secret',
  'token',
  'api',
  'client_s',
  'acces',
  'auth_',
  'plain_',
  'senha',
]

/** Secrets in tables whose first line names the columns: comma, semicolon, tab, `|` of Markdown and of database clients. */
export function columnTriggers(): Trigger[] {
  return [...headTriggers(), { literal: ' from stdin;', exact: false, inspect: inspectCopy }]
}

function headTriggers(): Trigger[] {
  return [',', ';', '\t', '| '].flatMap(separator =>
    stems.map(name => ({
      literal: `${separator}${name}`,
      exact: false,
      opensWindow: true,
      inspect: (scan: Scan, start: number, end: number) => inspectColumn(scan, separator[0]!, start, end),
    })),
  )
}

function inspectColumn(scan: Scan, separator: string, start: number, end: number): void {
  const { text, bytes } = scan
  const limit = end + NAME_LONGEST
  let nameEnd = end
  while (
    nameEnd < limit &&
    isByteIn(bytes[nameEnd]!, charset.G | charset.blank) &&
    text[nameEnd] !== separator
  )
    nameEnd++
  if (nameEnd >= text.length) {
    if (!scan.final) holdFrom(scan, start)
    return
  }
  if (
    !columns.has(
      text
        .slice(start + 1, nameEnd)
        .trim()
        .toLowerCase(),
    )
  )
    return
  const lineStart = beginOfLine(bytes, start)
  if (lineStart < 0) return
  const lineEnd = endOfLine(scan, end)
  if (lineEnd >= text.length) {
    if (!scan.final) holdFrom(scan, start)
    return
  }
  const names = cellsOf(scan, separator, lineStart, lineEnd)
  if (names.length < FEWEST_COLUMNS || !names.every(cell => isColumnName(scan, cell))) return
  if (isRow(scan, separator, lineStart, names.length)) return
  const column = names.findIndex(cell => cell.start > start && cell.start < end)
  if (column < 0) return
  readRows(scan, { separator, column, count: names.length, start: lineStart, from: lineEnd + 1 })
}

/** `COPY users (id, password) FROM stdin;` of pg_dump, and rows parted by tabs. */
function inspectCopy(scan: Scan, start: number, end: number): void {
  const { text } = scan
  if (text[start - 1] !== ')') return
  const before = Math.max(0, start - COLUMNS_LONGEST)
  const open = before + text.slice(before, start).lastIndexOf('(')
  if (open < before) return
  const names = text
    .slice(open + 1, start - 1)
    .toLowerCase()
    .split(', ')
  const column = names.findIndex(name => columns.has(name))
  if (column < 0) return
  const lineEnd = endOfLine(scan, end)
  readRows(scan, { separator: '\t', column, count: names.length, start: open, from: lineEnd + 1 })
}

interface Cell {
  readonly start: number
  readonly end: number
}

/** Whether the line before has as many cells: then this one names nothing. */
function isRow(scan: Scan, separator: string, lineStart: number, count: number): boolean {
  if (lineStart === 0) return false
  const begin = beginOfLine(scan.bytes, lineStart - (scan.bytes[lineStart - 1] === 10 ? 1 : 2))
  return begin < 0 || cellsOf(scan, separator, begin, lineStart - 1).length >= count
}

interface Table {
  readonly separator: string
  readonly column: number
  readonly count: number
  readonly start: number
  readonly from: number
}

/** Every row of as many cells; a line of dashes is none, and another line ends the table. */
function readRows(scan: Scan, { separator, column, count, start, from }: Table): void {
  const { text } = scan
  let at = from
  for (let row = 0; row < MOST_ROWS && at - from < TABLE_LONGEST; row++) {
    const end = endOfLine(scan, at)
    if (end >= text.length && !scan.final) {
      holdFrom(scan, start)
      return
    }
    if (at >= text.length || end - at > ROW_LONGEST) return
    at = skipDiffMark(scan.bytes, at)
    const cells = cellsOf(scan, separator, at, end)
    const cell = cells[column]
    const isRule =
      text[at] === '+' || text.startsWith('|-', at) || text.startsWith('| -', at) || text[at] === '-'
    if (!isRule) {
      if (cells.length !== count || !cell) return
      reportCell(scan, cell, start)
    }
    at = end + 1
  }
}

function reportCell(scan: Scan, { start, end }: Cell, anchor: number): void {
  if (end - start < 6 || scan.text.slice(start, end).includes(' ')) return
  const grade = gradeSpoken(scan, start, end)
  if (grade) report(scan, 'generic-password', grade, start, end, anchor)
}

/** What the separators part, without the blanks and quotes around it; a row between bars has no cell outside of them. */
function cellsOf({ text }: Scan, separator: string, start: number, end: number): Cell[] {
  const cells: Cell[] = []
  let at = start
  let stop = end
  if (text[stop - 1] === '\r') stop--
  if (separator === '|' && text[at] === '|') at++
  if (separator === '|' && text[stop - 1] === '|') stop--
  while (at <= stop) {
    const found = text.indexOf(separator, at)
    const next = found < 0 || found > stop ? stop : found
    cells.push(trim(text, at, next))
    at = next + 1
  }
  return cells
}

function trim(text: string, start: number, end: number): Cell {
  let from = start
  let to = end
  while (from < to && ' "\''.includes(text[from]!)) from++
  while (to > from && ' "\''.includes(text[to - 1]!)) to--
  return { start: from, end: to }
}

/** Letters, digits and what joins them, a few words at most. */
function isColumnName({ text }: Scan, { start, end }: Cell): boolean {
  const length = end - start
  if (length === 0 || length > 40) return false
  const spaces = countIn(text, start, end, charset.blank)
  return spaces < 4 && countIn(text, start, end, charset.G) + spaces === length
}

/** Where the line begins that holds the place, when that is near; -1 otherwise. */
function beginOfLine(bytes: Uint8Array, at: number): number {
  const limit = Math.max(0, at - COLUMNS_LONGEST)
  let index = at
  while (index > limit && bytes[index - 1] !== 10) index--
  return index === 0 || bytes[index - 1] === 10 ? skipDiffMark(bytes, index) : -1
}

function endOfLine({ text, bytes }: Scan, at: number): number {
  const limit = Math.min(text.length, at + ROW_LONGEST + 1)
  let index = Math.min(at, limit)
  while (index < limit && bytes[index] !== 10) index++
  return index
}
