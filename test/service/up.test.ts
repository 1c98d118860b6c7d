import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { portcullis, type RunningService, run, scratchHome, startUp } from './process.ts'

let scratch: ReturnType<typeof scratchHome>
let service: RunningService | undefined

beforeEach(() => {
  scratch = scratchHome()
})

afterEach(async () => {
  if (service && service.process.exitCode === null) await service.stop('SIGKILL')
  service = undefined
  scratch.remove()
})

const guarded = () => scratch.env['PORTCULLIS_HOME']!
const writeConfig = (text: string) => writeFileSync(join(guarded(), 'portcullis.yaml'), text, { mode: 0o600 })

async function eventually(condition: () => Promise<boolean> | boolean, milliseconds = 5000): Promise<void> {
  const end = Date.now() + milliseconds
  while (Date.now() < end) {
    if (await condition()) return
    await sleep(50)
  }
  throw new Error('it did not come to pass')
}

describe('portcullis up', () => {
  test('brings every door up on an empty home, stops on SIGTERM and leaves a whole log', async () => {
    service = await startUp(scratch.env)
    expect((await fetch(`${service.gateway}/healthz`)).status).toBe(200)
    expect((await fetch(`${service.admin}/readyz`)).status).toBe(200)
    expect(existsSync(service.socket)).toBe(true)
    const status = await portcullis(['status', '--json'], { env: scratch.env })
    expect(status.code).toBe(0)
    expect(JSON.parse(status.stdout)).toMatchObject({ authentication: 'local', journal: { writable: true } })

    expect(await service.stop()).toBe(0)
    expect(existsSync(service.socket)).toBe(false)
    const verified = await portcullis(['audit', 'verify'], { env: scratch.env })
    expect(verified).toMatchObject({ code: 0 })
  })

  test('names the port in use and the remedy', async () => {
    const squatter = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => squatter.once('listening', resolve))
    const { port } = squatter.address() as { port: number }
    const { code, stderr } = await portcullis(['up', '--port', String(port), '--admin-port', '0'], {
      env: scratch.env,
    })
    squatter.close()
    expect(stderr).toContain(`port ${port} is in use`)
    expect(stderr).toContain('network.port')
    expect(code).toBe(2)
  })

  test('a wrong configuration stops the start with file, line, column and remedy', async () => {
    writeConfig('version: 1\nnetwork:\n  prot: 9\n')
    const { code, stderr } = await portcullis(['up'], { env: scratch.env })
    expect(stderr).toMatch(/portcullis\.yaml:3:\d+/)
    expect(stderr).toContain('prot')
    expect(code).toBe(2)
  })

  test('beyond loopback a client key is required', async () => {
    const { code, stderr } = await portcullis(['up', '--host', '0.0.0.0', '--port', '0'], {
      env: scratch.env,
    })
    expect(stderr).toContain('required')
    expect(code).toBe(2)
  })

  test('a plain HTTP upstream beyond loopback is refused', async () => {
    const { code, stderr } = await portcullis(['up', '--upstream', 'http://example.com'], {
      env: scratch.env,
    })
    expect(stderr).toContain('loopback')
    expect(code).toBe(2)
  })

  test('a key folder that others can read is refused', async () => {
    service = await startUp(scratch.env)
    await service.stop()
    chmodSync(join(guarded(), 'data', 'keys'), 0o755)
    const { code, stderr } = await portcullis(['up', '--port', '0', '--admin-port', '0'], {
      env: scratch.env,
    })
    expect(stderr).toContain('chmod')
    expect(code).not.toBe(0)
  })

  test('a second service on the same data folder is refused and the first goes on', async () => {
    service = await startUp(scratch.env)
    const { code, stderr } = await portcullis(['up', '--port', '0', '--admin-port', '0'], {
      env: scratch.env,
    })
    expect(stderr).toMatch(/in use|holds|another/)
    expect(code).not.toBe(0)
    expect((await fetch(`${service.gateway}/healthz`)).status).toBe(200)
  })

  test('takes a changed configuration, and keeps the old one when the new one is bad', async () => {
    writeConfig('version: 1\nhooks: { mode: enforce }\n')
    service = await startUp(scratch.env)
    const mode = async () =>
      (
        JSON.parse((await portcullis(['status', '--json'], { env: scratch.env })).stdout) as {
          hooksMode: string
        }
      ).hooksMode
    writeConfig('version: 1\nhooks: { mode: warn }\n')
    service.process.kill('SIGHUP')
    await eventually(async () => (await mode()) === 'warn')
    writeConfig('version: 1\nhooks: { mode: nonsense }\n')
    service.process.kill('SIGHUP')
    await eventually(() => service!.stderr().includes('refused'))
    expect(await mode()).toBe('warn')
  })

  test('after a kill the log verifies and the next start recovers', async () => {
    service = await startUp(scratch.env)
    const event = {
      session_id: 's',
      hook_event_name: 'PreToolUse',
      tool_name: 'Bash',
      tool_input: { command: 'rm -rf ~' },
      cwd: scratch.home,
    }
    for (let i = 0; i < 5; i++) {
      const { stdout } = await portcullis(['hook', 'claude-code'], {
        env: scratch.env,
        input: JSON.stringify(event),
      })
      expect(stdout).toContain('"deny"')
    }
    await service.stop('SIGKILL')
    const left = await portcullis(['audit', 'verify'], { env: scratch.env })
    expect([0, 3]).toContain(left.code)
    service = await startUp(scratch.env)
    await service.stop()
    const verified = await portcullis(['audit', 'verify', '--json'], { env: scratch.env })
    expect(verified.code).toBe(0)
    const tail = await portcullis(['audit', 'tail', '-n', '100', '--json'], { env: scratch.env })
    expect(tail.stdout.split('\n').filter(line => line.includes('decision.deny'))).toHaveLength(5)
  })
})

describe('the launcher', () => {
  test('without node_modules says what to run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-launcher-'))
    copyFileSync(join(import.meta.dirname, '..', '..', 'portcullis'), join(folder, 'portcullis'))
    const { code, stderr } = await run(join(folder, 'portcullis'), ['status'])
    rmSync(folder, { recursive: true })
    expect(stderr).toContain('make')
    expect(code).toBe(2)
  })

  test('an unknown command and an unknown option are usage errors', async () => {
    expect((await portcullis(['frobnicate'], { env: scratch.env })).code).toBe(2)
    expect((await portcullis(['status', '--frobnicate'], { env: scratch.env })).code).toBe(2)
  })

  test('--help lists every command of the contract', async () => {
    const { stdout, code } = await portcullis(['--help'], { env: scratch.env })
    const named =
      'init uninstall up demo status doctor hook check scan mask keys audit explain threats bench'.split(' ')
    for (const name of named) expect(stdout).toContain(name)
    expect(code).toBe(0)
  })
})

describe('portcullis demo', () => {
  test('shows the story in under 20 s and every promise holds', async () => {
    const started = Date.now()
    const { stdout, code, stderr } = await portcullis(['demo', '--json'], { env: scratch.env })
    expect(stderr).toBe('')
    const { steps } = JSON.parse(stdout) as { steps: { name: string; asPromised: boolean; seen: string }[] }
    expect(steps.filter(step => !step.asPromised)).toEqual([])
    expect(steps.length).toBeGreaterThanOrEqual(8)
    expect(code).toBe(0)
    expect(Date.now() - started).toBeLessThan(20_000)
  })
})

describe('an old copy of the log', () => {
  test('is found, because the latest checkpoint lies outside the folder', async () => {
    service = await startUp(scratch.env)
    await service.stop()
    const audit = join(guarded(), 'data', 'audit')
    const copy = join(scratch.home, 'copy')
    mkdirSync(copy)
    cpSync(audit, copy, { recursive: true })
    service = await startUp(scratch.env)
    await service.stop()
    rmSync(audit, { recursive: true })
    cpSync(copy, audit, { recursive: true })
    chmodSync(audit, 0o700)
    const { code, stdout, stderr } = await portcullis(['audit', 'verify'], { env: scratch.env })
    expect(stderr).toBe('')
    expect(stdout).toMatch(/tampered/i)
    expect(code).toBe(1)
  })
})
