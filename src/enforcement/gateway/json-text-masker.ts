import type { SecretFinding, StreamMasker } from '../../rules/secrets/types.ts'
import { MalformedJson } from './json-bytes.ts'

/** Masks the string values of JSON text that arrives in pieces, as a model streams the input of a tool. */
export interface JsonTextMasker {
  push(fragment: string): string
  /** The text is over, perhaps cut short by a token limit. */
  end(): string
  readonly findings: readonly SecretFinding[]
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** Outside strings JSON has brackets, numbers and three words; anything else could carry text past the scan. */
const structure = /^[\s{}[\],:0-9+\-.eEtrufalsn]*$/

/**
 * Masks in decoded space: a secret spelled with escapes is seen, and a mask can never cut an escape in half.
 * Strings without a finding keep their spelling, escapes included; after a finding the rest of that string is spelled anew.
 */
export function createJsonTextMasker(openMasker: () => StreamMasker): JsonTextMasker {
  const finished: SecretFinding[] = []
  let masker: StreamMasker | null = null
  let openEscape = ''
  let isRespelled = false
  /** Decoded text the masker has not released, and the spelling of each of its UTF-16 units. */
  let heldText = ''
  let heldSpelling: string[] = []
  /** Decoded text of the present fragment on its way to the masker. */
  let piece = ''

  return {
    push(fragment) {
      let out = ''
      let at = 0
      while (at < fragment.length) {
        const next = masker ? nextSpecial(fragment, at) : stringStart(fragment, at)
        const run = fragment.slice(at, next)
        at = next
        if (!masker) {
          if (!structure.test(run)) throw new MalformedJson('the input of a tool is not JSON')
          out += run
          if (at < fragment.length) {
            out += '"'
            at++
            masker = openMasker()
          }
        } else if (openEscape !== '') {
          at = continueEscape(fragment, at)
        } else {
          hold(run, run)
          if (fragment[at] === '"') {
            out += closeString()
            at++
          } else if (at < fragment.length) {
            openEscape = '\\'
            at++
          }
        }
      }
      return out + releasePiece()
    },
    end() {
      if (!masker) return ''
      const cut = openEscape
      openEscape = ''
      return releasePiece() + finish() + cut
    },
    get findings() {
      return masker ? [...finished, ...masker.findings] : finished
    },
  }

  function nextSpecial(fragment: string, from: number): number {
    if (openEscape !== '') return from
    for (let at = from; at < fragment.length; at++) {
      const unit = fragment.charCodeAt(at)
      if (unit === 0x22 || unit === 0x5c) return at
    }
    return fragment.length
  }

  /** Takes one more unit of an escape; `\u` needs four digits after it. */
  function continueEscape(fragment: string, at: number): number {
    openEscape += fragment[at]
    if (openEscape[1] !== 'u') {
      const decoded = escapes[openEscape[1]!]
      if (decoded === undefined) throw new MalformedJson('the input of a tool holds a bad escape')
      endEscape(decoded)
    } else if (openEscape.length === 6) {
      if (!/^\\u[0-9a-fA-F]{4}$/.test(openEscape))
        throw new MalformedJson('the input of a tool holds a bad escape')
      endEscape(String.fromCharCode(Number.parseInt(openEscape.slice(2), 16)))
    }
    return at + 1
  }

  function endEscape(decoded: string): void {
    hold(decoded, openEscape)
    openEscape = ''
  }

  function hold(decoded: string, spelling: string): void {
    if (decoded === '') return
    piece += decoded
    heldText += decoded
    if (decoded.length !== spelling.length) {
      heldSpelling.push(spelling)
      return
    }
    // a piece may be long: as arguments of one call its characters would not fit on the stack
    for (let index = 0; index < decoded.length; index++) heldSpelling.push(decoded[index]!)
  }

  function releasePiece(): string {
    if (!masker || piece === '') return ''
    const safe = masker.push(piece)
    piece = ''
    return spell(safe)
  }

  function finish(): string {
    const tail = spell(masker!.end())
    for (const finding of masker!.findings) finished.push(finding)
    masker = null
    isRespelled = false
    heldText = ''
    heldSpelling = []
    return tail
  }

  function closeString(): string {
    return `${releasePiece() + finish()}"`
  }

  /** Text the masker let go, spelled as it came as long as nothing in its string was found. */
  function spell(safe: string): string {
    if (safe === '') return ''
    isRespelled ||= masker!.findings.length > 0 || !heldText.startsWith(safe)
    if (isRespelled) return JSON.stringify(safe).slice(1, -1)
    heldText = heldText.slice(safe.length)
    return heldSpelling.splice(0, safe.length).join('')
  }
}

function stringStart(fragment: string, from: number): number {
  const quote = fragment.indexOf('"', from)
  return quote < 0 ? fragment.length : quote
}
