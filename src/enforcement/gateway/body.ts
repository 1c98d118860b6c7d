import { isUtf8 } from 'node:buffer'
import {
  decodeString,
  eachElement,
  eachMember,
  fail,
  MalformedJson,
  type Span,
  skipSpace,
  skipValue,
} from './json-bytes.ts'
import { isPlainName, SHORTEST_SECRET } from './leaves.ts'

/** A part of the body that is remembered as a whole: one message, one tool, one system block, any other field. */
export interface Unit extends Span {
  readonly kind: 'system' | 'message' | 'tool' | 'content' | 'connectors' | 'field'
  /** Its place for a reader: `messages[3]`. */
  readonly where: string
}

/** What the gateway needs of a Messages request, as spans over the bytes. */
export interface MessagesBody {
  readonly model: string
  readonly stream: boolean
  readonly maxTokens: number | null
  readonly units: readonly Unit[]
}

/** Reads the top level of a Messages request. Throws `MalformedJson` for anything two parsers could read differently. */
export function readMessagesBody(bytes: Buffer): MessagesBody {
  let model: string | null = null
  let stream = false
  let maxTokens: number | null = null
  const units: Unit[] = []

  readTopLevel(bytes, (key, start, end, keySpan) => {
    switch (key) {
      case 'model':
        model = readModel(bytes, start, end)
        if (!/^[a-z0-9]{1,11}(?:[-.:/@_][a-z0-9]{1,11})*$/.test(model))
          addField(bytes, key, start, end, units)
        break
      case 'stream':
        stream = readBoolean(bytes, start, end)
        break
      case 'max_tokens':
        maxTokens = readCount(bytes, start, end)
        break
      case 'system':
        addSystem(bytes, start, end, units)
        break
      case 'messages':
        addElements(bytes, start, 'message', key, units)
        break
      case 'tools':
        addElements(bytes, start, 'tool', key, units)
        break
      case 'mcp_servers':
        // A kind of its own, because what is remembered of one kind must not speak for the same bytes in another place.
        if (bytes[start] === 0x5b) units.push({ kind: 'connectors', where: key, start, end })
        else addField(bytes, key, start, end, units)
        break
      default:
        if (!isPlainName(key)) units.push({ kind: 'field', where: 'the name of a field', ...keySpan })
        addField(bytes, key, start, end, units)
    }
  })
  if (model === null) fail('`model` is missing')
  return { model, stream, maxTokens, units }
}

/** Calls `visit` for each top-level member with the span of its value; the bytes must be one JSON object and nothing else. */
export function readTopLevel(
  bytes: Buffer,
  visit: (key: string, start: number, end: number, keySpan: Span) => void,
): void {
  if (bytes.length === 0) fail('the body is empty')
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    fail('the body begins with a byte order mark')
  if (!isUtf8(bytes)) fail('the body is not valid UTF-8')
  const start = skipSpace(bytes, 0)
  if (bytes[start] !== 0x7b) fail('the body is not a JSON object')
  const end = eachMember(bytes, start, (key, keySpan, valueStart) => {
    const valueEnd = skipValue(bytes, valueStart)
    visit(key, valueStart, valueEnd, keySpan)
    return valueEnd
  })
  if (skipSpace(bytes, end) !== bytes.length) fail('something follows the JSON object')
}

function readModel(bytes: Buffer, start: number, end: number): string {
  if (bytes[start] !== 0x22) fail('`model` is not a string')
  const model = decodeString(bytes, start, end)
  if (model === '' || model.length > 256) fail('`model` is empty or longer than 256 characters')
  return model
}

function readBoolean(bytes: Buffer, start: number, end: number): boolean {
  const text = bytes.toString('latin1', start, end)
  if (text !== 'true' && text !== 'false') fail('`stream` is not a boolean')
  return text === 'true'
}

function readCount(bytes: Buffer, start: number, end: number): number {
  const text = bytes.toString('latin1', start, end)
  if (!/^\d{1,12}$/.test(text)) fail('`max_tokens` is not a whole number')
  return Number(text)
}

function addSystem(bytes: Buffer, start: number, end: number, units: Unit[]): void {
  if (bytes[start] === 0x22) units.push({ kind: 'system', where: 'system', start, end })
  else addElements(bytes, start, 'system', 'system', units)
}

function addElements(bytes: Buffer, at: number, kind: Unit['kind'], name: string, units: Unit[]): void {
  if (bytes[at] !== 0x5b) fail(`\`${name}\` is not a list`)
  eachElement(bytes, at, (index, start) => {
    if (bytes[start] !== 0x7b) fail(`an element of \`${name}\` is not an object`)
    const end = skipValue(bytes, start)
    units.push({ kind, where: `${name}[${index}]`, start, end })
    return end
  })
}

/** A field we do not read may carry words to the upstream all the same; short ones and numbers cannot hold a secret. */
function addField(bytes: Buffer, key: string, start: number, end: number, units: Unit[]): void {
  const first = bytes[start]
  const holdsText = first === 0x22 || first === 0x7b || first === 0x5b
  if (holdsText && end - start - 2 >= SHORTEST_SECRET) units.push({ kind: 'field', where: key, start, end })
  else validate(bytes, start, end)
}

/** The byte scan above only matched brackets; what is not walked later still has to be JSON. */
function validate(bytes: Buffer, start: number, end: number): void {
  try {
    JSON.parse(bytes.toString('utf8', start, end))
  } catch {
    throw new MalformedJson('a field is not valid JSON')
  }
}
