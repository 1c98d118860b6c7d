import type { Grade } from '../../access/finding.ts'
import type { SecretEngine, SecretFinding } from '../../rules/secrets/types.ts'

const EXCERPT = 48

/** A finding at its place in a file, fit to be shown: it never holds the secret. */
export interface LocatedFinding {
  readonly path: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 code units. */
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
  readonly rule: string
  readonly grade: Grade
  readonly message: string
  /** The line around it, with every finding in it masked. */
  readonly excerpt: string
  /** Keyed; only when a baseline is in use. */
  readonly fingerprint?: string
}

export type Fingerprint = (rule: string, secret: string) => string

/** Finds the secrets of one file. Bytes that cannot hold any are not even decoded. */
export function scanBytes(
  engine: SecretEngine,
  path: string,
  bytes: Buffer,
  fingerprint?: Fingerprint,
): LocatedFinding[] {
  if (!engine.mayHoldSecret(bytes)) return []
  const text = bytes.toString('utf8')
  const findings = engine.scan(text)
  if (findings.length === 0) return []
  const lines = lineStarts(text)
  return findings
    .map(finding => locate(finding, findings, path, text, lines, fingerprint))
    .filter(({ line }) => !isAllowed(text, lines, line))
}

function locate(
  finding: SecretFinding,
  all: readonly SecretFinding[],
  path: string,
  text: string,
  lines: readonly number[],
  fingerprint: Fingerprint | undefined,
): LocatedFinding {
  const { rule, grade, message, start, end } = finding
  const line = lineAt(lines, start)
  const endLine = lineAt(lines, end - 1)
  return {
    path,
    line: line + 1,
    column: start - lines[line]! + 1,
    endLine: endLine + 1,
    endColumn: end - lines[endLine]! + 1,
    rule,
    grade,
    message,
    excerpt: excerptOf(finding, all, text, lines[line]!),
    ...(fingerprint && { fingerprint: fingerprint(rule, text.slice(start, end)) }),
  }
}

/** Some of the line on both sides. Whatever of it belongs to any finding, of any grade, is masked. */
function excerptOf(
  { start, end }: SecretFinding,
  all: readonly SecretFinding[],
  text: string,
  lineStart: number,
): string {
  const from = Math.max(lineStart, start - EXCERPT)
  const newline = text.indexOf('\n', end)
  const to = Math.min(newline < 0 ? text.length : newline, end + EXCERPT)
  let excerpt = ''
  let at = from
  for (const other of all) {
    if (other.end <= at || other.start >= to) continue
    const before = text.slice(at, Math.max(at, other.start))
    excerpt += `${before}<masked:${other.rule.replace('secret.', '')}>`
    at = Math.min(to, other.end)
  }
  return printable(excerpt + text.slice(at, to))
}

/** Control characters could rewrite the terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}+/gu, ' ').trim()
}

/** A line that says `portcullis:allow` is left to its author. */
function isAllowed(text: string, lines: readonly number[], line: number): boolean {
  return text.slice(lines[line - 1], lines[line] ?? text.length).includes('portcullis:allow')
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** The index of the line that holds the offset. */
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return low
}
