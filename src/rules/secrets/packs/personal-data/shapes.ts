import type { Grade } from '../../../../access/finding.ts'
import { charset, countIn } from '../../charsets.ts'
import { isMonthAndDay, luhn, mod1110, remainder97, verhoeff, weighted } from './check-digits.ts'

/** A number about a person that its shape and its check digits tell. */
export interface Shape {
  readonly kind: string
  /** `n` a digit, `a` a capital letter, `x` either; anything else stands for itself. The first digits are followed by no `n` or `x`. */
  readonly forms: readonly string[]
  /** `text` is the number without its separators. */
  readonly check?: (text: string) => boolean
  /** Without one of these shortly before, the number could be anything. */
  readonly near?: readonly string[]
  readonly grade?: Grade
}

const last = (text: string) => Number(text.at(-1))
const allSame = (text: string) => new Set(text).size === 1
const isDate = (sixDigits: string) => isMonthAndDay(sixDigits.slice(2, 4), sixDigits.slice(4))

const idWords = ['national id', 'id number', 'id no', 'identity', 'personal number']
const phoneWords = [
  'phone',
  'tel',
  'mobile',
  'mobil',
  'fon',
  'handy',
  'fax',
  'cell',
  'call',
  'whatsapp',
  'sms',
]

/** National ids. Order does not matter: every shape that fits is reported, and of overlapping ones the best stays. */
const ids: readonly Shape[] = [
  { kind: 'personal-us-ssn', forms: ['nnn-nn-nnnn'], check: isSsn },
  {
    kind: 'personal-us-ssn',
    forms: ['nnn nn nnnn', 'nnnnnnnnn'],
    check: isSsn,
    near: ['ssn', 'social security', 'social_security', 'socialsecurity'],
  },
  { kind: 'personal-es-dni', forms: ['nnnnnnnna', 'nnnnnnnn-a'], check: isDni },
  { kind: 'personal-es-nie', forms: ['annnnnnna', 'a-nnnnnnn-a', 'a-nnnnnnna'], check: isNie },
  { kind: 'personal-it-codice-fiscale', forms: ['aaaaaannannannna'], check: isCodiceFiscale },
  {
    kind: 'personal-fr-nir',
    forms: ['nnnnnnnnnnnnnnn', 'n nn nn nn nnn nnn nn', 'n nn nn na nnn nnn nn'],
    check: isNir,
  },
  {
    kind: 'personal-de-tax-id',
    forms: ['nnnnnnnnnnn', 'nn nnn nnn nnn'],
    check: isGermanTaxId,
    near: ['steuer', 'idnr', 'id-nr', 'tax id', 'tax_id', 'taxid', 'tin'],
  },
  { kind: 'personal-uk-nino', forms: ['aannnnnna', 'aa nn nn nn a', 'aa nnnnnn a'], check: isNino },
  { kind: 'personal-br-cpf', forms: ['nnn.nnn.nnn-nn'], check: isCpf },
  { kind: 'personal-br-cpf', forms: ['nnnnnnnnnnn'], check: isCpf, near: ['cpf'] },
  { kind: 'personal-in-aadhaar', forms: ['nnnn nnnn nnnn', 'nnnn-nnnn-nnnn'], check: isAadhaar },
  {
    kind: 'personal-in-aadhaar',
    forms: ['nnnnnnnnnnnn'],
    check: isAadhaar,
    near: ['aadhaar', 'aadhar', 'uidai'],
  },
  { kind: 'personal-pl-pesel', forms: ['nnnnnnnnnnn'], check: isPesel, near: ['pesel', ...idWords] },
  {
    kind: 'personal-nl-bsn',
    forms: ['nnnnnnnnn', 'nnnn.nn.nnn'],
    check: isBsn,
    near: ['bsn', 'burgerservice', 'sofi'],
  },
  {
    kind: 'personal-se-personnummer',
    forms: ['nnnnnn-nnnn', 'nnnnnn+nnnn', 'nnnnnnnn-nnnn'],
    check: isPersonnummer,
  },
  { kind: 'personal-fi-hetu', forms: ['nnnnnn-nnnx', 'nnnnnnAnnnx', 'nnnnnn+nnnx'], check: isHetu },
  { kind: 'personal-be-national-number', forms: ['nn.nn.nn-nnn.nn', 'nn.nn.nn-nnn-nn'], check: isBelgian },
  { kind: 'personal-ch-ahv', forms: ['nnn.nnnn.nnnn.nn'], check: isAhv },
  { kind: 'personal-ch-ahv', forms: ['nnnnnnnnnnnnn'], check: isAhv, near: ['ahv', 'avs', 'oasi'] },
  {
    kind: 'personal-ca-sin',
    forms: ['nnn nnn nnn', 'nnn-nnn-nnn', 'nnnnnnnnn'],
    check: luhn,
    near: ['sin', 'social insurance'],
  },
  { kind: 'personal-kr-rrn', forms: ['nnnnnn-nnnnnnn'], check: isKorean },
  { kind: 'personal-cn-resident-id', forms: ['nnnnnnnnnnnnnnnnnn', 'nnnnnnnnnnnnnnnnna'], check: isChinese },
  {
    kind: 'personal-za-id',
    forms: ['nnnnnnnnnnnnn'],
    check: isSouthAfrican,
    near: ['rsa id', 'sa id', ...idWords],
  },
]

/** Telephone numbers as they are written inside their country; those with `+` have a matcher of their own. */
const phones: readonly Shape[] = [
  {
    kind: 'personal-phone',
    forms: ['nnn) nnn-nnnn', 'nnn)nnn-nnnn', 'nnn-nnn-nnnn'],
    check: isNorthAmerican,
  },
  {
    kind: 'personal-phone',
    forms: ['nnn.nnn.nnnn', 'nnn nnn nnnn', 'nnnnnnnnnn'],
    check: isNorthAmerican,
    near: phoneWords,
  },
  { kind: 'personal-phone', forms: ['nn nn nn nn nn', 'nn.nn.nn.nn.nn'], check: isFrench },
  { kind: 'personal-phone', forms: ['nnn nnnn nnnn', 'nnnn nnn nnnn', 'nnnnn nnnnnn'], check: isBritish },
  { kind: 'personal-phone', forms: ['nn) nnnnn-nnnn'] },
  {
    kind: 'personal-phone',
    forms: [
      'nnn nnn nnn',
      'nnnnn nnnnn',
      'nnn nnnnnn',
      'nnn nnnnnnn',
      'nnnn nnnnnn',
      'nnnn nnnnnnn',
      'nnn/nnnnnn',
      'nnn/nnnnnnn',
      'nnnn/nnnnnnn',
      'nnn-nnnnnnn',
      'nnnn-nnnnnnn',
      'nnnnnnnnnnn',
    ],
    near: phoneWords,
  },
]

export const shapes: readonly Shape[] = [...ids, ...phones]

/** What the Social Security Administration never gives out: 000, 666, 9xx, and zeros in any part. */
function isSsn(text: string): boolean {
  const area = text.slice(0, 3)
  if (area === '000' || area === '666' || area >= '900') return false
  // printed on sample cards and withdrawn
  if (text === '078051120' || text === '219099999' || text === '123456789') return false
  return text.slice(3, 5) !== '00' && text.slice(5) !== '0000'
}

const dniLetters = 'TRWAGMYFPDXBNJZSQVHLCKE'

function isDni(text: string): boolean {
  return text[8] === dniLetters[Number(text.slice(0, 8)) % 23] && !allSame(text.slice(0, 8))
}

function isNie(text: string): boolean {
  const first = 'XYZ'.indexOf(text[0]!)
  return first >= 0 && text[8] === dniLetters[Number(first + text.slice(1, 8)) % 23]
}

const oddValues: Readonly<Record<string, number>> = Object.fromEntries(
  [...'BAKPLCQDREVOSFTGUHMINJWZYX'].map((letter, value) => [letter, value]),
)

/** Decreto ministeriale 23 dicembre 1976: characters at odd places count by a table of their own. */
function isCodiceFiscale(text: string): boolean {
  if (!'ABCDEHLMPRST'.includes(text[8]!)) return false
  let sum = 0
  for (let at = 0; at < 15; at++) {
    const value = text.charCodeAt(at) - (text.charCodeAt(at) >= 65 ? 65 : 48)
    sum += at % 2 === 0 ? oddValues['ABCDEFGHIJKLMNOPQRSTUVWXYZ'[value]!]! : value
  }
  return text.charCodeAt(15) - 65 === sum % 26
}

/** Sex, year, month, department (2A and 2B in Corsica), commune, order, and 97 less the remainder. */
function isNir(text: string): boolean {
  const month = Number(text.slice(3, 5))
  const isMonth = (month >= 1 && month <= 12) || (month >= 20 && month <= 42)
  if (!'12378'.includes(text[0]!) || !isMonth) return false
  const department = text.slice(5, 7)
  const body = text.slice(0, 5) + department.replace('2A', '19').replace('2B', '18') + text.slice(7, 13)
  return isDigits(body) && 97 - remainder97(body) === Number(text.slice(13))
}

/** No leading zero; of the first ten digits one stands two or three times. */
function isGermanTaxId(text: string): boolean {
  const kinds = new Set(text.slice(0, 10)).size
  return text[0] !== '0' && kinds >= 8 && kinds <= 9 && mod1110(text)
}

function isNino(text: string): boolean {
  const prefix = text.slice(0, 2)
  if ('DFIQUV'.includes(prefix[0]!) || 'DFIQUVO'.includes(prefix[1]!)) return false
  if (['BG', 'GB', 'KN', 'NK', 'NT', 'TN', 'ZZ'].includes(prefix)) return false
  return 'ABCD'.includes(text[8]!) && text.slice(2, 8) !== '123456'
}

function isCpf(text: string): boolean {
  const check = (length: number) => {
    const weights = Array.from({ length }, (_, at) => length + 1 - at)
    return ((weighted(text, weights) * 10) % 11) % 10 === Number(text[length])
  }
  return !allSame(text) && check(9) && check(10)
}

function isAadhaar(text: string): boolean {
  return text[0]! >= '2' && !allSame(text) && verhoeff(text)
}

/** The century is in the month. */
function isPesel(text: string): boolean {
  const month = String(Number(text.slice(2, 4)) % 20).padStart(2, '0')
  const sum = weighted(text, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3])
  return isMonthAndDay(month, text.slice(4, 6)) && (10 - (sum % 10)) % 10 === last(text)
}

function isBsn(text: string): boolean {
  return !allSame(text) && weighted(text, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0
}

/** From day 61 on it is a number of coordination. */
function isPersonnummer(text: string): boolean {
  const ten = text.slice(-10)
  const day = Number(ten.slice(4, 6))
  const asDay = String(day > 60 ? day - 60 : day).padStart(2, '0')
  const isCentury = text.length === 10 || text.startsWith('19') || text.startsWith('20')
  return isCentury && isMonthAndDay(ten.slice(2, 4), asDay) && luhn(ten)
}

function isHetu(text: string): boolean {
  const digits = text.slice(0, 6) + text.slice(-4, -1)
  if (!isDigits(digits) || !isMonthAndDay(digits.slice(2, 4), digits.slice(0, 2))) return false
  return '0123456789ABCDEFHJKLMNPRSTUVWXY'[Number(digits) % 31] === text.at(-1)
}

/** Whoever was born from 2000 on has a 2 put before. */
function isBelgian(text: string): boolean {
  const check = Number(text.slice(9))
  const body = text.slice(0, 9)
  return isDate(body.slice(0, 6)) && [body, `2${body}`].some(number => 97 - remainder97(number) === check)
}

/** EAN-13 with the country's 756. */
function isAhv(text: string): boolean {
  const sum = weighted(text, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3])
  return text.startsWith('756') && (10 - (sum % 10)) % 10 === last(text)
}

function isKorean(text: string): boolean {
  const sum = weighted(text, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5])
  return isDate(text.slice(0, 6)) && (11 - (sum % 11)) % 10 === last(text)
}

/** GB 11643: region, date of birth, order, and a check by 11 whose ten is X. */
function isChinese(text: string): boolean {
  const year = text.slice(6, 10)
  if (year < '1900' || year > '2099' || !isMonthAndDay(text.slice(10, 12), text.slice(12, 14))) return false
  const sum = weighted(text, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
  return '10X98765432'[sum % 11] === text[17]
}

function isSouthAfrican(text: string): boolean {
  return isDate(text.slice(0, 6)) && (text[10] === '0' || text[10] === '1') && luhn(text)
}

/** NANP: area and exchange begin with 2 to 9, and 555-01xx is kept for stories. */
function isNorthAmerican(text: string): boolean {
  const exchange = text.slice(3, 6)
  if (text[0]! < '2' || exchange[0]! < '2' || text[1] === '9') return false
  return !(exchange === '555' && text.slice(6, 8) === '01') && exchange.slice(1) !== '11'
}

function isFrench(text: string): boolean {
  return text[0] === '0' && text[1] !== '0' && text !== '0102030405'
}

/** 07700 900xxx is kept for stories. */
function isBritish(text: string): boolean {
  return text[0] === '0' && '1237'.includes(text[1]!) && !text.startsWith('07700900')
}

function isDigits(text: string): boolean {
  return countIn(text, 0, text.length, charset.D) === text.length
}
