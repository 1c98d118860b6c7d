import { spawnSync } from 'node:child_process'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { AuditEvent } from '../../../audit/event.ts'
import { configSchema } from '../../../config/schema.ts'
import { type BreakGlassParts, createBreakGlass } from './break-glass.ts'
import { findAsker, markerIn } from './person.ts'
import { type Processes, type ProcessFacts, systemProcesses } from './processes.ts'

const USER = 1000
const TERMINAL = 34_817

const facts = (pid: number, parent: number, more: Partial<ProcessFacts> = {}): ProcessFacts => ({
  pid,
  parent,
  user: USER,
  terminal: TERMINAL,
  isForeground: true,
  name: 'zsh',
  argv: ['-zsh'],
  variables: ['HOME', 'PATH', 'CODEX_HOME', 'ANTHROPIC_API_KEY'],
  ...more,
})

/** portcullis (30) ← shell (20) ← terminal program (10) ← 1. */
function processesWith(changes: Record<number, Partial<ProcessFacts>> = {}) {
  const shown: [number, string][] = []
  const known = new Map(
    [
      facts(30, 20, { name: 'node', argv: ['node', '/usr/bin/portcullis', 'break-glass'], ...changes[30] }),
      facts(20, 10, changes[20]),
      facts(10, 1, { name: 'gnome-terminal-', terminal: 0, ...changes[10] }),
      facts(1, 0, { name: 'systemd', user: 0, terminal: 0, variables: null, ...changes[1] }),
    ].map(one => [one.pid, one]),
  )
  const processes: Processes = {
    find: pid => known.get(pid),
    show: (terminal, text) => void shown.push([terminal, text]),
  }
  return { processes, shown, known }
}

describe('who asks', () => {
  test('a person in a shell in a terminal may', () => {
    expect(findAsker(30, processesWith().processes, USER)).toEqual({ kind: 'person', terminal: TERMINAL })
  })

  test.each<[string, Record<number, Partial<ProcessFacts>>, RegExp]>([
    ['another program', { 30: { argv: ['-zsh'] } }, /is not `portcullis break-glass`/],
    ['no terminal', { 30: { terminal: 0 } }, /has no terminal/],
    ['a background job', { 30: { isForeground: false } }, /not in the foreground/],
    ['another user', { 30: { user: 1001 } }, /cannot be found/],
    ['a marker of an agent', { 30: { variables: ['CLAUDECODE'] } }, /`CLAUDECODE` is set/],
    ['a marker further up', { 10: { variables: ['GEMINI_CLI'] } }, /`GEMINI_CLI` is set/],
    ['an agent by its name', { 10: { name: 'codex', argv: ['codex'] } }, /agent `codex`/],
    [
      'an agent run by node',
      { 20: { name: 'node', argv: ['node', '/usr/local/bin/claude'] } },
      /agent `claude`/,
    ],
    [
      'an agent run by its package',
      { 10: { name: 'MainThread', argv: ['node', '/x/@google/gemini-cli/dist/index.js'] } },
      /under an agent/,
    ],
    [
      'an editor with an agent',
      { 10: { name: 'cursor', argv: ['/usr/share/cursor/cursor'] } },
      /editor `cursor`/,
    ],
  ])('%s is refused', (_what, changes, why) => {
    const asker = findAsker(30, processesWith(changes).processes, USER)
    expect(asker).toMatchObject({ kind: 'refused', why: expect.stringMatching(why) })
  })

  test('a program started by a script within the terminal is not', () => {
    const npx = { name: 'npm exec portcu', argv: ['node', '/usr/bin/npx', 'portcullis'] }
    expect(findAsker(30, processesWith({ 20: npx }).processes, USER)).toMatchObject({ kind: 'person' })
  })

  test('a process that does not exist is refused', () => {
    expect(findAsker(99, processesWith().processes, USER)).toMatchObject({ kind: 'refused' })
  })

  test('a circle of parents ends', () => {
    expect(findAsker(30, processesWith({ 10: { parent: 20 } }).processes, USER)).toMatchObject({
      kind: 'person',
    })
  })

  test('settings that a person makes for an agent are no marker', () => {
    expect(markerIn({ CODEX_HOME: '/x', GEMINI_API_KEY: 'x', ANTHROPIC_BASE_URL: 'x' })).toBeUndefined()
    expect(markerIn({ CURSOR_AGENT: '1' })).toBe('CURSOR_AGENT')
  })
})

describe.skipIf(process.platform !== 'linux')('the processes of this machine', () => {
  const processes = systemProcesses()!

  test('this one is found with its parent, user and environment', () => {
    const found = processes.find(process.pid)
    expect(found).toMatchObject({ pid: process.pid, parent: process.ppid, user: process.getuid?.() })
    expect(found?.variables).toContain('PATH')
    expect(processes.find(2 ** 22 + 1)).toBeUndefined()
  })

  test('a terminal that does not exist cannot be written to', () => {
    expect(() => processes.show(0, 'x')).toThrow(/unknown kind/)
    expect(() => processes.show((136 << 8) | 251, 'x')).toThrow(/ENOENT|EACCES|EIO/)
  })

  const hasScript = spawnSync('script', ['--version']).status === 0
  test.skipIf(!hasScript)('what runs in a terminal of an agent’s making is refused', () => {
    const probe = `import { findAsker } from '${import.meta.dirname}/person.ts'
      import { systemProcesses } from '${import.meta.dirname}/processes.ts'
      const asker = findAsker(process.pid, systemProcesses(), process.getuid())
      process.stdout.write('<' + JSON.stringify(asker) + '>')`
    const asked = (env: Record<string, string>) => {
      const command = `exec ${process.execPath} --input-type=module-typescript -e "$PROBE"`
      const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
        env: { PATH: process.env['PATH'] ?? '', PROBE: probe, ...env },
        encoding: 'utf8',
        timeout: 20_000,
      })
      return JSON.parse(/<(\{.*\})>/s.exec(stdout)?.[1] ?? 'null') as { kind: string; why?: string }
    }
    expect(asked({ CLAUDECODE: '1' })).toMatchObject({
      kind: 'refused',
      why: expect.stringMatching(/CLAUDECODE/),
    })
  })
})

describe('breaking the glass', () => {
  afterEach(() => void vi.useRealTimers())

  function glassWith(
    more: Partial<BreakGlassParts> = {},
    changes: Record<number, Partial<ProcessFacts>> = {},
  ) {
    const { processes, shown, known } = processesWith(changes)
    const records: AuditEvent[] = []
    let now = 0
    let settings = configSchema.parse({}).hooks.breakGlass
    const glass = createBreakGlass({
      audit: {
        async append(event) {
          records.push(event)
          return records.length
        },
      },
      clock: { now: () => 1_000_000 + now, monotonic: () => now },
      random: bytes => bytes.map((_, index) => index * 7) as typeof bytes,
      ids: prefix => `${prefix}_1`,
      processes,
      user: { id: USER, name: 'me' },
      settings: () => settings,
      mask: text => text.replaceAll('hush', '<masked>'),
      ...more,
    })
    return {
      glass,
      records,
      shown,
      known,
      events: () => records.map(({ event }) => event),
      pass: (milliseconds: number) => {
        now += milliseconds
      },
      set: (next: Partial<typeof settings>) => {
        settings = { ...settings, ...next }
      },
      word: () => /type {2}(\w+) {2}to/.exec(shown.at(-1)?.[1] ?? '')?.[1] ?? '',
    }
  }

  const wanted = { pid: 30, minutes: 10, reason: 'repair with hush' }
  const refusedWith = (message: RegExp) =>
    expect.objectContaining({ code: 'break-glass.refused', message: expect.stringMatching(message) })

  test('the word goes to the terminal of the asking process alone', async () => {
    const { glass, shown } = glassWith()
    const answer = await glass.ask(wanted)
    expect(shown).toHaveLength(1)
    expect(shown[0]?.[0]).toBe(TERMINAL)
    expect(JSON.stringify(answer)).not.toContain(/type {2}(\w+)/.exec(shown[0]![1])![1])
  })

  test('with the word it holds for its time; start, uses and end are on record, the reason without secrets', async () => {
    const { glass, records, events, pass, word } = glassWith()
    const { request } = await glass.ask(wanted)
    const broken = await glass.confirm({ request, word: ` ${word().toUpperCase()} ` })
    expect(broken).toMatchObject({
      id: 'glass_1',
      reason: 'repair with <masked>',
      until: 1_000_000 + 600_000,
    })
    expect(records[0]).toMatchObject({
      event: 'break-glass.started',
      user: 'me',
      metadata: { minutes: 10, pid: 30 },
    })
    pass(599_999)
    expect(glass.use('any')).toMatchObject({ id: 'glass_1', uses: 1 })
    pass(1)
    expect(glass.use('any')).toBeNull()
    expect(glass.status()).toBeNull()
    await glass.end('time')
    expect(events()).toEqual(['break-glass.started', 'break-glass.ended'])
    expect(records[1]?.metadata).toMatchObject({ uses: 1, cause: 'time' })
  })

  test.each([
    ['a machine that slept meanwhile', 600_000, 0],
    ['a clock that was set back', -86_400_000, 600_000],
  ])('%s makes it no longer', async (_what, wall, running) => {
    let [now, monotonic] = [1_000_000, 0]
    const { glass, word } = glassWith({ clock: { now: () => now, monotonic: () => monotonic } })
    const { request } = await glass.ask(wanted)
    await glass.confirm({ request, word: word() })
    expect(glass.use('any')).not.toBeNull()
    now += wall
    monotonic += running
    expect(glass.use('any')).toBeNull()
    expect(glass.status()).toBeNull()
  })

  test('fewer minutes in the configuration end what was granted for more', async () => {
    const { glass, set, word } = glassWith()
    const { request } = await glass.ask(wanted)
    await glass.confirm({ request, word: word() })
    set({ maxMinutes: 10 })
    expect(glass.use('any')).not.toBeNull()
    set({ maxMinutes: 9 })
    expect(glass.use('any')).toBeNull()
  })

  test('the end is written down when the time is over', async () => {
    vi.useFakeTimers()
    const { glass, events, word } = glassWith()
    const { request } = await glass.ask({ ...wanted, minutes: 1 })
    await glass.confirm({ request, word: word() })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(events()).toEqual(['break-glass.started', 'break-glass.ended'])
  })

  test('a wrong word ends the asking', async () => {
    const { glass, events, word } = glassWith()
    const { request } = await glass.ask(wanted)
    await expect(glass.confirm({ request, word: 'wrong' })).rejects.toEqual(refusedWith(/not the word/))
    await expect(glass.confirm({ request, word: word() })).rejects.toEqual(refusedWith(/nobody asked/))
    expect(glass.use('any')).toBeNull()
    expect(events()).toEqual(['break-glass.refused', 'break-glass.refused'])
  })

  test('a late answer counts for nothing', async () => {
    const { glass, pass, word } = glassWith()
    const { request } = await glass.ask(wanted)
    pass(60_000)
    await expect(glass.confirm({ request, word: word() })).rejects.toEqual(
      refusedWith(/time to answer is over/),
    )
  })

  test('an agent that asks is refused and recorded, and sees no word', async () => {
    const { glass, records, shown } = glassWith({}, { 20: { variables: ['CLAUDECODE'] } })
    await expect(glass.ask(wanted)).rejects.toEqual(refusedWith(/CLAUDECODE/))
    expect(shown).toEqual([])
    expect(records[0]).toMatchObject({ event: 'break-glass.refused', metadata: { pid: 30 } })
  })

  test('who asked is looked at again when the answer comes', async () => {
    const { glass, known, word } = glassWith()
    const { request } = await glass.ask(wanted)
    known.delete(30)
    await expect(glass.confirm({ request, word: word() })).rejects.toEqual(refusedWith(/cannot be found/))
    expect(glass.status()).toBeNull()
  })

  test('for one session it holds for that one', async () => {
    const { glass, word } = glassWith()
    const { request } = await glass.ask({ ...wanted, session: 's1' })
    await glass.confirm({ request, word: word() })
    expect(glass.use('s1')).not.toBeNull()
    expect(glass.use('s2')).toBeNull()
    expect(glass.use(undefined)).toBeNull()
  })

  test('without a record it does not begin', async () => {
    const audit = { append: () => Promise.reject(new Error('the disk is full')) }
    const { glass, word } = glassWith({ audit })
    const { request } = await glass.ask(wanted)
    await expect(glass.confirm({ request, word: word() })).rejects.toThrow(/disk is full/)
    expect(glass.use('any')).toBeNull()
  })

  test('the configuration can forbid it, now and while it lasts', async () => {
    const { glass, set, word } = glassWith()
    const { request } = await glass.ask(wanted)
    await glass.confirm({ request, word: word() })
    set({ enabled: false })
    expect(glass.use('any')).toBeNull()
    await glass.end('configuration')
    await expect(glass.ask(wanted)).rejects.toEqual(refusedWith(/enabled/))
  })

  test('where the system does not tell who asks nobody is let', async () => {
    const { glass } = glassWith({ processes: undefined })
    await expect(glass.ask(wanted)).rejects.toEqual(refusedWith(/does not tell who asks/))
  })

  test.each([
    ['too long', { minutes: 61 }, /from 1 to 60/],
    ['no time', { minutes: Number.NaN }, /from 1 to 60/],
    ['half a minute', { minutes: 0.5 }, /from 1 to 60/],
    ['no reason', { reason: '  ' }, /no reason/],
    ['no session', { session: '' }, /no id of a session/],
  ])('%s is wrong usage', async (_what, change, message) => {
    const { glass, shown } = glassWith()
    await expect(glass.ask({ ...wanted, ...change })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(message),
    })
    expect(shown).toEqual([])
  })

  test('a second one waits for the end of the first', async () => {
    const { glass, word } = glassWith()
    const { request } = await glass.ask(wanted)
    await glass.confirm({ request, word: word() })
    await expect(glass.ask(wanted)).rejects.toEqual(refusedWith(/broken already/))
    expect(await glass.end('asked')).toBe(true)
    expect(await glass.end('asked')).toBe(false)
  })
})
