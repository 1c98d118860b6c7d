import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fc } from '@fast-check/vitest'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JournalRecord, Store } from '../../src/adapters/storage/store.ts'
import { completed, decision, mixed, record, timeOf } from './records.ts'

export interface StoreHarness {
  /** Opens the store that lives in this folder; calling it twice gives two openers of one store. */
  open(folder: string): Promise<Store>
  /**
   * A program that opens the store in the folder of its first argument, applies `mixed` records in batches from
   * `appliedSeq() + 1` on for ever, and prints the last sequence number after each acknowledged batch.
   */
  readonly writer: URL
}

/** What every store must do, whatever it is made of. */
export function storeConformance(name: string, { open, writer }: StoreHarness): void {
  describe(`store conformance: ${name}`, () => {
    let folder: string
    let store: Store
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'portcullis-store-'))
      store = await open(folder)
    })
    afterEach(async () => {
      await store.close()
      await rm(folder, { recursive: true })
    })

    const everything = async (from: Store) => ({
      seq: await from.appliedSeq(),
      decisions: await from.decisions({ limit: 100_000 }),
      usage: await from.usage(),
    })

    test('a new store is empty', async () => {
      expect(await everything(store)).toEqual({ seq: -1, decisions: [], usage: [] })
      expect(await store.decision('dec_0')).toBeNull()
    })

    test('a decision is stored in columns and whole', async () => {
      const original = decision(0)
      await store.apply([original])
      expect(await store.decision('dec_0')).toEqual({
        id: 'dec_0',
        seq: 0,
        time: timeOf(0),
        point: 'hooks',
        action: 'command:run',
        resource: 'rm -rf ~',
        user: 'ada',
        result: 'deny',
        layer: 'validation',
        reasonCode: 'validation.dangerous-command',
        threat: 'CMD-INJ-001',
        sourceAddress: '127.0.0.1',
        session: 'one',
        dataClass: 'internal',
        record: JSON.stringify(original),
      })
    })

    test('an allow has no layer, no reason and no threat', async () => {
      await store.apply([
        record(0, { event: 'decision.allow', result: 'allow', metadata: { id: 'dec_a', resource: 'plain' } }),
      ])
      expect(await store.decision('dec_a')).toMatchObject({
        result: 'allow',
        resource: 'plain',
        layer: null,
        reasonCode: null,
        threat: null,
        session: null,
      })
    })

    test('of two records with one id the newest answers', async () => {
      await store.apply([
        decision(0, { metadata: { id: 'x' } }),
        decision(1, { result: 'allow', metadata: { id: 'x' } }),
      ])
      expect(await store.decision('x')).toMatchObject({ seq: 1, result: 'allow' })
    })

    test('only what the guard says is a decision', async () => {
      await store.apply([decision(0, { component: 'gateway' }), decision(1)])
      expect((await store.decisions()).map(({ seq }) => seq)).toEqual([1])
      expect(await store.appliedSeq()).toBe(1)
    })

    test('replaying is harmless, whole or overlapping', async () => {
      const records = mixed(30)
      await store.apply(records.slice(0, 20))
      const before = await everything(store)
      await store.apply(records.slice(0, 20))
      await store.apply(records.slice(5, 9))
      await store.apply([])
      expect(await everything(store)).toEqual(before)
      await store.apply(records.slice(10))
      expect(await store.appliedSeq()).toBe(29)
      expect((await everything(store)).decisions).toHaveLength(10)
    })

    test('lines of the journal are what their records are', async () => {
      const records = mixed(60)
      const lines = records.map(({ seq: _, ...line }) => JSON.stringify(line))
      await store.apply(records)
      const before = await everything(store)
      await store.clear()
      await store.applyLines({ first: 0, lines: lines.slice(0, 40) })
      await store.applyLines({ first: 10, lines: lines.slice(10, 50) })
      await store.applyLines({ first: 50, lines: [] })
      await store.applyLines({ first: 50, lines: lines.slice(50) })
      expect(await everything(store)).toEqual(before)
      expect(await store.appliedSeq()).toBe(59)
    })

    test('lines after a gap, or of which one is no JSON, are refused whole', async () => {
      const lines = mixed(3).map(({ seq: _, ...line }) => JSON.stringify(line))
      const refused = { code: 'store.failed' }
      await expect(store.applyLines({ first: 1, lines })).rejects.toMatchObject(refused)
      const broken = [lines[0]!, '{"timestamp":', lines[2]!]
      await expect(store.applyLines({ first: 0, lines: broken })).rejects.toMatchObject(refused)
      expect(await everything(store)).toEqual({ seq: -1, decisions: [], usage: [] })
    })

    test.each<[string, number[], number[]]>([
      ['at the start', [], [1, 2]],
      ['after what is applied', [0, 1], [3]],
      ['inside a batch', [0], [1, 3]],
      ['backwards', [0], [2, 1]],
      ['doubled', [0], [1, 1]],
    ])('a gap %s is refused and nothing of the batch is kept', async (_, first, batch) => {
      await store.apply(first.map(seq => decision(seq)))
      const before = await everything(store)
      await expect(store.apply(batch.map(seq => decision(seq)))).rejects.toMatchObject({
        code: 'store.failed',
      })
      expect(await everything(store)).toEqual(before)
    })

    test('a batch that fails in its middle leaves nothing behind', async () => {
      await store.apply([decision(0)])
      const broken = { ...decision(2), user: null } as unknown as JournalRecord
      await expect(store.apply([decision(1), broken, decision(3)])).rejects.toMatchObject({
        code: 'store.failed',
      })
      expect(await store.appliedSeq()).toBe(0)
      expect(await store.decision('dec_1')).toBeNull()
      await store.apply([decision(1), decision(2), decision(3)])
      expect(await store.appliedSeq()).toBe(3)
    })

    test('filters narrow, combine, and the newest comes first', async () => {
      await store.apply([
        decision(0, { user: 'ada' }),
        decision(1, { user: 'bob', metadata: { session: 'two' } }),
        decision(2, { user: 'ada', result: 'allow' }),
        decision(3, { user: 'ada', metadata: { session: 'two' } }),
      ])
      const seqs = async (filter: Parameters<Store['decisions']>[0]) =>
        (await store.decisions(filter)).map(({ seq }) => seq)
      expect(await seqs(undefined)).toEqual([3, 2, 1, 0])
      expect(await seqs({ user: 'ada' })).toEqual([3, 2, 0])
      expect(await seqs({ result: 'allow' })).toEqual([2])
      expect(await seqs({ session: 'two' })).toEqual([3, 1])
      expect(await seqs({ user: 'ada', session: 'two' })).toEqual([3])
      expect(await seqs({ since: timeOf(2) })).toEqual([3, 2])
      expect(await seqs({ since: timeOf(2).replace('Z', '+00:00') })).toEqual([3, 2])
      expect(await seqs({ limit: 2 })).toEqual([3, 2])
      expect(await seqs({ limit: 0 })).toEqual([])
      expect(await seqs({ user: 'nobody' })).toEqual([])
    })

    test('a filter that makes no sense is the caller’s mistake', async () => {
      await expect(store.decisions({ limit: -1 })).rejects.toThrow(TypeError)
      await expect(store.decisions({ limit: 1.5 })).rejects.toThrow(TypeError)
      await expect(store.decisions({ since: 'yesterday' })).rejects.toThrow(TypeError)
      await expect(store.usage('')).rejects.toThrow(TypeError)
    })

    test('without a limit a hundred decisions are given', async () => {
      await store.apply(Array.from({ length: 150 }, (_, seq) => decision(seq)))
      expect((await store.decisions()).map(({ seq }) => seq)).toEqual(
        Array.from({ length: 100 }, (_, n) => 149 - n),
      )
    })

    test('usage is summed by user and model', async () => {
      await store.apply([
        completed(0),
        completed(1, { usage: { input_tokens: 5, output_tokens: 1, cache_read_input_tokens: 7 } }),
        completed(2, { model: 'm2' }),
        completed(3, {}, { user: 'bob' }),
        completed(4, { model: undefined }),
        completed(5, { model: null }),
        completed(6, { usage: {} }, { event: 'request.failed' }),
        completed(7, { usage: { input_tokens: 1 } }, { event: 'request.aborted', user: 'zoe' }),
        completed(8, {}, { event: 'request.refused' }),
      ])
      expect(await store.usage()).toEqual([
        { user: 'ada', model: 'm1', requests: 2, inputTokens: 15, outputTokens: 4 },
        { user: 'ada', model: 'm2', requests: 1, inputTokens: 10, outputTokens: 3 },
        { user: 'bob', model: 'm1', requests: 1, inputTokens: 10, outputTokens: 3 },
        { user: 'zoe', model: 'm1', requests: 1, inputTokens: 1, outputTokens: 0 },
      ])
      expect(await store.usage(timeOf(3))).toEqual([
        { user: 'bob', model: 'm1', requests: 1, inputTokens: 10, outputTokens: 3 },
        { user: 'zoe', model: 'm1', requests: 1, inputTokens: 1, outputTokens: 0 },
      ])
    })

    test('numbers that are none count as nothing', async () => {
      const nonsense = [Number.NaN, -5, 1.5, Number.POSITIVE_INFINITY, '7', null, {}, 2 ** 60]
      await store.apply(
        nonsense.map((value, seq) =>
          completed(seq, {
            usage: { input_tokens: value, output_tokens: 3 },
            status: value,
            milliseconds: value,
          }),
        ),
      )
      expect(await store.usage()).toEqual([
        {
          user: 'ada',
          model: 'm1',
          requests: nonsense.length,
          inputTokens: 0,
          outputTokens: 3 * nonsense.length,
        },
      ])
    })

    test('metadata of any shape is stored without harm', async () => {
      const shapes = [
        {},
        { id: 7 },
        { reasons: 'none' },
        { reasons: [null] },
        { resource: null },
        { resource: [1] },
      ]
      await store.apply(
        shapes.map((metadata, seq) => record(seq, { event: 'decision.deny', metadata: metadata as never })),
      )
      expect((await store.decisions()).map(({ id }) => id)).toEqual(
        [5, 4, 3, 2, 1, 0].map(seq => `seq-${seq}`),
      )
    })

    test('hostile text goes in and comes out as it was', async () => {
      const hostile = [
        "'; drop table decisions; --",
        '"; delete from usage; --',
        '\\',
        '%',
        '_',
        '\u0000nul\u0000',
        '\u202Eright to left',
        '😀'.repeat(1000),
        '$1 ?1 :a @b',
        'x'.repeat(100_000),
        '\u001b[31m',
      ]
      await store.apply(
        hostile.map((text, seq) => decision(seq, { user: text, metadata: { id: text, session: text } })),
      )
      for (const [seq, text] of hostile.entries()) {
        expect(await store.decision(text)).toMatchObject({ seq, id: text, user: text, session: text })
        expect((await store.decisions({ user: text })).map(found => found.seq)).toEqual([seq])
      }
      expect(await store.decisions({ user: '%%' })).toEqual([])
    })

    test('any text at all keeps its record readable', async () => {
      let seq = 0
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary' }), fc.json(), async (text, json) => {
          const original = decision(seq, {
            metadata: { id: `p${seq}`, resource: text, extra: JSON.parse(json) },
          })
          await store.apply([original])
          const stored = await store.decision(`p${seq}`)
          expect(JSON.parse(stored!.record)).toEqual(JSON.parse(JSON.stringify(original)))
          seq++
        }),
        { numRuns: 50 },
      )
    })

    test('what was applied is there after closing and opening again', async () => {
      await store.apply(mixed(50))
      const before = await everything(store)
      await store.close()
      await store.close()
      await expect(store.appliedSeq()).rejects.toMatchObject({ code: 'store.failed' })
      store = await open(folder)
      expect(await everything(store)).toEqual(before)
    })

    test('what its class no longer keeps is removed, and nothing else', async () => {
      await store.apply([
        decision(0, { metadata: { class: 'confidential' } }),
        decision(1),
        completed(2),
        decision(3, { metadata: { class: 'confidential' } }),
        decision(4, { metadata: { class: 'no such class' } }),
        completed(5),
      ])
      const seqs = async () => (await store.decisions()).map(({ seq }) => seq)
      expect(await store.prune([])).toBe(0)
      expect(await store.prune([{ dataClass: 'confidential', before: timeOf(3) }])).toBe(1)
      expect(await seqs()).toEqual([4, 3, 1])
      expect(await store.usage()).toMatchObject([{ requests: 2 }])
      // a decision, a request and what it cost
      expect(await store.prune([{ dataClass: 'internal', before: timeOf(4) }])).toBe(3)
      expect(await seqs()).toEqual([4, 3])
      expect(await store.usage()).toMatchObject([{ requests: 1 }])
      expect(await store.appliedSeq()).toBe(5)
      await store.apply([decision(6)])
      expect(await seqs()).toEqual([6, 4, 3])
      await expect(store.prune([{ dataClass: 'internal', before: 'soon' }])).rejects.toThrow(TypeError)
    })

    test('cleared and filled again it is what it was', async () => {
      const records = mixed(2_000)
      for (let start = 0; start < records.length; start += 300)
        await store.apply(records.slice(start, start + 300))
      const before = await everything(store)
      await store.clear()
      expect(await everything(store)).toEqual({ seq: -1, decisions: [], usage: [] })
      await store.apply(records)
      expect(await everything(store)).toEqual(before)
    })

    test('fifty thousand records', async () => {
      const records = mixed(50_000)
      for (let start = 0; start < records.length; start += 500)
        await store.apply(records.slice(start, start + 500))
      expect(await store.appliedSeq()).toBe(49_999)
      expect(await store.decisions({ limit: 100_000 })).toHaveLength(16_667)
      const total = (await store.usage()).reduce((sum, { requests }) => sum + requests, 0)
      expect(total).toBe(16_667)
    }, 60_000)

    test('calls made together are answered each with its own', async () => {
      const records = mixed(300)
      const applied = [0, 1, 2].map(part => store.apply(records.slice(part * 100, part * 100 + 100)))
      const asked = [store.decision('dec_0'), store.decision('dec_150'), store.decision('dec_1')]
      await Promise.all(applied)
      expect((await Promise.all(asked)).map(found => found?.seq ?? null)).toEqual([0, 150, null])
    })

    test('two openers that apply the same records keep each of them once', async () => {
      const other = await open(folder)
      try {
        const records = mixed(400)
        for (let start = 0; start < 400; start += 40) {
          const batch = records.slice(start, start + 40)
          await Promise.all([store.apply(batch), other.apply(batch)])
        }
        const seen = await everything(store)
        expect(seen.seq).toBe(399)
        expect(seen.decisions).toHaveLength(134)
        expect(await everything(other)).toEqual(seen)
      } finally {
        await other.close()
      }
    })

    test('a process killed while applying loses nothing it had acknowledged and keeps no half batch', async () => {
      await store.close()
      for (let round = 0; round < 3; round++) {
        const acknowledged = await killWhileApplying(writer, folder)
        store = await open(folder)
        const seq = await store.appliedSeq()
        expect(seq).toBeGreaterThanOrEqual(acknowledged)
        const stored = (await store.decisions({ limit: 10_000_000 })).map(found => found.seq)
        const expected = Math.floor(seq / 3) + 1
        expect(stored).toHaveLength(expected)
        expect(stored[0]).toBe((expected - 1) * 3)
        await store.close()
      }
      store = await open(folder)
    }, 60_000)
  })
}

/** Lets the writer run for a moment, kills it in the middle, and returns the last number it had printed. */
async function killWhileApplying(writer: URL, folder: string): Promise<number> {
  const child = spawn(process.execPath, [writer.pathname, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  let acknowledged = -1
  let batches = 0
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line)
    if (++batches === 15) child.kill('SIGKILL')
  }
  expect(batches).toBeGreaterThanOrEqual(15)
  expect(acknowledged).toBeGreaterThan(0)
  return acknowledged
}
