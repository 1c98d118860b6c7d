import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { afterAll, expect, test } from 'vitest'
import { run } from '../main.ts'

const home = mkdtempSync(join(tmpdir(), 'glass-command-'))
afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))

async function portcullis(args: readonly string[], env: NodeJS.ProcessEnv = {}, isTerminal = false) {
  const texts = { out: '', err: '' }
  const into = (key: 'out' | 'err') =>
    Object.assign(
      new Writable({
        write(chunk, _encoding, done) {
          texts[key] += String(chunk)
          done()
        },
      }),
      { isTTY: isTerminal },
    )
  const code = await run(['break-glass', ...args], {
    stdin: Object.assign(Readable.from([]), { isTTY: isTerminal }),
    stdout: into('out'),
    stderr: into('err'),
    env: { HOME: home, PORTCULLIS_HOME: home, ...env },
    cwd: home,
    exitCode: 0,
  })
  return { ...texts, code }
}

const WANTED = ['--minutes', '5', '--reason', 'repair']

test('without a terminal it is refused, before anybody is asked', async () => {
  const { err, code } = await portcullis(WANTED)
  expect(code).toBe(1)
  expect(err).toMatch(/no terminal\n {2}open a terminal of your own/)
})

test('under an agent it is refused, terminal or not', async () => {
  const { err, code } = await portcullis(WANTED, { CLAUDECODE: '1' }, true)
  expect(code).toBe(1)
  expect(err).toMatch(/`CLAUDECODE` is set/)
})

test.each([
  ['no time', ['--reason', 'x']],
  ['no reason', ['--minutes', '5']],
  ['nothing', []],
])('%s is wrong usage', async (_what, args) => {
  const { err, code } = await portcullis(args)
  expect(code).toBe(2)
  expect(err).toMatch(/a time and a reason are needed/)
})

test('to end it needs a service, and no terminal', async () => {
  const { err, code } = await portcullis(['--end'])
  expect(code).toBe(3)
  expect(err).toMatch(/does not answer/)
})
