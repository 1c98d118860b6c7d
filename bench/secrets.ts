import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { readBytes } from '../src/rules/secrets/bytes.ts'
import { createSecretEngine } from '../src/rules/secrets/engine.ts'
import { tokenKinds } from '../src/rules/secrets/kinds.ts'
import { buildRuleset } from '../src/rules/secrets/ruleset.ts'
import { beginning, scanText } from '../src/rules/secrets/scanner.ts'
import { structureTriggers } from '../src/rules/secrets/structures.ts'
import { tokenTriggers } from '../src/rules/secrets/tokens.ts'
import { findGitleaks, openSecretlint, type PeerScan, ripgrepArguments, timed } from './secret-peers.ts'
import { cleanTree, hostileTexts, makeBody, prose } from './secret-texts.ts'

// What scanning for secrets costs: a made request body, small texts, streams, hostile input and a tree of files, beside
// secretlint, gitleaks and ripgrep in the same run. `node bench/secrets.ts [--no-peers]` prints Markdown.

const ROUNDS = 9
const TICKS_MS = 40
const withPeers = !process.argv.includes('--no-peers')
const main = join(import.meta.dirname, '..', 'src', 'cli', 'main.ts')

const started = performance.now()
const engine = createSecretEngine({
  placeholder: kind => `<masked:${kind}:00000000>`,
  minimumGrade: 'likely',
})
const buildMs = performance.now() - started
/** Structures and tokens that a literal of their own gives away; neither context nor assignments. */
const firstTier = buildRuleset([...structureTriggers(), ...tokenTriggers(tokenKinds)])

const body = makeBody(1_300_000)
const bytes = Buffer.from(body)
const small = body.slice(0, 4_096)
const load = loadavg()[0]!.toFixed(1)
console.log(`${cpus().length} cores, load ${load} at the start, Node ${process.version}\n`)

table(
  'A decoded body of 1.3 MB',
  ['what', 'best', 'MB/s'],
  [
    throughput('tier 1', () => scanText(firstTier, readBytes(body, 0), beginning, true), body.length),
    throughput('all tiers, scan', () => engine.scan(body), body.length),
    throughput('all tiers, mask', () => engine.mask(body), body.length),
    throughput('byte test, by leaf of 2 KB', () => byLeaf(bytes), body.length),
    throughput('prose, scan', () => engine.scan(prose), prose.length),
    throughput('stream in pieces of 40', () => streamed(body, 40), body.length),
    throughput('stream in pieces of 4', () => streamed(body.slice(0, 200_000), 4), 200_000),
  ],
)

table(
  'Small and first',
  ['what', 'seen'],
  [
    ['making the engine', `${buildMs.toFixed(1)} ms`],
    ['4 KB, scan', percentiles(() => engine.scan(small))],
  ],
)

const hostile = Object.entries(hostileTexts)
  .map(([name, text]) => ({ name, cpu: bestCpu(5, () => engine.scan(text)) }))
  .toSorted((a, b) => b.cpu - a.cpu)
table(
  'Hostile texts of 1 MB, the worst first',
  ['text', 'processor time'],
  hostile.map(({ name, cpu }) => [`\`${name}\``, `${cpu.toFixed(1)} ms`]),
)

if (withPeers) await besidePeers()

async function besidePeers(): Promise<void> {
  const secretlint = await openSecretlint()
  const gitleaks = findGitleaks()
  const ripgrep = ripgrepArguments()
  const tree = cleanTree()
  const texts = readTree(tree.folder)

  const rows: Row[] = [ours(body)]
  if (secretlint) rows.push(await lintBody(secretlint))
  if (gitleaks) rows.push(leaksBody(gitleaks))
  if (ripgrep) rows.push(grepBody(ripgrep))
  compare('The body beside others', rows, body.length)

  const whole: Row[] = [scanTree(tree.folder, texts)]
  if (secretlint) whole.push(await lintTree(secretlint, texts))
  if (gitleaks) {
    const run = timed(1, gitleaks, [
      'dir',
      tree.folder,
      '--no-banner',
      '--exit-code',
      '0',
      '-f',
      'json',
      '-r',
      '-',
    ])
    whole.push({ name: 'gitleaks', ...run, found: countOf(run.stdout) })
  }
  if (ripgrep) {
    const run = timed(1, 'rg', [...ripgrep, '--threads', '1', tree.folder])
    whole.push({ name: 'ripgrep, 1 thread', ...run, found: matchesOf(run.stdout) })
  }
  compare(
    `A tree of ${tree.files} files, ${(tree.bytes / 1e6).toFixed(0)} MB, no secret in it`,
    whole,
    tree.bytes,
  )
}

interface Row {
  readonly name: string
  readonly wallMs: number
  readonly cpuMs: number
  readonly found: number
}

function ours(text: string): Row {
  const row = { name: 'Portcullis, in the process', found: engine.scan(text).length }
  return {
    ...row,
    wallMs: bestWall(ROUNDS, () => engine.scan(text)),
    cpuMs: bestCpu(ROUNDS, () => engine.scan(text)),
  }
}

async function lintBody(scan: PeerScan): Promise<Row> {
  const found = await scan(body, 'body.txt')
  let wallMs = Number.POSITIVE_INFINITY
  let cpuMs = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const time = stopwatch()
    await scan(body, 'body.txt')
    wallMs = Math.min(wallMs, time().wallMs)
    cpuMs = Math.min(cpuMs, time().cpuMs)
  }
  return { name: 'secretlint, in the process', wallMs, cpuMs, found }
}

/** Without what gitleaks needs to start. */
function leaksBody(gitleaks: string): Row {
  const args = ['stdin', '--no-banner', '--exit-code', '0', '-f', 'json', '-r', '-']
  const empty = timed(5, gitleaks, args, 'nothing')
  const run = timed(5, gitleaks, args, body)
  return {
    name: 'gitleaks, without its start',
    wallMs: run.wallMs - empty.wallMs,
    cpuMs: run.cpuMs - empty.cpuMs,
    found: countOf(run.stdout),
  }
}

function grepBody(args: readonly string[]): Row {
  const file = join(tmpdir(), `portcullis-bench-${process.pid}.txt`)
  const nothing = join(tmpdir(), `portcullis-bench-${process.pid}-empty.txt`)
  writeFileSync(file, body)
  writeFileSync(nothing, 'nothing\n')
  const empty = timed(5, 'rg', [...args, '--threads', '1', nothing])
  const run = timed(2, 'rg', [...args, '--threads', '1', file])
  return {
    name: 'ripgrep, beginnings of tokens, without its start',
    wallMs: run.wallMs - empty.wallMs,
    cpuMs: run.cpuMs - empty.cpuMs,
    found: matchesOf(run.stdout),
  }
}

/** The whole program: start, reading and report. */
function scanTree(folder: string, texts: ReadonlyMap<string, Buffer>): Row {
  const run = timed(3, process.execPath, [main, 'scan', '--json', folder])
  const { findings } = JSON.parse(run.stdout) as { findings: readonly { grade: string }[] }
  const time = stopwatch()
  for (const [path, content] of texts)
    if (engine.mayHoldSecret(content)) engine.scan(content.toString('utf8'), path)
  const { cpuMs } = time()
  console.log(`one thread, in the process, files read: ${cpuMs.toFixed(0)} ms of processor time\n`)
  return { name: 'Portcullis, the program', ...run, found: findings.length }
}

async function lintTree(scan: PeerScan, texts: ReadonlyMap<string, Buffer>): Promise<Row> {
  let found = 0
  const time = stopwatch()
  for (const [path, content] of texts) found += await scan(content.toString('utf8'), path)
  return { name: 'secretlint, in the process, files read', ...time(), found }
}

function readTree(folder: string): ReadonlyMap<string, Buffer> {
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
      .map(path => [path, readFileSync(path)] as const),
  )
}

function compare(title: string, rows: readonly Row[], size: number): void {
  const first = rows[0]!
  table(
    title,
    ['who', 'time', 'processor time', 'MB/s of processor time', 'to ours', 'found'],
    rows.map(({ name, wallMs, cpuMs, found }) => [
      name,
      Number.isNaN(wallMs) ? 'no end' : `${wallMs.toFixed(0)} ms`,
      `${cpuMs.toFixed(0)} ms`,
      (size / 1000 / cpuMs).toFixed(1),
      `${(cpuMs / first.cpuMs).toFixed(1)}×`,
      String(found),
    ]),
  )
}

function countOf(report: string): number {
  try {
    return (JSON.parse(report || '[]') as readonly unknown[]).length
  } catch {
    return Number.NaN
  }
}

function matchesOf(counts: string): number {
  return counts
    .trim()
    .split('\n')
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(':') + 1) || 0), 0)
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  console.log([title, '', line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n'))
}

function throughput(name: string, run: () => unknown, size: number): readonly string[] {
  for (let round = 0; round < 5; round++) run()
  const best = bestCpu(ROUNDS, run)
  return [name, `${best.toFixed(2)} ms`, (size / 1000 / best).toFixed(0)]
}

function percentiles(run: () => unknown): string {
  const times: number[] = []
  for (let round = 0; round < 5_000; round++) {
    const begin = performance.now()
    run()
    times.push(performance.now() - begin)
  }
  times.sort((a, b) => a - b)
  return `p50 ${times[2_500]!.toFixed(4)} ms, p99 ${times[4_950]!.toFixed(4)} ms`
}

/** Processor time of this thread: what else the machine does matters less. */
function bestCpu(rounds: number, run: () => unknown): number {
  const begin = performance.now()
  run()
  // the clock of processor time may tick in milliseconds
  const times = Math.max(1, Math.ceil(TICKS_MS / (performance.now() - begin)))
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const before = process.threadCpuUsage()
    for (let time = 0; time < times; time++) run()
    const { user, system } = process.threadCpuUsage(before)
    best = Math.min(best, (user + system) / 1000 / times)
  }
  return best
}

function bestWall(rounds: number, run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now()
    run()
    best = Math.min(best, performance.now() - begin)
  }
  return best
}

function stopwatch(): () => { wallMs: number; cpuMs: number } {
  const begin = performance.now()
  const before = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(before)
    return { wallMs: performance.now() - begin, cpuMs: (user + system) / 1000 }
  }
}

function streamed(text: string, size: number): string {
  const masker = engine.stream()
  let released = ''
  for (let at = 0; at < text.length; at += size) released = masker.push(text.slice(at, at + size))
  return released + masker.end()
}

function byLeaf(source: Buffer): number {
  let worth = 0
  for (let at = 0; at < source.length; at += 2_000)
    if (engine.mayHoldSecret(source, at, Math.min(source.length, at + 2_000))) worth++
  return worth
}
