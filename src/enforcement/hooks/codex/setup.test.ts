import { expect, test } from 'vitest'
import { codexSetup, hookedEvents } from './setup.ts'

const entry = { command: "'/opt/portcullis/bin/portcullis-hook' codex --home '/h'", timeout: 10 }
const place = { home: '/home/ada', env: {} }
const file = codexSetup.hookFile(place)
if (file.kind !== 'shared-json') throw new Error('expected a shared file')

test('the hooks stand in the folder Codex uses', () => {
  expect(file.path).toBe('/home/ada/.codex/hooks.json')
  expect(codexSetup.hookFile({ home: '/home/ada', env: { CODEX_HOME: '/c' } }).path).toBe('/c/hooks.json')
})

test('entries for every event that decides; a second time changes nothing, and out again leaves no trace', () => {
  const theirs = { hooks: { Stop: [{ hooks: [{ type: 'command', command: 'beep' }] }] } }
  const both = file.withHooks(theirs, entry)
  expect(Object.keys(both['hooks'] as object).toSorted()).toEqual(
    ['Stop', ...Object.keys(hookedEvents)].toSorted(),
  )
  expect(file.guardsTools(both)).toBe(true)
  expect(file.withHooks(both, entry)).toBe(both)
  expect(file.withoutHooks(both)).toEqual(theirs)
  expect(file.withoutHooks(theirs)).toBe(theirs)
})

test('the trust that is asked for is that of our entries alone, and changes with them', () => {
  const theirs = { hooks: { PreToolUse: [{ hooks: [{ type: 'command', command: 'beep' }] }] } }
  const approval = codexSetup.approval!(place, file.withHooks(theirs, entry))
  expect(approval.lines).toContain('[hooks.state."/home/ada/.codex/hooks.json:pre_tool_use:1:0"]')
  expect(approval.lines).toContain('[hooks.state."/home/ada/.codex/hooks.json:user_prompt_submit:0:0"]')
  expect(approval.lines).not.toContain('pre_tool_use:0:0')
  expect(approval.lines.match(/trusted_hash = "sha256:[0-9a-f]{64}"/g)).toHaveLength(5)
  expect(approval.isGiven(approval.lines)).toBe(true)
  expect(approval.isGiven(null)).toBe(false)
  const changed = codexSetup.approval!(place, file.withHooks(theirs, { ...entry, timeout: 11 }))
  expect(changed.isGiven(approval.lines)).toBe(false)
})

test('the managed file needs no trust, keeps hooks on and terminals off', () => {
  const [managed] = codexSetup.managed(entry)
  expect(managed?.path.linux).toBe('/etc/codex/requirements.toml')
  for (const part of [
    '[features]\nhooks = true\nunified_exec_tty = false',
    '[[hooks.PreToolUse]]\nmatcher = "*"',
  ]) {
    expect(managed?.content).toContain(part)
  }
})

test('only exit code 2 refuses', () => {
  expect(codexSetup.isRefusal({ stdout: '', exitCode: 2 })).toBe(true)
  expect(codexSetup.isRefusal({ stdout: '{"decision":"deny"}', exitCode: 0 })).toBe(false)
})
