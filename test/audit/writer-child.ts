import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { openJournal } from '../../src/audit/journal.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'

// Appends for ever, 32 at a time, and prints each number once it is acknowledged. Ended by SIGKILL.

const root = process.argv[2]!
const journal = await openJournal({
  folder: join(root, 'data', 'audit'),
  trust: join(root, 'trust'),
  keys: join(root, 'data', 'keys'),
  settings: { checkpointRecords: 64, checkpointSeconds: 1, segmentMb: 0.2 },
  clock: systemClock,
  random: systemRandom,
})

async function write(writer: number): Promise<never> {
  for (let number = 0; ; number++) {
    const seq = await journal.append({
      level: 'info',
      component: 'gateway',
      event: 'request.completed',
      user: `writer-${writer}`,
      result: 'success',
      metadata: { number, filler: 'y'.repeat((number * 37) % 400) },
      sourceAddress: '127.0.0.1',
    })
    writeSync(1, `${seq}\n`)
  }
}

await Promise.all(Array.from({ length: 32 }, (_, writer) => write(writer)))
