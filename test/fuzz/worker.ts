import { parentPort, workerData } from 'node:worker_threads'
import { openBashGrammar } from '../../src/adapters/grammar/tree-sitter/bash-grammar.ts'
import { examine, readCorpus } from './examine.ts'
import { mutated } from './mutate.ts'

/** What one worker is to do, and where it says which iteration it is at. */
export interface Work {
  readonly seed: number
  readonly at: Int32Array
}
export interface Range {
  readonly from: number
  readonly to: number
}
export interface Report extends Range {
  readonly opinions: Readonly<Record<string, number>>
  readonly faults: readonly { readonly iteration: number; readonly fault: string }[]
}

const { seed, at } = workerData as Work
const corpus = readCorpus()
const grammar = await openBashGrammar()

parentPort!.on('message', ({ from, to }: Range) => {
  const opinions: Record<string, number> = {}
  const faults: { iteration: number; fault: string }[] = []
  for (let iteration = from; iteration < to; iteration++) {
    Atomics.store(at, 0, iteration)
    const { opinion, fault } = examine(mutated(corpus, seed, iteration), grammar)
    opinions[opinion] = (opinions[opinion] ?? 0) + 1
    if (fault !== null) faults.push({ iteration, fault })
  }
  Atomics.store(at, 0, -1)
  parentPort!.postMessage({ from, to, opinions, faults } satisfies Report)
})
parentPort!.postMessage('ready')
