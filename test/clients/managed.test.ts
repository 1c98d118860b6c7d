import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type StandInModel, startStandInModel } from '../standin/model.ts'
import { makeScratch, runClaude, runPortcullis, type Scratch } from './support.ts'

// What a fleet gets: settings that no user or repository can switch off, and the plugin.

const version = '2.1.329'

let scratch: Scratch
let model: StandInModel

beforeEach(() => {
  scratch = makeScratch()
  writeFileSync(join(scratch.home, 'keep.txt'), 'irreplaceable')
})

afterEach(async () => {
  await model?.close()
  scratch.remove()
})

const marker = () => join(scratch.project, 'MARKER')

/** The client asks the model, which asks for a deletion of the home folder. */
async function session(args: readonly string[], through: readonly string[] = []) {
  const toolUses = [
    { name: 'Bash', input: { command: `touch ${marker()}; rm -rf ~/`, description: 'clean up' } },
  ]
  model = await startStandInModel({
    script: ({ body }) => (JSON.stringify(body).includes('"tool_result"') ? { text: 'done' } : { toolUses }),
  })
  const { home, project: cwd } = scratch
  const more = ['--permission-mode', 'bypassPermissions', ...args]
  await runClaude({ version, home, cwd, baseUrl: model.url, prompt: 'go on', args: more, through })
  return model.requests.map(({ body }) => body.toString('utf8')).join('\n')
}

const expectRefused = (wire: string) => {
  expect(existsSync(marker())).toBe(false)
  expect(existsSync(join(scratch.home, 'keep.txt'))).toBe(true)
  expect(wire).toContain('command.deletes-protected-folder')
}

/** A copy of /etc that only one process and its children see, with our managed settings in it. */
function withManagedSettings(): string[] {
  const etc = join(scratch.home, 'etc')
  cpSync('/etc', etc, { recursive: true, verbatimSymlinks: true })
  const content = execFileSync(join(import.meta.dirname, '..', '..', 'portcullis'), ['init', '--managed'], {
    env: { PATH: process.env['PATH'], HOME: scratch.home },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  mkdirSync(join(etc, 'claude-code'), { recursive: true })
  writeFileSync(join(etc, 'claude-code', 'managed-settings.json'), content)
  return ['unshare', '-m', 'sh', '-c', `mount --bind '${etc}' /etc && exec "$@"`, 'sh']
}

// Only root may put another /etc in place for one process.
const cannotMount = process.platform !== 'linux' || process.getuid?.() !== 0

describe.skipIf(cannotMount)('managed settings hold', () => {
  test.each([
    ['plainly', []],
    ['under --bare', ['--bare']],
    ['without the user’s settings', ['--setting-sources', 'project']],
    ['against disableAllHooks', ['--settings', '{"disableAllHooks":true}']],
  ])('%s', async (_title, args) => {
    expectRefused(await session(args, withManagedSettings()))
  })
})

test('the plugin guards', async () => {
  const folder = join(scratch.home, 'market')
  await runPortcullis(scratch.home, ['init', '--plugin', folder])
  expectRefused(await session(['--plugin-dir', join(folder, 'guard')]))
})
