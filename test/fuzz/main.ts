import { availableParallelism, setPriority } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { openBashGrammar } from '../../src/adapters/grammar/tree-sitter/bash-grammar.ts'
import { examine, readCorpus } from './examine.ts'
import { mutated } from './mutate.ts'
import type { Report } from './worker.ts'

// Mutated commands by the million; texts only, nothing is run. Ends by itself: 0 nothing found, 1 something.
//   node test/fuzz/main.ts [--count 1000000] [--seed 1] [--from 0] [--threads N]
//   node test/fuzz/main.ts --seed 1 --at 1234     one again

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    threads: { type: 'string', default: String(availableParallelism()) },
    at: { type: 'string' },
  },
})
const seed = Number(values.seed)
const CHUNK = 1_000
/** An iteration that is not over by then hangs. */
const HANG_MS = 10_000
const MOST_FAULTS = 50

const corpus = readCorpus()
if (values.at === undefined) await fuzz(Number(values.from), Number(values.count))
else {
  const command = mutated(corpus, seed, Number(values.at))
  console.log(JSON.stringify({ command, ...examine(command, await openBashGrammar()) }, null, 2))
}

async function fuzz(first: number, count: number): Promise<void> {
  setPriority(10)
  const end = first + count
  const opinions: Record<string, number> = {}
  const faults: Report['faults'][number][] = []
  let next = first
  let done = 0
  const started = performance.now()
  const tell = () => {
    const seconds = (performance.now() - started) / 1_000
    const filled = Math.floor((30 * done) / count)
    const bar = '█'.repeat(filled) + '░'.repeat(30 - filled)
    return `${bar} ${done}/${count}, ${(done / seconds).toFixed(0)}/s, ${faults.length} found`
  }
  const ticker = setInterval(
    () => process.stderr.write(process.stderr.isTTY ? `\r${tell()}` : `${tell()}\n`),
    process.stderr.isTTY ? 500 : 15_000,
  )
  process.once('SIGINT', () => {
    console.log(`\nstopped; go on with --seed ${seed} --from ${next - CHUNK} --count ${end - next + CHUNK}`)
    process.exit(3)
  })

  const workOff = () =>
    new Promise<void>((resolve, reject) => {
      const at = new Int32Array(new SharedArrayBuffer(4)).fill(-1)
      const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: { seed, at } })
      let last = -1
      const watch = setInterval(() => {
        const now = Atomics.load(at, 0)
        if (now >= 0 && now === last) finish({ iteration: now, fault: `hangs for ${HANG_MS} ms` })
        last = now
      }, HANG_MS)
      const finish = (fault?: Report['faults'][number]) => {
        if (fault) faults.push(fault)
        clearInterval(watch)
        void worker.terminate().then(() => resolve())
      }
      worker.on('message', (report: Report | 'ready') => {
        if (report !== 'ready') {
          done += report.to - report.from
          faults.push(...report.faults)
          for (const [opinion, number] of Object.entries(report.opinions))
            opinions[opinion] = (opinions[opinion] ?? 0) + number
        }
        if (next >= end || faults.length >= MOST_FAULTS) return finish()
        const from = next
        next = Math.min(end, from + CHUNK)
        worker.postMessage({ from, to: next })
      })
      worker.once('error', reject)
    })
  await Promise.all(Array.from({ length: Math.max(1, Number(values.threads)) }, workOff))
  clearInterval(ticker)

  process.stderr.write(process.stderr.isTTY ? `\r${tell()}\n` : `${tell()}\n`)
  console.log(`seed ${seed}: ${done} commands, ${JSON.stringify(opinions)}`)
  for (const { iteration, fault } of faults.slice(0, MOST_FAULTS)) {
    const command = mutated(corpus, seed, iteration)
    const shown = command.length > 300 ? `${command.slice(0, 300)}… (${command.length} characters)` : command
    console.log(
      `\n${fault}\n  ${JSON.stringify(shown)}\n  node test/fuzz/main.ts --seed ${seed} --at ${iteration}`,
    )
  }
  process.exitCode = faults.length > 0 ? 1 : 0
}
