import { isPattern } from '../../paths/pattern.ts'

// Literal text pipes, folded: what `printf`, `base64 -d` and their like print when all they read is known.

/** Backslash escapes of `printf`, `echo -e` and `$'…'`. */
export function undoEscapes(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|0?([0-7]{1,3})|(c.)|(.))/gs,
    (whole, hex, short, long, octal, control, plain) => {
      const code = hex ?? short ?? long
      if (code !== undefined) return fromCode(Number.parseInt(code, 16))
      if (octal !== undefined) return fromCode(Number.parseInt(octal, 8) & 255)
      if (control !== undefined) return ''
      return ESCAPES[plain] ?? (plain === '\\' || plain === "'" || plain === '"' ? plain : whole)
    },
  )
}

const ESCAPES: Record<string, string> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

function fromCode(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : ''
}

/** What `printf FORMAT ARGS…` prints. */
export function formatPrintf(format: string, args: readonly string[]): string {
  const rest = [...args]
  let out = ''
  let rounds = 0
  do {
    const before = rest.length
    out += undoEscapes(format.replace(/%%/g, '\uF8FF')).replace(
      /%[-+ #0]*(\*|\d*)(?:\.(\*|\d*))?([a-zA-Z])/g,
      (_, _w, precision, kind) => {
        const value = rest.shift() ?? ''
        if (kind === 'b') return undoEscapes(value)
        if (kind === 'c') return value.slice(0, 1)
        if (kind === 'x' || kind === 'X')
          return Number.isNaN(Number(value)) ? value : Number(value).toString(16)
        if (kind === 'o') return Number.isNaN(Number(value)) ? value : Number(value).toString(8)
        return precision && kind === 's' ? value.slice(0, Number(precision)) : value
      },
    )
    if (rest.length === before) break
  } while (rest.length > 0 && ++rounds < 64)
  return out.replace(/\uF8FF/g, '%')
}

/** Decodes base64 (or its URL form); undefined when the text is not known or not base64. */
export function decodeBase64(text: string): string | undefined {
  const compact = text.replace(/\s/g, '').replace(/-/g, '+').replace(/_/g, '/')
  if (isPattern(text) || compact.length > 1_000_000 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact))
    return undefined
  const padded = compact.replace(/=+$/, '')
  if (padded.length % 4 === 1) return undefined
  return textOf(Uint8Array.from(atob(padded), character => character.charCodeAt(0)))
}

export function decodeHex(text: string): string | undefined {
  const compact = text.replace(/0x|\\x|[\s:]/gi, '')
  if (isPattern(text) || compact.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(compact)) return undefined
  return textOf(Uint8Array.from(compact.match(/../g) ?? [], pair => Number.parseInt(pair, 16)))
}

export function decodeBase32(text: string): string | undefined {
  const compact = text.replace(/[\s=]/g, '').toUpperCase()
  if (isPattern(text) || !/^[A-Z2-7]*$/.test(compact)) return undefined
  let bits = 0
  let held = 0
  const bytes: number[] = []
  for (const character of compact) {
    held = ((held << 5) | 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(character)) & 0xfffff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((held >> bits) & 255)
  }
  return textOf(Uint8Array.from(bytes))
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** What `tr SET1 SET2` makes of a text; undefined for options this does not know. */
export function translate(text: string, from: string, to: string | undefined): string {
  const source = expandSet(from)
  const target = to === undefined ? '' : expandSet(to)
  return [...text]
    .map(character => {
      const at = source.indexOf(character)
      if (at < 0) return character
      return to === undefined ? '' : (target[Math.min(at, target.length - 1)] ?? '')
    })
    .join('')
}

function expandSet(set: string): string {
  const classes: Record<string, string> = {
    lower: 'a-z',
    upper: 'A-Z',
    digit: '0-9',
    alpha: 'A-Za-z',
    alnum: 'A-Za-z0-9',
    space: ' \t\n',
  }
  const spelled = undoEscapes(set.replace(/\[:(\w+):\]/g, (whole, name) => classes[name] ?? whole))
  return spelled.replace(/(.)-(.)/gs, (_, from: string, to: string) => {
    let run = ''
    for (let code = from.charCodeAt(0); code <= to.charCodeAt(0) && run.length < 256; code++)
      run += String.fromCharCode(code)
    return run
  })
}
