import { readFileSync } from 'node:fs'
import { createSecretEngine } from '../src/rules/secrets/engine.ts'

/** Prints what scanning for secrets costs: a made request body, small texts, streams and hostile input. */

const megabyte = 1_000_000
const started = performance.now()
const engine = createSecretEngine({
  placeholder: kind => `<masked:${kind}:00000000>`,
  minimumGrade: 'likely',
})
console.log(`build                        ${(performance.now() - started).toFixed(1)} ms`)

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const prose = 'The gate asks the guard before anything happens, and writes down what was decided. '.repeat(
  250,
)
const code = ['../src/guard/decide.ts', '../src/access/reason-codes.ts', '../src/config/schema.ts']
  .map(read)
  .join('\n')
const listing = Array.from(
  { length: 200 },
  (_, index) => `src/folder-${index}/file_${index * 7}.ts:${index}: export const value${index} = ${index}\n`,
).join('')
const planted = ['gh', 'p_', 'aB3dE6gH1jK2mN4pQ5rS7tU8vW9xY0zAbC1d'].join('')
const body = makeBody(1_300_000)
const bytes = Buffer.from(body)

console.log(`body                         ${(body.length / megabyte).toFixed(2)} MB`)
report('scan, all tiers', () => engine.scan(body), body.length)
report('mask, all tiers', () => engine.mask(body), body.length)
report('prefilter on bytes, by leaf', () => prefilterLeaves(bytes), body.length)
report('scan, prose only', () => engine.scan(prose), prose.length)
report('stream, 40 characters', () => streamed(body, 40), body.length)
report('stream, 4 characters', () => streamed(body.slice(0, 200_000), 4), 200_000)
percentile('scan of 4 KB', body.slice(0, 4096))

const hostile: Record<string, string> = {
  a: 'a'.repeat(megabyte),
  key_: 'key_'.repeat(megabyte / 4),
  'api_key=': 'api_key='.repeat(megabyte / 8),
  base64: Buffer.from(prose).toString('base64').replaceAll('=', '').repeat(20).slice(0, megabyte),
  '\\n': '\\n'.repeat(megabyte / 2),
  '%41': '%41'.repeat(megabyte / 3),
  'PEM heads': '-----BEGIN RSA PRIVATE KEY-----\n'.repeat(megabyte / 32),
  eyJ: 'eyJ'.repeat(megabyte / 3),
  '://a:': '://a:'.repeat(megabyte / 5),
  'bearer ': 'bearer '.repeat(megabyte / 7),
  'bearer +': `bearer ${'+'.repeat(4000)}`.repeat(250),
}
for (const [name, text] of Object.entries(hostile)) {
  const begin = performance.now()
  engine.scan(text)
  console.log(`hostile 1 MB ${name.padEnd(12)} ${(performance.now() - begin).toFixed(1)} ms`)
}

function report(name: string, run: () => unknown, size: number): void {
  for (let round = 0; round < 5; round++) run()
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 9; round++) {
    const begin = performance.now()
    run()
    best = Math.min(best, performance.now() - begin)
  }
  console.log(`${name.padEnd(28)} ${(size / 1000 / best).toFixed(0)} MB/s (${best.toFixed(2)} ms)`)
}

function percentile(name: string, text: string): void {
  const times: number[] = []
  for (let round = 0; round < 5000; round++) {
    const begin = performance.now()
    engine.scan(text)
    times.push(performance.now() - begin)
  }
  times.sort((a, b) => a - b)
  console.log(`${name.padEnd(28)} p50 ${times[2500]!.toFixed(4)} ms, p99 ${times[4950]!.toFixed(4)} ms`)
}

function streamed(text: string, size: number): string {
  const masker = engine.stream()
  let released = ''
  for (let at = 0; at < text.length; at += size) released = masker.push(text.slice(at, at + size))
  return released + masker.end()
}

function prefilterLeaves(source: Buffer): number {
  let worth = 0
  for (let at = 0; at < source.length; at += 2_000)
    if (engine.mayHoldSecret(source, at, Math.min(source.length, at + 2_000))) worth++
  return worth
}

/** Code and prose as an agent sends them, with six tokens planted. */
function makeBody(size: number): string {
  const parts = [code, prose, listing]
  let made = ''
  for (let index = 0; made.length < size; index++)
    made += `${parts[index % parts.length]}\n${index % 5 === 0 ? planted : ''}\n`
  return made.slice(0, size)
}
