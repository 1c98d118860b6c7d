import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { failClosed } from './fail-closed.ts'

const folder = mkdtempSync(join(tmpdir(), 'portcullis-fail-closed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

/** Runs the entry as a client would, with a program of these lines in place of ours. */
function run(lines: string, timeout = 10, shell = '/bin/sh') {
  const program = join(folder, "a hook's program")
  writeFileSync(program, `#!/bin/sh\n${lines}\n`)
  chmodSync(program, 0o755)
  const quoted = `'${program.replaceAll("'", String.raw`'\''`)}'`
  const { command } = failClosed({ command: `${quoted} 'an argument'`, timeout })
  const { status, stdout, stderr } = spawnSync(shell, ['-c', command], { input: 'event', encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('an answer passes as it is, with the event and the arguments', () => {
  expect(run(`printf '{"%s": "%s"}' "$(cat)" "$1"; echo note >&2`)).toEqual({
    status: 0,
    stdout: '{"event": "an argument"}\n',
    stderr: 'note\n',
  })
  expect(run(`printf '%s' '{"a": "b %s\\\\n *"}'`).stdout).toBe('{"a": "b %s\\\\n *"}\n')
})

test('a refusal passes with its reason, and without an answer that a client might read first', () => {
  expect(run('echo no >&2; exit 2')).toEqual({ status: 2, stdout: '', stderr: 'no\n' })
  expect(run('echo {}; echo no >&2; exit 2')).toEqual({ status: 2, stdout: '', stderr: 'no\n' })
})

test.each([
  ['ends with 1', 'exit 1'],
  ['is killed', 'kill -9 $$'],
  ['is not found', 'exec /gone/program'],
  ['answers nothing', ':'],
  ['answers text', 'echo fine'],
  ['answers half', `echo '{"decision": gar'`],
])('a program that %s refuses', (_title, lines) => {
  const { status, stderr } = run(lines)
  expect(status).toBe(2)
  expect(stderr).toContain('portcullis denied this: its hook could not run')
})

test('a program that hangs is ended and refuses before the client gives up', () => {
  const started = performance.now()
  const { status, stderr } = run('exec sleep 30', 3)
  expect(performance.now() - started).toBeLessThan(3_000)
  expect(status).toBe(2)
  expect(stderr).toContain('portcullis denied this')
})

test('a program that is gone refuses', () => {
  const { command } = failClosed({ command: "'/gone/portcullis-hook' codex", timeout: 10 })
  const { status, stderr } = spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8' })
  expect(status).toBe(2)
  expect(stderr).toContain('portcullis denied this')
})
