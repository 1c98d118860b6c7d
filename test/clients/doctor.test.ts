import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Check } from '../../src/cli/doctor/check.ts'
import { agentSetups } from '../../src/enforcement/hooks/setups.ts'
import { claudeCode, codex, copilotCli, geminiCli, installedProgram, openCode } from './install.ts'
import { makeScratch, root, runPortcullis, type Scratch } from './support.ts'

// `doctor --live` with each client that can be run without a person against a model of ours.

const programs = {
  'claude-code': claudeCode('2.1.329'),
  codex,
  'gemini-cli': geminiCli,
  'copilot-cli': copilotCli,
  opencode: openCode,
}

/** What a user has chosen, without which a client asks no model. */
const settings: Readonly<Record<string, string>> = {
  'gemini-cli': '{"security":{"auth":{"selectedType":"gemini-api-key"}}}',
}

describe.each(Object.entries(programs))('doctor --live with %s', (name, client) => {
  const setup = agentSetups.find(agent => agent.name === name)!
  let scratch: Scratch

  beforeEach(async () => {
    scratch = makeScratch()
    // Cold starts on a machine that tests keep busy.
    mkdirSync(join(scratch.home, '.portcullis'), { mode: 0o700 })
    const patient = 'hooks: { deadlineMs: 8000 }\n'
    writeFileSync(join(scratch.home, '.portcullis', 'portcullis.yaml'), patient, { mode: 0o600 })
    const chosen = settings[name]
    if (chosen !== undefined) {
      mkdirSync(dirname(hookFile()), { recursive: true })
      writeFileSync(hookFile(), chosen)
    }
    mkdirSync(join(scratch.home, 'bin'))
    const path = await installedProgram(client)
    const link = join(scratch.home, 'bin', setup.program)
    if (path.endsWith('.js')) {
      writeFileSync(link, `#!/bin/sh\nexec '${process.execPath}' '${path}' "$@"\n`, { mode: 0o755 })
    } else symlinkSync(path, link)
    await runPortcullis(scratch.home, ['init', '--yes', '--agents', name])
    trust()
  })

  afterEach(() => scratch.remove())

  const hookFile = () => setup.hookFile({ home: scratch.home, env: {} }).path

  /** What a person's visit to the client's own list of hooks leaves behind, where it wants one. */
  function trust() {
    const file = setup.hookFile({ home: scratch.home, env: {} })
    const settings = file.kind === 'own' ? {} : JSON.parse(readFileSync(hookFile(), 'utf8'))
    const approval = setup.approval?.({ home: scratch.home, env: {} }, settings)
    if (approval) appendFileSync(join(dirname(hookFile()), 'config.toml'), `${approval.lines}\n`)
  }

  test('sees the client’s own tool call come to the hook', async () => {
    expect(await live()).toMatchObject({ name: `${setup.title} live`, state: 'good' })
  })

  test('sees when it does not', async () => {
    rmSync(hookFile())
    if (settings[name] !== undefined) writeFileSync(hookFile(), settings[name])
    expect(await live()).toMatchObject({ state: 'bad', found: expect.stringContaining('WITHOUT') })
  })

  async function live(): Promise<Check | undefined> {
    const { checks } = await doctor(scratch.home)
    return checks.find(check => check.name.endsWith(' live'))
  }
})

/** The scratch home's `bin` is all that is on the PATH besides the system; `doctor` ends with 1 when a check failed. */
function doctor(home: string): Promise<{ checks: Check[] }> {
  const path = [join(home, 'bin'), '/usr/bin', '/bin'].join(delimiter)
  const env = { PATH: path, HOME: home, IS_SANDBOX: '1', HTTPS_PROXY: 'http://127.0.0.1:9' }
  return new Promise((resolve, reject) => {
    const args = ['doctor', '--live', '--json']
    const child = spawn(join(root, 'portcullis'), args, { env, cwd: home, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk
    })
    child.once('error', reject)
    child.once('close', () => resolve(JSON.parse(stdout)))
  })
}
