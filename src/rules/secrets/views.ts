import { charset, countIn, isIn } from './charsets.ts'

/** A stretch of text decoded; `origin` maps an offset in `text` back to the source. */
export interface View {
  readonly text: string
  /** Where the character at `offset` begins in the source. */
  begin(offset: number): number
  /** Where the character before `offset` ends in the source. */
  end(offset: number): number
}

const PERCENT = 37
const BACKSLASH = 92

/** Base64 or base64url without padding to one character a byte; undefined when it cannot be that. */
export function decodeBase64(run: string): string | undefined {
  const length = run.length % 4 === 1 ? run.length - 1 : run.length
  for (let index = 0; index < length; index++) if (!isIn(run.charCodeAt(index), charset.R)) return undefined
  const standard = run.slice(0, length).replaceAll('-', '+').replaceAll('_', '/')
  return atob(standard)
}

/** A view of a base64 run, or undefined when its beginning does not decode to text. */
export function base64View(text: string, start: number, end: number): View | undefined {
  const probe = decodeBase64(text.slice(start, start + 32))
  if (probe === undefined || !isMostlyText(probe)) return undefined
  const decoded = decodeBase64(text.slice(start, end))
  if (decoded === undefined) return undefined
  return {
    text: decoded,
    begin: offset => start + Math.floor(offset / 3) * 4,
    end: offset => Math.min(end, start + Math.ceil(offset / 3) * 4),
  }
}

/** A view of a run of hexadecimal digits, two a character. */
export function hexView(text: string, start: number, end: number): View | undefined {
  if (countIn(text, start, end, charset.X) !== end - start) return undefined
  let decoded = ''
  for (let index = start; index + 1 < end; index += 2)
    decoded += String.fromCharCode(Number.parseInt(text.slice(index, index + 2), 16))
  if (!isMostlyText(decoded.slice(0, 24))) return undefined
  return { text: decoded, begin: offset => start + offset * 2, end: offset => start + offset * 2 }
}

function isMostlyText(sample: string): boolean {
  let readable = 0
  for (let index = 0; index < sample.length; index++) {
    const code = sample.charCodeAt(index)
    if ((code >= 32 && code < 127) || code === 10 || code === 13 || code === 9) readable++
  }
  return readable >= sample.length * 0.9
}

/** A view of a stretch with JSON string escapes and percent escapes taken away, one level of each. */
export function unescapedView(text: string, start: number, end: number): View {
  const characters: string[] = []
  const origins: number[] = []
  for (let index = start; index < end; ) {
    const [character, length] = readEscape(text, index, end)
    characters.push(character)
    origins.push(index)
    index += length
  }
  origins.push(end)
  return {
    text: characters.join(''),
    begin: offset => origins[offset]!,
    end: offset => origins[offset]!,
  }
}

const simpleEscapes: Record<string, string> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  '"': '"',
  '/': '/',
  "'": "'",
  '\\': '\\',
}

function readEscape(text: string, at: number, limit: number): [string, number] {
  const code = text.charCodeAt(at)
  if (code === PERCENT && at + 3 <= limit && isHex(text, at + 1, 2))
    return [String.fromCharCode(Number.parseInt(text.slice(at + 1, at + 3), 16)), 3]
  if (code === BACKSLASH && at + 1 < limit) {
    const next = text[at + 1]!
    if (next === 'u' && at + 6 <= limit && isHex(text, at + 2, 4))
      return [String.fromCharCode(Number.parseInt(text.slice(at + 2, at + 6), 16)), 6]
    const simple = simpleEscapes[next]
    if (simple !== undefined) return [simple, 2]
  }
  return [text[at]!, 1]
}

function isHex(text: string, at: number, length: number): boolean {
  return countIn(text, at, Math.min(text.length, at + length), charset.X) === length
}

/** Whether a percent sign begins an escape; `open` when the text ends too soon to tell. */
export function isPercentEscape(text: string, at: number): boolean {
  return isHex(text, at + 1, 2)
}
