import { within } from '../../src/config/time-limit.ts'
import { createJsonTextMasker } from '../../src/enforcement/gateway/json-text-masker.ts'
import { createSecretEngine } from '../../src/rules/secrets/engine.ts'
import type { SecretEngine } from '../../src/rules/secrets/types.ts'
import { createRuleCompiler } from '../../src/rules/secrets/user-rules.ts'
import { createUserRules } from '../../src/rules/secrets/user-rules-windows.ts'
import type { SecretCase } from './secret-cases.ts'

/** Looking at 64 KB may take as long. */
const SLOW_MS = 20
const SLOW_CHARACTERS = 65_536
/** More of a text is never held back: the bound of `scanner.ts` and the block that passes it. */
const MOST_HELD = 96_000

const compile = createRuleCompiler()
const userRules = createUserRules(
  [
    compile({ id: 'acme', regex: 'acme_([a-z0-9]{8,40})' }),
    compile({ id: 'named', regex: '(?i)key[ _=:"]{1,5}([a-z0-9]{10,60})', keywords: ['key'] }),
  ],
  within,
)
const placeholder = (kind: string) => `<masked:${kind}:0a1b2c3d>`
const plain = createSecretEngine({ placeholder, minimumGrade: 'likely' })
const withRules = createSecretEngine({ placeholder, minimumGrade: 'likely', userRules })
/** Puts in place of a secret what is as long, so that the output tells how much is held. */
const measuring = createSecretEngine({
  placeholder: (_kind, secret) => '*'.repeat(secret.length),
  minimumGrade: 'likely',
})

/** What is wrong with how the engine treats a case; null when nothing is. */
export function examineSecrets(found: SecretCase, iteration: number): string | null {
  const engine = iteration % 8 === 7 ? withRules : plain
  try {
    return (
      whatIsWrongWithWhole(engine, found) ??
      whatIsWrongWithStream(engine, found) ??
      whatIsWrongWithHold(found) ??
      whatIsWrongWithJson(engine, found)
    )
  } catch (error) {
    return `threw ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Milliseconds of processor time for one look at it, the least of eight when the first was slow. */
export function slowness({ text }: SecretCase): string | null {
  const limit = SLOW_MS * Math.max(1, text.length / SLOW_CHARACTERS)
  let least = Number.POSITIVE_INFINITY
  for (let times = 0; times < 8 && least > limit; times++)
    least = Math.min(
      least,
      timeOf(() => plain.scan(text)),
    )
  return least > limit ? `took ${least.toFixed(0)} ms for ${text.length} characters` : null
}

function timeOf(run: () => unknown): number {
  const before = process.threadCpuUsage()
  run()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}

function whatIsWrongWithWhole(engine: SecretEngine, { text, planted }: SecretCase): string | null {
  const { text: masked, findings } = engine.mask(text)
  let at = 0
  let expected = ''
  for (const finding of findings) {
    const { start, end, rule } = finding
    if (start < at || end <= start || end > text.length) return `${rule} lies at ${start} to ${end}`
    if (!engine.masks(finding)) continue
    expected += text.slice(at, start) + placeholder(rule.replace(/^secret\./, ''))
    at = end
  }
  if (masked !== expected + text.slice(at)) return 'the mask is not what the findings say'
  if (text.isWellFormed() && findings.length > 0 && !engine.mayHoldSecret(Buffer.from(text)))
    return 'the byte test saw nothing'
  for (const { token, literal } of planted) {
    if (engine.mask(` ${token} `).text.includes(token)) continue
    if (masked.includes(token.slice(0, literal + 4))) return `${token.slice(0, literal)}… shows`
  }
  return null
}

function whatIsWrongWithStream(engine: SecretEngine, { text, pieces }: SecretCase): string | null {
  const masker = engine.stream()
  let joined = ''
  for (const piece of pieces) joined += masker.push(piece)
  joined += masker.end()
  const whole = engine.mask(text)
  if (joined !== whole.text)
    return `a stream gives other text than the whole${difference(joined, whole.text)}`
  return JSON.stringify(masker.findings) === JSON.stringify(whole.findings)
    ? null
    : 'a stream finds other things than the whole'
}

function whatIsWrongWithHold({ pieces }: SecretCase): string | null {
  const masker = measuring.stream()
  let held = 0
  for (const piece of pieces) {
    held += piece.length - masker.push(piece).length
    if (held > MOST_HELD + piece.length) return `holds ${held} characters`
  }
  return masker.end().length === held ? null : 'a stream lost text'
}

/** As a model streams the input of a tool: fragments of JSON that end anywhere. */
function whatIsWrongWithJson(engine: SecretEngine, { text, pieces }: SecretCase): string | null {
  const json = JSON.stringify({ text, list: [text.slice(0, 80), 1, null] })
  const masker = createJsonTextMasker(() => engine.stream())
  let joined = ''
  let at = 0
  for (const { length } of pieces) {
    joined += masker.push(json.slice(at, at + length))
    at += length
  }
  joined += masker.push(json.slice(at)) + masker.end()
  const value = JSON.parse(joined) as { text: string; list: [string, number, null] }
  if (value.text !== engine.mask(text).text)
    return `JSON text is masked otherwise${difference(value.text, engine.mask(text).text)}`
  return value.list[1] === 1 && value.list[2] === null ? null : 'JSON text is changed outside of strings'
}

function difference(given: string, wanted: string): string {
  let at = 0
  while (given[at] === wanted[at] && at < given.length) at++
  const show = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 20), at + 40))
  return ` from ${at} on: ${show(given)} for ${show(wanted)}`
}
