import { mayBeginAt } from '../../boundary.ts'
import { charset, isIn, skip } from '../../charsets.ts'
import { holdFrom, report, type Scan } from '../../scan.ts'
import { isNear, standsAlone } from '../pack.ts'
import { gradeOfCard, gradeOfIban, ibanLength } from './accounts.ts'
import { type Shape, shapes } from './shapes.ts'

/** As long as the longest number with its separators. */
const LONGEST = 48
/** As long as what may stand before the first digit. */
const HEAD = 8

interface Form {
  readonly shape: Shape
  readonly form: string
  /** How many characters stand before the first digit. */
  readonly lead: number
}

/** Forms by the number of their first digits, so that a run of digits is compared with those it can be. */
const forms = new Map<number, Form[]>()
for (const shape of shapes) {
  for (const form of shape.forms) {
    const lead = form.indexOf('n')
    let end = lead
    while (form[end] === 'n') end++
    forms.set(end - lead, [...(forms.get(end - lead) ?? []), { shape, form, lead }])
  }
}

/** Looks at the number that begins with the digit at `at`. */
export function inspectNumber(scan: Scan, at: number): void {
  const { text } = scan
  // digits behind small letters belong to a word; behind capitals they may be an id
  if (isIn(text.charCodeAt(at - 1), charset.L) && !mayBeginAt(scan.bytes, at)) return
  const digitsEnd = skip(text, at, charset.D, at + LONGEST)
  if (!scan.final && at + LONGEST >= text.length && reachesEnd(text, at)) {
    holdFrom(scan, Math.max(0, at - HEAD))
    return
  }
  for (const form of forms.get(digitsEnd - at) ?? []) inspectForm(scan, at, form)
  inspectCard(scan, at, digitsEnd)
  inspectIban(scan, at)
}

/** Whether a number could still go on at the end of the text. */
function reachesEnd(text: string, at: number): boolean {
  const limit = Math.min(text.length, at + LONGEST)
  let index = at
  while (index < limit && (isIn(text.charCodeAt(index), charset.U) || isSeparator(text[index]!))) index++
  return index === text.length
}

function isSeparator(character: string): boolean {
  return ' -./()'.includes(character)
}

function inspectForm(scan: Scan, at: number, { shape, form, lead }: Form): void {
  const { text } = scan
  const start = at - lead
  const end = start + form.length
  if (start < 0 || end > text.length || !fits(text, start, form)) return
  if (!standsAlone(scan, start, end) || isAmongOthers(text, start, end, form)) return
  if (shape.near && !isNear(scan, start, shape.near)) return
  if (shape.check && !shape.check(bare(text, start, end))) return
  // a stream may have released what a blank parts from the digits
  report(scan, shape.kind, shape.grade ?? 'likely', form.lastIndexOf(' ', lead) < 0 ? start : at, end)
}

function fits(text: string, start: number, form: string): boolean {
  for (let at = 0; at < form.length; at++) {
    const code = text.charCodeAt(start + at)
    const wanted = form[at]
    const isFit =
      wanted === 'n'
        ? isIn(code, charset.D)
        : wanted === 'x'
          ? isIn(code, charset.U)
          : wanted === 'a'
            ? isIn(code, charset.U) && !isIn(code, charset.D)
            : text[start + at] === wanted
    if (!isFit) return false
  }
  return true
}

/** Groups with blanks between them are a number only when no other groups stand beside them: a dump is full of such. */
function isAmongOthers(text: string, start: number, end: number, form: string): boolean {
  if (!form.includes(' ')) return false
  const isGroup = (blank: number, digit: number) =>
    text[blank] === ' ' && isIn(text.charCodeAt(digit), charset.D)
  return isGroup(start - 1, start - 2) || isGroup(end, end + 1)
}

/** Without separators. */
function bare(text: string, start: number, end: number): string {
  let plain = ''
  for (let at = start; at < end; at++) if (isIn(text.charCodeAt(at), charset.U)) plain += text[at]
  return plain
}

/** Digits in one run, or in groups of four, or of four, six and the rest, with one separator throughout. */
function inspectCard(scan: Scan, at: number, digitsEnd: number): void {
  const { text } = scan
  const first = digitsEnd - at
  const end = first === 4 && !isAfterGroup(text, at) ? endOfGroups(text, digitsEnd) : digitsEnd
  if (first < 4 || end - at < 13 || !standsAlone(scan, at, end)) return
  const grade = gradeOfCard(bare(text, at, end))
  if (grade) report(scan, 'personal-payment-card', grade, at, end)
}

/** Whether other digits stand before, with one separator between. */
function isAfterGroup(text: string, at: number): boolean {
  return (text[at - 1] === ' ' || text[at - 1] === '-') && isIn(text.charCodeAt(at - 2), charset.D)
}

function endOfGroups(text: string, from: number): number {
  const separator = text[from]
  if (separator !== ' ' && separator !== '-') return from
  let end = from
  for (let groups = 1; groups < 5 && text[end] === separator; groups++) {
    const next = skip(text, end + 1, charset.D, end + 8)
    if (next === end + 1) break
    end = next
  }
  return end
}

/** Two capital letters, two digits, and as many letters and digits as the country has, in one run or by fours. */
function inspectIban(scan: Scan, at: number): void {
  const { text } = scan
  const start = at - 2
  const length = start < 0 ? 0 : ibanLength(text.slice(start, at))
  if (length === 0) return
  let end = at
  let iban = text.slice(start, at)
  while (end < text.length && iban.length < length) {
    if (isIn(text.charCodeAt(end), charset.U)) iban += text[end]
    else if (text[end] !== ' ' || iban.length % 4 !== 0) return
    end++
  }
  if (iban.length < length || !standsAlone(scan, start, end)) return
  const grade = gradeOfIban(iban)
  if (grade) report(scan, 'personal-iban', grade, start, end)
}
