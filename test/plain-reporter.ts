import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** Ends a run with the one line that tools read: `N passed, N failed, N skipped`. */
export default class PlainReporter implements Reporter {
  readonly #name: string

  constructor(options: { name?: string } = {}) {
    this.#name = options.name ?? 'tests'
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 }
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed++
      for (const test of module.children.allTests()) counts[outcome(test)]++
    }
    const folder = join(import.meta.dirname, '..', '.cache', 'results')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${this.#name}.json`), JSON.stringify(counts))
    process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`)
  }
}

function outcome(test: TestCase): 'passed' | 'failed' | 'skipped' {
  const { state } = test.result()
  return state === 'pending' ? 'skipped' : state
}
