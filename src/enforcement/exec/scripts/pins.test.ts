import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readPins, writePins } from './pins.ts'

describe('the pins', () => {
  let folder = ''
  let file = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portcullis-pins-'))
    file = join(folder, 'hook-scripts.json')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const pin = { sha256: 'a'.repeat(64), accepted: ['command.deletes-protected-folder'] }

  test('come back as they were written, in a file for their owner alone', async () => {
    expect(readPins(file)).toEqual(new Map())
    const pins = new Map([
      ['/a\nb', pin],
      ['/', { ...pin, accepted: [] }],
    ])
    await writePins(file, pins)
    expect(readPins(file)).toEqual(pins)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('are not read from a file that others may write', async () => {
    await writePins(file, new Map([['/a', pin]]))
    chmodSync(file, 0o620)
    expect(() => readPins(file)).toThrow(expect.objectContaining({ code: 'file.insecure' }))
  })

  const entry = { path: '/a', ...pin }
  test.each<[string, unknown]>([
    ['no list', {}],
    ['another version', { version: 2, pins: [] }],
    ['a relative path', { version: 1, pins: [{ ...entry, path: 'a' }] }],
    ['a short hash', { version: 1, pins: [{ ...entry, sha256: 'aa' }] }],
    ['capitals in a hash', { version: 1, pins: [{ ...entry, sha256: 'A'.repeat(64) }] }],
    ['an unknown key', { version: 1, pins: [{ ...entry, always: true }] }],
    ['one path twice', { version: 1, pins: [entry, { ...entry, sha256: 'b'.repeat(64) }] }],
    ['accepted rules that are no texts', { version: 1, pins: [{ ...entry, accepted: [1] }] }],
  ])('are refused as a whole for %s', (_what, value) => {
    writeFileSync(file, JSON.stringify(value), { mode: 0o600 })
    expect(() => readPins(file)).toThrow(expect.objectContaining({ code: 'config.invalid' }))
  })

  test('are refused when they are no JSON', () => {
    writeFileSync(file, '{', { mode: 0o600 })
    expect(() => readPins(file)).toThrow(/it is not JSON/)
  })
})
