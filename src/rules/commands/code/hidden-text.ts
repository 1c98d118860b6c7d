import { decodeBase64, decodeHex } from '../shell/decode.ts'

const LONGEST = 4_096
const HEX = /["']((?:[0-9a-fA-F]{2}){6,2000})["']/g
const BASE64 = /["'`]([A-Za-z0-9+/_-]{12,4000}={0,2})["'`]/g
/** Four or more small numbers in a row: characters by their codes. */
const CODES = /(?:\d{1,3}\s*,\s*){3,500}\d{1,3}/g
/** `sprintf("%c%c -rf ~",114,109)`. */
const FORMATTED =
  /["']((?:[^"'\\%]|%%|%c){0,200}%c(?:[^"'\\%]|%c){0,200})["']\s*,\s*((?:\d{1,3}\s*,\s*){0,60}\d{1,3})/g
const PLAIN = /^[\t\n\x20-\x7e]{4,}$/

/** Texts that code spells by numbers. */
export function hiddenTexts(code: string): string[] {
  if (code.length > LONGEST) return []
  const texts = [
    ...[...code.matchAll(HEX)].map(([, hex = '']) => decodeHex(hex) ?? ''),
    ...[...code.matchAll(BASE64)].map(([, text = '']) => decodeBase64(text) ?? ''),
    ...[...code.matchAll(FORMATTED)].map(([, format = '', numbers = '']) => fill(format, codesOf(numbers))),
    ...[...code.matchAll(CODES)].map(([numbers]) => String.fromCharCode(...codesOf(numbers))),
  ]
  return texts.filter(text => PLAIN.test(text) && text !== code)
}

function codesOf(numbers: string): number[] {
  return numbers.split(',').map(Number)
}

function fill(format: string, codes: readonly number[]): string {
  let at = 0
  return format.replace(/%c/g, () => String.fromCharCode(codes[at++] ?? 63))
}
