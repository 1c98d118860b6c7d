import { skipDiffMark } from './boundary.ts'
import { charset, isByteIn, skipBytes } from './charsets.ts'
import type { Scan } from './scan.ts'

const BLANKS = 24
const TYPE_LONGEST = 32
/** From the name of a setting to the word `value` or `default`. */
const SETTING_GAP = 120
const TERRAFORM_LINES = 4

/**
 * The value of a setting whose name was a value itself: `<add key="name" value="…"`, `name: NAME` and `value: …` of
 * containers, `variable "name" { default = …`. Gives the index after the operator, 0 for none, the text's length for not yet known.
 */
export function skipToSetting(scan: Scan, at: number, wasQuoted: boolean): number {
  const { text, bytes, final } = scan
  const limit = Math.min(text.length, at + SETTING_GAP)
  let index = text.startsWith('</', at) ? skipBytes(bytes, at + 2, charset.G, at + TYPE_LONGEST) + 1 : at
  let opened = false
  let lines = 0
  while (index < limit) {
    const byte = bytes[index]!
    if (byte === 10) {
      lines++
      index = skipDiffMark(bytes, index + 1)
      continue
    }
    if (byte === 123) opened = true
    else if (!isByteIn(byte, charset.blank | charset.quote) && byte !== 13 && byte !== 44) break
    index++
  }
  if (index >= limit) return final || index < text.length ? 0 : text.length
  if ((index === at && wasQuoted && bytes[index] !== 118) || lines > 2) return 0
  return readSettingWord(scan, index, wasQuoted && opened ? TERRAFORM_LINES : 0)
}

const settingWords = ['value', '<value>', '<string>', 'default', 'type', 'description', 'sensitive']

/** The first letters of the words, in either case. */
function mayBeginWord(byte: number): boolean {
  const letter = byte | 32
  return byte === 60 || letter === 118 || letter === 100 || letter === 116 || letter === 115
}

/** `lines` tells how many more arguments of a block may stand before its default. */
function readSettingWord(scan: Scan, at: number, lines: number): number {
  const { text, bytes, final } = scan
  if (!mayBeginWord(bytes[at]!)) return 0
  const found = text.slice(at, at + 12).toLowerCase()
  const word = settingWords.find(candidate => candidate.startsWith(found) || found.startsWith(candidate))
  if (!word) return 0
  if (found.length < word.length) return final || at + found.length < text.length ? 0 : text.length
  const end = at + word.length
  if (word[0] === '<') return end
  if (word !== 'value' && lines === 0) return 0
  const operator = skipBytes(bytes, end, charset.blank | charset.quote, end + BLANKS)
  if (operator >= text.length) return final ? 0 : text.length
  if (bytes[operator] !== 61 && bytes[operator] !== 58) return 0
  return word === 'value' || word === 'default' ? operator + 1 : skipArgument(scan, operator, lines - 1)
}

function skipArgument(scan: Scan, at: number, lines: number): number {
  const { text, bytes, final } = scan
  const limit = Math.min(text.length, at + SETTING_GAP + 1)
  let end = at
  while (end < limit && bytes[end] !== 10) end++
  if (end === limit) return final || text.length > at + SETTING_GAP ? 0 : text.length
  const next = skipBytes(bytes, skipDiffMark(bytes, end + 1), charset.blank, end + BLANKS)
  return next >= text.length && !final ? text.length : readSettingWord(scan, next, lines)
}

/** `"name": {"sensitive": true, "value": "…"}` of Terraform's outputs; as `skipToSetting`. */
export function skipToNested({ text, bytes, final }: Scan, at: number): number {
  const open = skipBytes(bytes, at, charset.blank, at + BLANKS)
  if (bytes[open] !== 123) return 0
  const limit = Math.min(text.length, open + SETTING_GAP)
  let index = open + 1
  while (index < limit && bytes[index] !== 125 && bytes[index] !== 123)
    if (bytes[index++] === 34 && text.startsWith('value"', index)) {
      const operator = skipBytes(bytes, index + 6, charset.blank, index + 6 + BLANKS)
      if (operator < text.length) return bytes[operator] === 58 ? operator + 1 : 0
      return final ? 0 : text.length
    }
  return index >= text.length && !final ? text.length : 0
}
