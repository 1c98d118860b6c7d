import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from './adapter.ts'
import { flatSettings } from './flat-settings.ts'

const entry = { command: "'/opt/p c/bin/portcullis-hook' cursor", timeout: 10, failClosed: true }
const settings = flatSettings(['before', 'after'], entry, { version: 1 })
const theirs = { command: 'lint' }

test('our entries come last and theirs stay as they are', () => {
  const merged = settings.withHooks({ mine: 1, hooks: { before: [theirs], stop: [theirs] } })
  expect(merged).toEqual({
    version: 1,
    mine: 1,
    hooks: { before: [theirs, entry], stop: [theirs], after: [entry] },
  })
})

test('entries of an older installation are replaced, wherever they hid', () => {
  const old = { command: '/old/portcullis-hook cursor' }
  const merged = settings.withHooks({ hooks: { before: [old, theirs], stop: [old] } })
  expect(JSON.stringify(merged)).not.toContain('/old/')
  expect(settings.withoutHooks(merged)).toEqual({ version: 1, hooks: { before: [theirs] } })
})

test('a command that only mentions the name is not ours', () => {
  const others = { hooks: { before: [{ command: 'echo portcullis-hooks' }] } }
  expect(settings.withoutHooks(others)).toBe(others)
})

test('a version the user set stays', () => {
  expect(settings.withHooks({ version: 2 })['version']).toBe(2)
})

describe('whether tools are guarded', () => {
  test.each([
    [{}, false],
    [settings.withHooks({}), true],
    [{ hooks: { before: [entry] } }, false],
    [{ hooks: { before: [theirs], after: [theirs] } }, false],
    [{ hooks: { before: [{ ...entry, matcher: 'Read' }], after: [entry] } }, false],
    [{ hooks: { before: [{ ...entry, matcher: '*' }], after: [entry] } }, true],
    [{ hooks: 'x' }, false],
  ])('%j: %s', (some, expected) => {
    expect(settings.guards(some as JsonObject, ['before', 'after'])).toBe(expected)
  })
})

test('what stands in the way is named', () => {
  expect(settings.obstacle({ hooks: [] })).toBe('hooks')
  expect(settings.obstacle({ hooks: { before: {} } })).toBe('hooks.before')
  expect(settings.obstacle({ hooks: { other: {} } })).toBe(null)
})

const other = fc.record({ command: fc.string() })
const lists = fc.dictionary(
  fc.constantFrom('before', 'after', 'stop'),
  fc.array(fc.oneof(other, fc.jsonValue()), { minLength: 1 }),
  { minKeys: 1 },
)
const any = fc
  .tuple(fc.dictionary(fc.string(), fc.jsonValue()), lists)
  .map(([others, hooks]): JsonObject => ({ ...others, version: 1, hooks }))

property.prop([any])('taking the entries out gives back what was there', before => {
  expect(settings.withoutHooks(settings.withHooks(before))).toEqual(before)
})

property.prop([any])('putting the entries in twice is putting them in once', before => {
  const once = settings.withHooks(before)
  expect(settings.withHooks(once)).toBe(once)
  expect(settings.guards(once, ['before', 'after'])).toBe(true)
})
