import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startStandInModel } from '../standin/model.ts'
import { codex, installedProgram, whyMissing } from './install.ts'
import {
  claudeProgram,
  makeScratch,
  root,
  runClaude,
  type Scratch,
  scratchEnvironment,
  versions,
} from './support.ts'

const run = promisify(execFile)
const [newest] = versions
const programs = [claudeProgram(newest), installedProgram(codex)] as const
const missing = await whyMissing(...programs)

/** What each line of the output says when a command was let through. */
const commands = {
  'writes in the project': 'echo x > written',
  'reads a denied file': 'cat .env',
  'makes a denied file that was not there': 'echo x > later',
  'writes what is only read': 'echo x > Makefile',
  'makes a start file of the shell': 'echo x > .bashrc',
  'plants a hook of git': 'echo x > .git/hooks/pre-commit',
  'writes outside': 'echo x > ../outside/new && cat ../outside/new',
}
const script = Object.entries(commands)
  .map(([what, command]) => `(${command}) >/dev/null 2>&1 && echo '${what}'`)
  .join('\n')
const report = `{ ${script}\ntrue; } > report`

describe.skipIf(missing !== null)('a policy written for a client holds in the client itself', () => {
  let scratch: Scratch

  beforeEach(() => {
    scratch = makeScratch()
    mkdirSync(join(scratch.project, '.git/hooks'), { recursive: true })
    mkdirSync(join(scratch.home, 'outside'))
    writeFileSync(join(scratch.project, '.env'), 'NAME=value\n')
    writeFileSync(join(scratch.project, 'Makefile'), 'all:\n')
  })
  afterEach(() => scratch.remove())

  async function emitted(target: 'claude' | 'codex', readOnly: readonly string[] = []) {
    const policy = join(scratch.home, 'policy.json')
    const filesystem = { readWrite: ['.'], readOnly, deny: ['.env', 'later'], denyWrite: ['Makefile'] }
    writeFileSync(policy, JSON.stringify({ version: 1, filesystem, network: { mode: 'none' } }))
    const words = ['exec', '--policy', policy, '--emit', target, '--allow-weaker']
    const env = scratchEnvironment(scratch.home)
    return (await run(join(root, 'portcullis'), words, { env, cwd: scratch.project })).stdout
  }

  function write(path: string, text: string) {
    mkdirSync(dirname(join(scratch.home, path)), { recursive: true })
    writeFileSync(join(scratch.home, path), text)
  }

  function expectHeld() {
    expect(readFileSync(join(scratch.project, 'report'), 'utf8').trim().split('\n')).toEqual([
      'writes in the project',
    ])
    expect(readFileSync(join(scratch.project, 'written'), 'utf8')).toBe('x\n')
    expect(readFileSync(join(scratch.project, 'Makefile'), 'utf8')).toBe('all:\n')
    for (const path of ['project/later', 'project/.bashrc', 'project/.git/hooks/pre-commit', 'outside/new'])
      expect(existsSync(join(scratch.home, path))).toBe(false)
  }

  test(`Claude Code ${newest}`, async () => {
    write('.claude/settings.json', await emitted('claude'))
    const use = { name: 'Bash', input: { command: report, description: 'look' } }
    const model = await startStandInModel({
      script: ({ body }) =>
        JSON.stringify(body['messages']).includes('"tool_result"') ? { text: 'done' } : { toolUses: [use] },
    })
    try {
      const { home, project } = scratch
      await runClaude({
        version: newest,
        home,
        cwd: project,
        baseUrl: model.url,
        prompt: 'please go on',
        args: ['--allowedTools', 'Bash'],
      })
      expectHeld()
    } finally {
      await model.close()
    }
  })

  test(`Codex ${codex.version}`, async () => {
    const program = await programs[1]
    // Its sandbox starts the client's own program again, which most installations have in a system folder.
    write('.codex/config.toml', await emitted('codex', [dirname(program)]))
    const env = { ...scratchEnvironment(scratch.home), TMPDIR: join(scratch.home, 'outside') }
    const words = ['sandbox', '-P', 'portcullis', '--', '/bin/sh', '-c', report]
    await run(program, words, { env, cwd: scratch.project })
    expectHeld()
  })
})
