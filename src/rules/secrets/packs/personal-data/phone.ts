import { mayBeginAt } from '../../boundary.ts'
import { charset, isIn } from '../../charsets.ts'
import { holdFrom, report, type Scan } from '../../scan.ts'

const LONGEST = 24

/** Calling codes of two digits; +1 and +7 are the ones of one digit, all others have three. */
const twoDigits = new Set(
  '20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98'.split(
    ' ',
  ),
)
const threeDigits = [
  '21',
  '22',
  '23',
  '24',
  '25',
  '26',
  '29',
  '35',
  '37',
  '38',
  '42',
  '50',
  '59',
  '67',
  '68',
  '85',
  '87',
  '88',
  '96',
  '97',
  '99',
]

/** A number as E.164 writes it: a plus, a calling code, and 8 to 15 digits in all, maybe in groups. */
export function inspectPhone(scan: Scan, plus: number): void {
  const { text } = scan
  if (!mayPrecede(scan, plus) || ' -.'.includes(text[plus + 1] ?? '0')) return
  const end = endOfNumber(text, plus + 1)
  if (end.reached === text.length && !scan.final) {
    holdFrom(scan, plus)
    return
  }
  if (isIn(text.charCodeAt(end.at), charset.W) || !isPhone(end.digits)) return
  // an added line of a difference begins with a plus, too
  const isLineStart = plus === 0 || text[plus - 1] === '\n'
  const isBare = end.at - plus - 1 === end.digits.length
  const isExample = end.digits.startsWith('447700900') || isFiction(end.digits)
  report(scan, 'personal-phone', isExample || (isBare && isLineStart) ? 'possible' : 'likely', plus, end.at)
}

/** Behind a word or a closing bracket a plus adds. */
function mayPrecede({ text, bytes }: Scan, plus: number): boolean {
  return plus === 0 || (mayBeginAt(bytes, plus) && !')]+'.includes(text[plus - 1]!))
}

function endOfNumber(text: string, from: number): { at: number; reached: number; digits: string } {
  let digits = ''
  let at = from
  let index = from
  const limit = Math.min(text.length, from + LONGEST)
  for (; index < limit; index++) {
    if (isIn(text.charCodeAt(index), charset.D)) {
      digits += text[index]
      at = index + 1
    } else if (!' -.()/'.includes(text[index]!) || index - at >= 2) break
  }
  return { at, reached: index, digits }
}

function isPhone(digits: string): boolean {
  if (digits.length < 8 || digits.length > 15) return false
  if (digits[0] === '1') return digits.length === 11 && digits[1]! >= '2' && digits[4]! >= '2'
  if (digits[0] === '7') return digits.length === 11
  const code = digits.slice(0, 2)
  return (twoDigits.has(code) && digits[2] !== '0') || (threeDigits.includes(code) && digits.length >= 10)
}

function isFiction(digits: string): boolean {
  return digits[0] === '1' && digits.slice(4, 9) === '55501'
}
