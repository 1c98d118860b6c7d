import { type Refusal, refusal } from './refusals.ts'

const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46])
const BYTE_ORDER_MARKS = [
  Buffer.from([0xef, 0xbb, 0xbf]),
  Buffer.from([0xff, 0xfe]),
  Buffer.from([0xfe, 0xff]),
]

/**
 * What shows a text otherwise than it runs: a carriage return ends a comment for Python and Node, as U+2028 and U+2029 do for Node;
 * controls repaint a terminal; directions turn the order of words (CVE-2021-42574).
 */
const HIDING = /[\u0001-\u0008\u000b\u000e-\u001f\u007f\u0080-\u009f\u2028-\u202e\u2066-\u2069]|\r(?!\n)/u

/** PEP 263: in one of the first two lines it has Python read the rest in another encoding, in which comments can be code. */
const ENCODING = /^(?:[^\n]*\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)/
const PLAIN_ENCODINGS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'ascii', 'us-ascii'])

/** The text of a script that people and rules read the same way as its interpreter does. */
export function readText(bytes: Buffer, path: string): string | Refusal {
  if (bytes.length === 0) return refusal('script.is-empty', `\`${path}\` is empty`, path)
  if (bytes.subarray(0, ELF.length).equals(ELF))
    return refusal('script.is-binary', `\`${path}\` is a program and not a script`, path)
  if (BYTE_ORDER_MARKS.some(mark => bytes.subarray(0, mark.length).equals(mark)))
    return refusal('script.begins-with-mark', `\`${path}\` begins with a byte order mark`, path)
  const nul = bytes.indexOf(0)
  if (nul >= 0) return refusal('script.holds-nul', `\`${path}\` holds a NUL at byte ${nul}`, path)
  const text = decode(bytes)
  if (text === null) return refusal('script.is-no-text', `\`${path}\` is not UTF-8`, path)
  return judgeReading(text, path) ?? text
}

function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return null
  }
}

function judgeReading(text: string, path: string): Refusal | undefined {
  // The first line has a reason of its own for a carriage return.
  const begin = text.indexOf('\n') + 1
  const hiding = HIDING.exec(text.slice(begin))
  if (hiding) {
    const line = text.slice(0, begin + hiding.index).split('\n').length
    const code = hiding[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
    return refusal('script.hides-text', `\`${path}\` holds U+${code} in line ${line}`, path)
  }
  const encoding = ENCODING.exec(text)?.[1]
  if (encoding === undefined || PLAIN_ENCODINGS.has(encoding.toLowerCase().replaceAll('_', '-')))
    return undefined
  return refusal('script.declares-encoding', `\`${path}\` has itself read as \`${encoding}\``, path)
}
