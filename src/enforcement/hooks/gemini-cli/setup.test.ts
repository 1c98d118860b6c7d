import { expect, test } from 'vitest'
import type { JsonObject } from '../adapter.ts'
import { geminiCliSetup, hookedEvents } from './setup.ts'

const entry = { command: "'/opt/portcullis/bin/portcullis-hook' gemini-cli", timeout: 10 }
const file = geminiCliSetup.hookFile({ home: '/home/ada', env: {} })
if (file.kind !== 'shared-json') throw new Error('expected a shared file')

test('the hooks stand in the settings Gemini uses, with the time limit in its unit', () => {
  expect(file.path).toBe('/home/ada/.gemini/settings.json')
  const moved = geminiCliSetup.hookFile({ home: '/home/ada', env: { GEMINI_CLI_HOME: '/g' } })
  expect(moved.path).toBe('/g/.gemini/settings.json')
  const { BeforeTool } = file.withHooks({}, entry)['hooks'] as { BeforeTool: [{ hooks: [JsonObject] }] }
  expect(BeforeTool[0].hooks[0]).toMatchObject({ type: 'command', timeout: 10_000 })
  // A repository can switch hooks off by name.
  expect(BeforeTool[0].hooks[0]).not.toHaveProperty('name')
})

test('entries for every event that decides; a second time changes nothing, and out again leaves no trace', () => {
  const theirs = { theme: 'dark', hooks: { BeforeTool: [{ hooks: [{ type: 'command', command: 'beep' }] }] } }
  const both = file.withHooks(theirs, entry)
  expect(Object.keys(both['hooks'] as object).toSorted()).toEqual(Object.keys(hookedEvents).toSorted())
  expect(file.guardsTools(both)).toBe(true)
  expect(file.withHooks(both, entry)).toBe(both)
  expect(file.withoutHooks(both)).toEqual(theirs)
})

test.each([
  { hooksConfig: { enabled: false } },
  { hooksConfig: { disabled: ["/bin/sh -c … '/opt/portcullis/bin/portcullis-hook' gemini-cli"] } },
])('%j switches them off', settings => {
  expect(file.guardsTools(file.withHooks(settings, entry))).toBe(false)
})

test('settings that switch off something else do not', () => {
  expect(
    file.guardsTools(file.withHooks({ hooksConfig: { enabled: true, disabled: ['beep'] } }, entry)),
  ).toBe(true)
})

test.each([
  [{ hooks: [] }, 'hooks'],
  [{ hooks: { BeforeTool: {} } }, 'hooks.BeforeTool'],
  [{ hooks: { Other: 1 } }, null],
  [{}, null],
])('what is in the way of entries in %j: %s', (settings, place) => {
  expect(file.obstacle(settings)).toBe(place)
})

test('the managed settings keep hooks on', () => {
  const [managed] = geminiCliSetup.managed(entry)
  expect(managed?.path).toEqual({
    linux: '/etc/gemini-cli/settings.json',
    darwin: '/Library/Application Support/GeminiCli/settings.json',
  })
  const settings = JSON.parse(managed?.content ?? '')
  expect(settings.hooksConfig).toEqual({ enabled: true })
  expect(file.guardsTools(settings)).toBe(true)
})

test('a refusal is a decision, or exit code 2 with nothing that Gemini would read first', () => {
  expect(geminiCliSetup.isRefusal({ stdout: '{"decision":"deny"}', exitCode: 0 })).toBe(true)
  expect(geminiCliSetup.isRefusal({ stdout: '', exitCode: 2 })).toBe(true)
  expect(geminiCliSetup.isRefusal({ stdout: '{"hookSpecificOutput":{}}', exitCode: 2 })).toBe(false)
  expect(geminiCliSetup.isRefusal({ stdout: '{}', exitCode: 0 })).toBe(false)
})
