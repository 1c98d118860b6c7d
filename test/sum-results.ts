import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

// Adds up what each suite wrote and closes CI's output with one plain line.
const folder = join(import.meta.dirname, '..', '.cache', 'results')
const totals = { passed: 0, failed: 0, skipped: 0 }
for (const file of readdirSync(folder)) {
  const counts = JSON.parse(readFileSync(join(folder, file), 'utf8')) as typeof totals
  for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += counts[key]
}
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`)
