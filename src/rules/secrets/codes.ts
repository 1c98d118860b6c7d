import { charset, countIn, isByteIn, skipBytes } from './charsets.ts'
import { isExample } from './examples.ts'
import { holdFrom, report, type Scan, type Trigger } from './scan.ts'

/** So far behind the words their colon or line end comes. */
const HEAD_LONGEST = 48
const LIST_LONGEST = 512
const FEWEST = 2
const CODE_SHORTEST = 8
const CODE_LONGEST = 24
const SEED_SHORTEST = 16
const SEED_LONGEST = 80

/** What stands in for the second factor of a sign-in: lists of recovery codes, seeds of one-time passwords in groups of four. */
export function codeTriggers(): Trigger[] {
  return [
    ...['recovery code', 'backup code'].map(literal => ({ literal, exact: false, inspect: inspectCodes })),
    ...['setup key', '2fa key', 'totp key', 'totp secret', 'authenticator key'].map(literal => ({
      literal,
      exact: false,
      inspect: inspectSeed,
    })),
  ]
}

/** Behind the colon or the line end that follows; below 0 for none. */
function behindHead({ text, bytes }: Scan, at: number): number {
  const limit = Math.min(text.length, at + HEAD_LONGEST)
  let index = at
  while (index < limit && bytes[index] !== 58 && bytes[index] !== 10) index++
  return index < limit || index === text.length ? index + 1 : -1
}

/** Two codes or more, parted by line ends, blanks and commas, numbered or not. */
function inspectCodes(scan: Scan, start: number, end: number): void {
  const { text, bytes } = scan
  let at = behindHead(scan, end)
  if (at < 0) return
  const codes: { start: number; end: number }[] = []
  const limit = at + LIST_LONGEST
  while (at < limit && at < text.length) {
    const codeEnd = skipBytes(bytes, at, charset.S, at + CODE_LONGEST + 1)
    if (codeEnd >= text.length && !scan.final) {
      holdFrom(scan, start)
      return
    }
    if (codeEnd === at) {
      if (!' \t\r\n,.*)+'.includes(text[at]!)) break
      at++
      continue
    }
    if (isCode(text.slice(at, codeEnd))) codes.push({ start: at, end: codeEnd })
    // the number or the dash of a list
    else if (codeEnd - at > 2) break
    at = codeEnd
  }
  if (at >= text.length && !scan.final) {
    holdFrom(scan, start)
    return
  }
  if (codes.length >= FEWEST)
    for (const code of codes) report(scan, 'generic-secret', 'likely', code.start, code.end, start)
}

/** Groups of one length, or one group; with a digit. */
function isCode(code: string): boolean {
  if (code.length < CODE_SHORTEST || code.length > CODE_LONGEST || isExample(code)) return false
  const groups = code.split('-')
  return (
    countIn(code, 0, code.length, charset.D) > 0 &&
    groups.every(group => group.length === groups[0]!.length && group.length > 2 && !group.includes('_'))
  )
}

function inspectSeed(scan: Scan, start: number, end: number): void {
  const { text, bytes } = scan
  const head = behindHead(scan, end)
  if (head < 0) return
  const from = skipBytes(bytes, head, charset.blank, head + 4)
  let at = from
  let groups = 0
  for (; at < from + SEED_LONGEST; groups++) {
    const groupEnd = skipBytes(bytes, at, charset.T | charset.Q, at + 5)
    if (groupEnd >= text.length && !scan.final) {
      holdFrom(scan, start)
      return
    }
    if (groupEnd !== at + 4) break
    at = bytes[groupEnd] === 32 ? groupEnd + 1 : groupEnd
    if (bytes[groupEnd] !== 32) {
      groups++
      break
    }
  }
  if (at >= text.length && !scan.final) holdFrom(scan, start)
  const seedEnd = isByteIn(bytes[at - 1] ?? 0, charset.blank) ? at - 1 : at
  const seed = text.slice(from, seedEnd)
  if (groups * 4 < SEED_SHORTEST || countIn(seed, 0, seed.length, charset.D) === 0) return
  if (!isByteIn(bytes[seedEnd] ?? 0, charset.A)) report(scan, 'totp-seed', 'likely', from, seedEnd, start)
}
