import { setPriority } from 'node:os'
import { parseArgs } from 'node:util'
import { makeCase, readSecretCorpus } from './secret-cases.ts'
import { examineSecrets, slowness } from './secret-examine.ts'

// Texts made up of secrets, wrapped and broken, through scan, mask, stream and JSON masker. Ends by itself: 0 nothing found, 1 something.
//   node test/fuzz/secrets.ts [--count 100000] [--seed 1] [--from 0]
//   node test/fuzz/secrets.ts --seed 1 --at 1234     one again

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    at: { type: 'string' },
  },
})
const seed = Number(values.seed)
const MOST_FAULTS = 20
const TELL_EVERY_MS = 15_000

const corpus = readSecretCorpus()
if (values.at !== undefined) showOne(Number(values.at))
else fuzz(Number(values.from), Number(values.count))

function showOne(iteration: number): void {
  const made = makeCase(corpus, seed, iteration)
  console.log(JSON.stringify({ ...made, fault: examineSecrets(made, iteration) ?? slowness(made) }, null, 2))
}

function fuzz(first: number, count: number): void {
  setPriority(10)
  let faults = 0
  let told = performance.now()
  const started = told
  for (let iteration = first; iteration < first + count && faults < MOST_FAULTS; iteration++) {
    const made = makeCase(corpus, seed, iteration)
    const fault = examineSecrets(made, iteration) ?? slowness(made)
    if (fault !== null) {
      faults++
      console.log(`${fault}\n  node test/fuzz/secrets.ts --seed ${seed} --at ${iteration}\n`)
    }
    if (performance.now() - told < TELL_EVERY_MS) continue
    told = performance.now()
    const done = iteration - first + 1
    process.stderr.write(
      `${done}/${count}, ${((1_000 * done) / (told - started)).toFixed(0)}/s, ${faults} found\n`,
    )
  }
  console.log(`seed ${seed}: ${faults === 0 ? 'nothing' : `${faults} faults`} found`)
  process.exitCode = faults > 0 ? 1 : 0
}
