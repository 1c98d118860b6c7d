// Check digits of cards, accounts and national ids. All take digits as text and answer false for what has none.

const digit = (text: string, at: number) => text.charCodeAt(at) - 48

/** ISO/IEC 7812-1 annex B. */
export function luhn(digits: string): boolean {
  let sum = 0
  for (let at = digits.length - 1, isDoubled = false; at >= 0; at--, isDoubled = !isDoubled) {
    const value = digit(digits, at) * (isDoubled ? 2 : 1)
    sum += value > 9 ? value - 9 : value
  }
  return digits !== '' && sum % 10 === 0
}

/** The remainder by 97 of a number of any length; letters count as two digits, A as 10 (ISO 7064). */
export function remainder97(text: string): number {
  let rest = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    rest = code >= 65 ? (rest * 100 + code - 55) % 97 : (rest * 10 + code - 48) % 97
  }
  return rest
}

/** The sum of the digits, each by its weight. */
export function weighted(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, at) => sum + weight * digit(digits, at), 0)
}

/** ISO 7064 mod 11,10: the German tax id. */
export function mod1110(digits: string): boolean {
  let product = 10
  for (let at = 0; at < digits.length - 1; at++) {
    const sum = (digit(digits, at) + product) % 10 || 10
    product = (sum * 2) % 11
  }
  return (11 - product) % 10 === digit(digits, digits.length - 1)
}

const swaps = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
]
/** The dihedral group of order ten. */
const products = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
]

/** Verhoeff 1969: Aadhaar. */
export function verhoeff(digits: string): boolean {
  let check = 0
  for (let at = 0; at < digits.length; at++) {
    const swapped = digit(swaps[at % 8]!, digit(digits, digits.length - 1 - at))
    check = digit(products[check]!, swapped)
  }
  return check === 0
}

/** Whether two digits each are a month and a day. */
export function isMonthAndDay(month: string, day: string): boolean {
  const days = Number(day)
  const longest = month === '02' ? 29 : ['04', '06', '09', '11'].includes(month) ? 30 : 31
  return Number(month) >= 1 && Number(month) <= 12 && days >= 1 && days <= longest
}
