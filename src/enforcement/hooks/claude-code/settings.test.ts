import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../adapter.ts'
import { guardsTools, hookedEvents, managedSettings, obstacle, withHooks, withoutHooks } from './settings.ts'

const entry = { command: "'/opt/p c/bin/portcullis-hook' claude-code --home '/h'", timeout: 10 }
const theirs = { matcher: 'Bash', hooks: [{ type: 'command', command: 'lint' }] }

test('our entries come last and theirs stay as they are', () => {
  const settings = { model: 'x', hooks: { PreToolUse: [theirs], Stop: [theirs] }, unknown: { a: 1 } }
  const merged = withHooks(settings, entry)
  expect(merged).toMatchObject({ model: 'x', unknown: { a: 1 } })
  expect(Object.keys(merged)).toEqual(['model', 'hooks', 'unknown'])
  const hooks = merged['hooks'] as Record<string, unknown[]>
  expect(hooks['Stop']).toEqual([theirs])
  expect(hooks['PreToolUse']).toEqual([
    theirs,
    { matcher: '*', hooks: [{ type: 'command', ...entry, onFailure: 'block' }] },
  ])
  expect(hooks['UserPromptSubmit']).toEqual([{ hooks: [{ type: 'command', ...entry, onFailure: 'block' }] }])
  expect(Object.keys(hooks)).toEqual(expect.arrayContaining(Object.keys(hookedEvents)))
})

test('entries of an older installation are replaced, wherever they hid', () => {
  const old = { type: 'command', command: '/old/portcullis-hook claude-code' }
  const settings = {
    hooks: { PreToolUse: [{ matcher: 'Bash', hooks: [old, ...theirs.hooks] }], Stop: [{ hooks: [old] }] },
  }
  const merged = withHooks(settings, entry)
  expect(JSON.stringify(merged)).not.toContain('/old/')
  expect(withoutHooks(merged)).toEqual({ hooks: { PreToolUse: [theirs] } })
})

test('a command that only mentions the name is not ours', () => {
  const settings = { hooks: { Stop: [{ hooks: [{ type: 'command', command: 'echo portcullis-hooks' }] }] } }
  expect(withoutHooks(settings)).toEqual(settings)
})

describe('whether tools are guarded', () => {
  test.each([
    [{}, false],
    [withHooks({}, entry), true],
    [{ ...withHooks({}, entry), disableAllHooks: true }, false],
    [{ hooks: { PreToolUse: [theirs] } }, false],
    [{ hooks: 'x' }, false],
  ])('%j: %s', (settings, expected) => {
    expect(guardsTools(settings as JsonObject)).toBe(expected)
  })
})

test('managed settings guard tools and ask for a version that fails closed', () => {
  expect(guardsTools(managedSettings(entry))).toBe(true)
  expect(managedSettings(entry)['requiredMinimumVersion']).toBe('2.1.295')
})

test.each([
  ['in the background', { async: true }],
  ['for some calls', { if: 'Bash(git *)' }],
  ['of another type', { type: 'prompt' }],
  ['with its refusal thrown away', { command: `${entry.command} || true` }],
  ['with its answer thrown away', { command: `${entry.command} > /dev/null` }],
  ['in a text', { command: `echo ${entry.command}` }],
  ['in a comment', { command: `true # ${entry.command}` }],
])('our hook %s guards nothing', (_title, change) => {
  const hook = { type: 'command', command: entry.command }
  const withHook = (one: object) => ({ hooks: { PreToolUse: [{ matcher: '*', hooks: [one] }] } })
  expect(guardsTools(withHook(hook))).toBe(true)
  expect(guardsTools(withHook({ ...hook, ...change }))).toBe(false)
})

test('what stands in the way is named', () => {
  expect(obstacle({ hooks: [] })).toBe('hooks')
  expect(obstacle({ hooks: { PreToolUse: {} } })).toBe('hooks.PreToolUse')
  expect(obstacle({ hooks: { Stop: {} } })).toBe(null)
})

const hook = fc.record({ type: fc.constant('command'), command: fc.string() })
const group = fc.record(
  { matcher: fc.string(), hooks: fc.array(hook, { minLength: 1 }) },
  { requiredKeys: ['hooks'] },
)
const event = fc.constantFrom('PreToolUse', 'PostToolUse', 'Stop', 'ConfigChange', 'Other')
const hooks = fc.dictionary(event, fc.array(group, { minLength: 1 }), { minKeys: 1 })
const settings = fc
  .tuple(fc.dictionary(fc.string(), fc.jsonValue()), fc.option(hooks))
  .map(([others, present]): JsonObject => {
    const { hooks: _hooks, ...rest } = others
    return present === null ? rest : { ...rest, hooks: present }
  })

property.prop([settings])('taking the entries out gives back what was there', before => {
  expect(withoutHooks(withHooks(before, entry))).toEqual(before)
})

property.prop([settings])('putting the entries in twice is putting them in once', before => {
  const once = withHooks(before, entry)
  expect(withHooks(once, entry)).toBe(once)
  expect(guardsTools(once)).toBe(before['disableAllHooks'] !== true)
})
