import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Check } from '../../src/cli/doctor/check.ts'
import { claudeProgram, makeScratch, root, runPortcullis, type Scratch } from './support.ts'

let scratch: Scratch

beforeEach(async () => {
  scratch = makeScratch()
  mkdirSync(join(scratch.home, 'bin'))
  symlinkSync(await claudeProgram('2.1.329'), join(scratch.home, 'bin', 'claude'))
  await runPortcullis(scratch.home, ['init', '--yes', '--agents', 'claude-code'])
})

afterEach(() => scratch.remove())

test('doctor --live sees a tool call of the real client come to the hook', async () => {
  expect(await live()).toMatchObject({ name: 'Claude Code live', state: 'good' })
})

test('and sees when it does not', async () => {
  rmSync(join(scratch.home, '.claude', 'settings.json'))
  expect(await live()).toMatchObject({ state: 'bad', found: expect.stringContaining('WITHOUT') })
})

async function live() {
  const { checks } = await portcullisIn(scratch.home, ['doctor', '--live', '--json'])
  return checks.find(({ name }) => name.endsWith(' live'))
}

/** Runs a command of ours with the scratch home's `bin` on the PATH; `doctor` ends with 1 when a check failed. */
function portcullisIn(home: string, args: readonly string[]): Promise<{ checks: Check[] }> {
  const path = [join(home, 'bin'), '/usr/bin', '/bin'].join(delimiter)
  const env = { PATH: path, HOME: home, IS_SANDBOX: '1', HTTPS_PROXY: 'http://127.0.0.1:9' }
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, 'portcullis'), args, { env, cwd: home, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk
    })
    child.once('error', reject)
    child.once('close', () => resolve(JSON.parse(stdout)))
  })
}
