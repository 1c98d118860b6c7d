import { join } from 'node:path'
import { openSqliteStore } from '../../src/adapters/storage/sqlite/sqlite-store.ts'
import { mixed } from './records.ts'

// Applies records for ever and prints each acknowledged batch; the conformance suite kills it.
const store = await openSqliteStore(join(process.argv[2]!, 'store.db'))
const start = (await store.appliedSeq()) + 1
const records = mixed(start + 200_000)
for (let from = start; from < records.length; from += 200) {
  await store.apply(records.slice(from, from + 200))
  process.stdout.write(`${Math.min(from + 199, records.length - 1)}\n`)
}
