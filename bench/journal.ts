import { closeSync, fdatasync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { AuditEvent } from '../src/audit/event.ts'
import { type Journal, openJournal } from '../src/audit/journal.ts'
import { proveInclusion } from '../src/audit/prove.ts'
import { verifyJournal } from '../src/audit/verify.ts'
import { configSchema } from '../src/config/schema.ts'
import { systemClock } from '../src/kernel/clock.ts'
import { systemRandom } from '../src/kernel/random.ts'

// The journal against the floor of this disk: a bare append and fdatasync of lines as long as ours, in the same run.

const root = mkdtempSync(join(process.env['BENCH_FOLDER'] ?? tmpdir(), 'portcullis-bench-journal-'))
const home = { folder: join(root, 'data', 'audit'), trust: join(root, 'trust'), keys: join(root, 'keys') }
const { audit: settings } = configSchema.parse({})

const event: AuditEvent = {
  level: 'info',
  component: 'guard',
  event: 'decision.allow',
  user: 'alice@example.org',
  result: 'allow',
  metadata: {
    decision: 'dec_01HZY0000000000000000000',
    point: 'hooks',
    action: 'command:run',
    resource: 'git status --short',
    session: '0b5f2f0e-94a1-4f3c-8a39-0d2c8d1c7f11',
    timings: { network: 3, authentication: 5, authorization: 1, validation: 41, execution: 2 },
  },
  sourceAddress: '127.0.0.1',
}

const open = (): Promise<Journal> =>
  openJournal({ ...home, settings, clock: systemClock, random: systemRandom })

function quantile(times: number[], part: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * part)] ?? Number.NaN
}

interface Figures {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
}

async function measure(clients: number, seconds: number, append: () => Promise<unknown>): Promise<Figures> {
  const times: number[] = []
  const started = performance.now()
  const ends = started + seconds * 1000
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let now = performance.now(); now < ends; ) {
        await append()
        const then = performance.now()
        times.push(then - now)
        now = then
      }
    }),
  )
  const perSecond = times.length / ((performance.now() - started) / 1000)
  return { perSecond, p50: quantile(times, 0.5), p99: quantile(times, 0.99) }
}

/** The floor: what this disk gives one writer who does nothing but append and sync. */
async function measureFloor(seconds: number): Promise<Figures> {
  const sync = promisify(fdatasync)
  const descriptor = openSync(join(root, 'floor'), 'a')
  const line = `${'x'.repeat(JSON.stringify(event).length + 120)}\n`
  const figures = await measure(1, seconds, () => {
    writeSync(descriptor, line)
    return sync(descriptor)
  })
  closeSync(descriptor)
  return figures
}

function show(name: string, { perSecond, p50, p99 }: Figures, floor: Figures): void {
  const ratio = (perSecond / floor.perSecond).toFixed(2)
  console.log(
    `${name.padEnd(28)}${perSecond.toFixed(0).padStart(9)}/s  p50 ${p50.toFixed(2)} ms  p99 ${p99.toFixed(2)} ms  ${ratio}× floor`,
  )
}

async function openAppendClose(): Promise<void> {
  const journal = await open()
  await journal.append(event)
  await journal.close()
}

try {
  const floorBefore = await measureFloor(1)
  const journal = await open()
  await measure(64, 0.5, () => journal.append(event))
  const alone = await measure(1, 2, () => journal.append(event))
  const together = await measure(64, 2, () => journal.append(event))
  const floorAfter = await measureFloor(1)
  // The machine may be shared: the better of the two is the fairer floor.
  const floor = floorBefore.perSecond > floorAfter.perSecond ? floorBefore : floorAfter
  show('floor, before', floorBefore, floor)
  show('floor, after', floorAfter, floor)
  show('append, one at a time', alone, floor)
  show('append, 64 in flight', together, floor)
  while (journal.size < 500_000) await Promise.all(Array.from({ length: 5000 }, () => journal.append(event)))
  await journal.close()

  const once = await measure(1, 1, openAppendClose)
  show('open + append + close', once, floor)

  const started = performance.now()
  const report = await verifyJournal(home)
  const took = performance.now() - started
  console.log(
    `verify                      ${((report.records / took) * 1000).toFixed(0).padStart(9)} records/s  (${report.records} records, ${report.checkpoints} checkpoints, ${took.toFixed(0)} ms, ${report.status})`,
  )
  const proof = await measure(1, 0.5, () => proveInclusion(home.folder, 123_456))
  console.log(
    `prove one record            ${proof.perSecond.toFixed(0).padStart(9)}/s  p50 ${proof.p50.toFixed(2)} ms`,
  )
} finally {
  rmSync(root, { recursive: true, force: true })
}
