import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { AuditEvent } from '../../src/audit/event.ts'
import { type Journal, type JournalOptions, openJournal } from '../../src/audit/journal.ts'
import { verifyJournal } from '../../src/audit/verify.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'

export interface Home {
  readonly root: string
  readonly folder: string
  readonly trust: string
  readonly keys: string
}

export function homeIn(root: string): Home {
  return {
    root,
    folder: join(root, 'data', 'audit'),
    trust: join(root, 'trust'),
    keys: join(root, 'data', 'keys'),
  }
}

/** A home of its own for one test, removed afterwards. */
export function makeHome(): Home {
  const root = mkdtempSync(join(tmpdir(), 'portcullis-audit-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }))
  return homeIn(root)
}

const settings = { checkpointRecords: 8, checkpointSeconds: 60, segmentMb: 0.004 }

export function open(home: Home, more: Partial<JournalOptions> = {}): Promise<Journal> {
  const { folder, trust, keys } = home
  return openJournal({ folder, trust, keys, settings, clock: systemClock, random: systemRandom, ...more })
}

export function event(number: number, more: Partial<AuditEvent> = {}): AuditEvent {
  return {
    level: 'info',
    component: 'guard',
    event: 'decision.allow',
    user: 'alice',
    result: 'allow',
    metadata: { number, command: 'ls -l — naïve' },
    sourceAddress: '127.0.0.1',
    ...more,
  }
}

/** A closed journal of `count` records over several segments and checkpoints. */
export async function writeJournal(
  home: Home,
  count: number,
  more: Partial<JournalOptions> = {},
): Promise<void> {
  const journal = await open(home, more)
  for (let number = 0; number < count; number++) {
    await journal.append(event(number))
    if (number % 8 === 7) await journal.checkpoint()
  }
  await journal.close()
}

export function verify(home: Home) {
  return verifyJournal({ folder: home.folder, trust: home.trust })
}

/** Leaves the journal as a sudden end would: copies the folder while the writer has it open, without its lock. */
export function crashCopy(home: Home): Home {
  const root = mkdtempSync(join(tmpdir(), 'portcullis-audit-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }))
  cpSync(home.root, root, { recursive: true, filter: source => !/\/lock[^/]*$/.test(source) })
  return homeIn(root)
}

export function segmentsOf(home: Home): string[] {
  return readdirSync(home.folder)
    .filter(name => name.startsWith('segment-'))
    .sort()
}

export function linesOf(home: Home): string[] {
  return segmentsOf(home).flatMap(name =>
    readFileSync(join(home.folder, name), 'utf8').split('\n').slice(0, -1),
  )
}
