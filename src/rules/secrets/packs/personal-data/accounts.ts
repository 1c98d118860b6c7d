import type { Grade } from '../../../../access/finding.ts'
import { luhn, remainder97 } from './check-digits.ts'

/** First digits from and to, and the lengths of the numbers that begin so. */
const issuers: readonly (readonly [from: string, to: string, ...lengths: number[]])[] = [
  ['2200', '2204', 16],
  ['2221', '2720', 16],
  ['300', '305', 14],
  ['34', '34', 15],
  ['3528', '3589', 16, 17, 18, 19],
  ['36', '36', 14],
  ['37', '37', 15],
  ['38', '39', 14],
  ['4', '4', 16, 19],
  ['5018', '5018', 16],
  ['5020', '5020', 16],
  ['5038', '5038', 16],
  ['51', '55', 16],
  ['6011', '6011', 16, 19],
  ['62', '62', 16, 17, 18, 19],
  ['6304', '6304', 16],
  ['644', '649', 16, 19],
  ['65', '65', 16, 19],
  ['6759', '6763', 16],
]

/** Numbers that payment services print in their documentation. */
const testCards = new Set([
  '378282246310005',
  '371449635398431',
  '30569309025904',
  '3566002020360505',
  '5555555555554444',
  '5105105105105100',
  '2223003122003222',
  '6011111111111117',
  '6011000990139424',
  '6200000000000005',
])

/** Whether the digits are a payment card's; null when they are not. */
export function gradeOfCard(digits: string): Grade | null {
  const isIssued = issuers.some(([from, to, ...lengths]) => {
    const head = digits.slice(0, from.length)
    return lengths.includes(digits.length) && head >= from && head <= to
  })
  if (!isIssued || !luhn(digits)) return null
  const isTest = testCards.has(digits) || new Set(digits).size <= 3
  return isTest ? 'possible' : 'likely'
}

/** ISO 13616: country and length. */
const ibanLengths: Readonly<Record<string, number>> = Object.fromEntries(
  [
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29',
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20',
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29',
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30',
  ]
    .join(' ')
    .split(' ')
    .map(entry => [entry.slice(0, 2), Number(entry.slice(2))]),
)

const exampleIbans = new Set(['DE89370400440532013000', 'GB82WEST12345698765432', 'GB29NWBK60161331926819'])

/** The length of an account number of the country, 0 when it has none. */
export function ibanLength(country: string): number {
  return ibanLengths[country] ?? 0
}

/** The grade of what has an account's length; null when its check digits are wrong. */
export function gradeOfIban(iban: string): Grade | null {
  if (remainder97(iban.slice(4) + iban.slice(0, 4)) !== 1) return null
  return exampleIbans.has(iban) ? 'possible' : 'certain'
}
