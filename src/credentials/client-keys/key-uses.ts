import { join } from 'node:path'
import { z } from 'zod'
import { readPrivateFile, writePrivateFile } from '../../config/private-files.ts'
import { isUsable } from './client-key.ts'
import type { KeyEvent } from './key-file.ts'
import type { Examination } from './key-ring.ts'

/** Use of a replaced key is reported at most once in this time, per key. */
const REPORT_MS = 60_000
/** What is noted of last uses may be this old on disk. */
const SAVE_MS = 30_000

const saved = z.record(z.string(), z.iso.datetime())

/** When keys were used, noted in memory on the way and written down later: a look at the clock is all a request pays. */
export interface KeyUses {
  note(examination: Examination, now: number): void
  /** Milliseconds since the Unix epoch; null when never seen. */
  last(id: string): number | null
  /** Uses of replaced keys not yet reported; they count as reported once taken. */
  take(): KeyEvent[]
  putBack(events: readonly KeyEvent[]): void
  /** Writes the times down when they are due, or at once when told to. */
  save(now: number, atOnce?: boolean): Promise<void>
}

export function createKeyUses(folder: string): KeyUses {
  const path = join(folder, 'client-keys.used.json')
  const times = new Map<string, number>()
  const reported = new Map<string, number>()
  let waiting: KeyEvent[] = []
  let savedAt = Number.NEGATIVE_INFINITY
  let isChanged = false

  return {
    note({ outcome, key }, now) {
      if (key === null) return
      if (isUsable(outcome)) {
        times.set(key.id, now)
        isChanged = true
      }
      const isReplaced = outcome === 'grace' || outcome === 'replaced'
      if (!isReplaced || now - (reported.get(key.id) ?? Number.NEGATIVE_INFINITY) < REPORT_MS) return
      reported.set(key.id, now)
      waiting.push(rotatedUse(key.id, key.replacedBy, outcome))
    },

    last(id) {
      const seen = times.get(id) ?? readTimes(path).get(id)
      return seen ?? null
    },

    take() {
      const events = waiting
      waiting = []
      return events
    },

    putBack(events) {
      waiting = [...events, ...waiting]
    },

    async save(now, atOnce = false) {
      if (!isChanged || (!atOnce && now - savedAt < SAVE_MS)) return
      isChanged = false
      savedAt = now
      const merged = new Map([...readTimes(path), ...times])
      const entries = [...merged].map(([id, time]) => [id, new Date(time).toISOString()])
      await writePrivateFile(path, `${JSON.stringify(Object.fromEntries(entries))}\n`)
    },
  }
}

function rotatedUse(key: string, replacedBy: string | null, state: string): KeyEvent {
  return {
    level: 'warn',
    component: 'client-keys',
    event: 'key.rotated-use',
    user: `key:${key}`,
    result: 'success',
    metadata: { key, replacedBy, state },
    sourceAddress: 'local',
  }
}

/** A convenience for people and never a ground for a decision, so a damaged file counts as an empty one. */
function readTimes(path: string): Map<string, number> {
  const bytes = readPrivateFile(path)
  if (bytes === null) return new Map()
  let raw: unknown
  try {
    raw = JSON.parse(bytes.toString('utf8'))
  } catch {
    return new Map()
  }
  const { data = {} } = saved.safeParse(raw)
  return new Map(Object.entries(data).map(([id, time]) => [id, Date.parse(time)]))
}
