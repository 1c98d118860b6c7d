import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { copilotCliSetup, hookedEvents } from './setup.ts'

const hookProgram = join(import.meta.dirname, '..', '..', '..', '..', 'bin', 'portcullis-hook')

/** The hook file for a program. */
function hookFile(command: string) {
  const file = copilotCliSetup.hookFile({ home: '/home/ada', env: {} })
  if (file.kind !== 'own') throw new TypeError('the hook file is ours alone')
  return { path: file.path, ...JSON.parse(file.content({ command, timeout: 10 })) }
}

/** What the client would get from the entry. */
function run(command: string) {
  const [{ bash }] = hookFile(command).hooks.PreToolUse
  const { stdout, stderr, status } = spawnSync('/bin/sh', ['-c', bash], { input: '{}', encoding: 'utf8' })
  return { said: JSON.parse(stdout), stderr, status }
}

const refused = {
  permissionDecision: 'deny',
  permissionDecisionReason: expect.stringContaining('its hook could not run'),
  decision: 'block',
  reason: expect.stringContaining('portcullis doctor'),
}

test('the file is one of its own, with an entry for each event and the time in seconds', () => {
  const { path, version, hooks } = hookFile('/p/portcullis-hook copilot-cli')
  expect(path).toBe('/home/ada/.copilot/hooks/portcullis.json')
  expect(version).toBe(1)
  expect(Object.keys(hooks)).toEqual(hookedEvents)
  for (const entries of Object.values(hooks)) {
    expect(entries).toEqual([{ type: 'command', bash: expect.any(String), timeoutSec: 10 }])
  }
})

test('COPILOT_HOME is where the client looks', () => {
  const place = { home: '/home/ada', env: { COPILOT_HOME: '/elsewhere' } }
  expect(copilotCliSetup.hookFile(place).path).toBe('/elsewhere/hooks/portcullis.json')
})

test.each([
  [`echo '{"permissionDecision":"deny","permissionDecisionReason":"100% %s"}'`, '100% %s'],
  [
    `sh -c 'cat >/dev/null; echo "{\\"permissionDecision\\":\\"deny\\",\\"permissionDecisionReason\\":\\"why\\"}"; exit 2'`,
    'why',
  ],
])('an answer goes through as it is, whatever the exit code: %s', (command, reason) => {
  expect(run(command)).toMatchObject({
    said: { permissionDecision: 'deny', permissionDecisionReason: reason },
    status: 0,
  })
})

test('a pass goes through', () => {
  expect(run('echo {}')).toMatchObject({ said: {}, status: 0 })
  expect(run('echo {}').said).toEqual({})
})

test.each([
  '/gone/portcullis-hook copilot-cli',
  "sh -c 'kill -9 $$'",
  "sh -c 'echo {}; exit 1'",
  "sh -c 'exit 2'",
  'echo garbage',
  'true',
])('%s becomes a refusal that a tool call, a prompt and an output all hear', command => {
  expect(run(command)).toMatchObject({ said: refused, status: 0 })
})

test('the hook program itself refuses in the same words when it cannot begin', () => {
  const { stdout, status } = spawnSync(hookProgram, ['copilot-cli', '--limit', 'soon'], {
    input: '{}',
    encoding: 'utf8',
  })
  expect(status).toBe(2)
  expect(JSON.parse(stdout)).toEqual({
    permissionDecision: 'deny',
    permissionDecisionReason: expect.stringContaining('needs a number of seconds'),
    decision: 'block',
    reason: expect.stringContaining('needs a number of seconds'),
  })
})
