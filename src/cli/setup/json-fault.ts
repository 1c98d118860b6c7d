import { PortcullisError } from '../../kernel/errors.ts'

/** Where a text stops being JSON, for a message; quotes nothing of the text. */
interface JsonFault {
  readonly line: number
  readonly column: number
  readonly problem: string
}

/** Parses a settings file. Throws `init.conflict` with file, line and column; a key given twice counts as a fault. */
export function parseJsonFile(text: string, file: string): unknown {
  const fault = findJsonFault(text)
  if (fault === null) return JSON.parse(text)
  throw new PortcullisError(
    'init.conflict',
    `\`${file}\` line ${fault.line}, column ${fault.column}: ${fault.problem}`,
    'mend the file by hand, then run this again; nothing was changed',
  )
}

/** RFC 8259, plus: no key twice in one object, because rewriting the file would drop one of them. */
export function findJsonFault(text: string): JsonFault | null {
  const reader = { text, at: 0 }
  try {
    readValue(reader, 0)
    skipBlank(reader)
    if (reader.at < text.length) throw new Fault('something follows the end of the JSON value')
    return null
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const before = text.slice(0, reader.at).split('\n')
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, problem: error.message }
  }
}

class Fault extends Error {}

interface Reader {
  readonly text: string
  at: number
}

const DEEPEST = 500

function readValue(reader: Reader, depth: number): void {
  if (depth > DEEPEST) throw new Fault('nested too deeply')
  skipBlank(reader)
  const next = reader.text[reader.at]
  if (next === '{') readObject(reader, depth)
  else if (next === '[') readArray(reader, depth)
  else if (next === '"') readString(reader)
  else if (!take(reader, /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y)) {
    throw new Fault(next === undefined ? 'the file ends too early' : 'a value was expected')
  }
}

function readObject(reader: Reader, depth: number): void {
  const keys = new Set<string>()
  reader.at++
  if (skipTo(reader, '}')) return
  do {
    skipBlank(reader)
    const start = reader.at
    const key = readString(reader)
    if (keys.has(key)) {
      reader.at = start
      throw new Fault('the same key stands twice in one object')
    }
    keys.add(key)
    if (!skipTo(reader, ':')) throw new Fault('a colon was expected')
    readValue(reader, depth + 1)
  } while (skipTo(reader, ','))
  if (!skipTo(reader, '}')) throw new Fault('a comma or a closing brace was expected')
}

function readArray(reader: Reader, depth: number): void {
  reader.at++
  if (skipTo(reader, ']')) return
  do {
    readValue(reader, depth + 1)
  } while (skipTo(reader, ','))
  if (!skipTo(reader, ']')) throw new Fault('a comma or a closing bracket was expected')
}

function readString(reader: Reader): string {
  const start = reader.at
  if (!take(reader, /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"/y)) {
    throw new Fault(
      reader.text[start] === '"' ? 'the string is not closed or not valid' : 'a key was expected',
    )
  }
  return JSON.parse(reader.text.slice(start, reader.at)) as string
}

function skipTo(reader: Reader, mark: string): boolean {
  skipBlank(reader)
  if (reader.text[reader.at] !== mark) return false
  reader.at++
  return true
}

function skipBlank(reader: Reader): void {
  take(reader, /[ \t\r\n]*/y)
}

function take(reader: Reader, pattern: RegExp): boolean {
  pattern.lastIndex = reader.at
  if (!pattern.test(reader.text)) return false
  reader.at = pattern.lastIndex
  return true
}
