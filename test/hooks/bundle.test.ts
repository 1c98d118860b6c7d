import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')

let scratch: string
/** The real bundle. */
let made: string
/** An installation of our own, with stand-ins for what is run. */
let place: string
let bundle: string

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'portcullis-bundle-'))
  made = join(scratch, 'made.cjs')
  execFileSync(process.execPath, [join(root, 'build/bundle-hook.ts'), made])
})
afterAll(() => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }))

beforeEach(() => {
  place = mkdtempSync(join(scratch, 'place-'))
  for (const folder of ['bin', 'dist', 'home/.portcullis/data'])
    mkdirSync(join(place, folder), { recursive: true, mode: 0o700 })
  copyFileSync(join(root, 'bin/portcullis-hook'), join(place, 'bin/portcullis-hook'))
  writeFileSync(join(place, 'home/.portcullis/portcullis.yaml'), 'hooks: { deadlineMs: 9000 }\n', {
    mode: 0o600,
  })
  bundle = join(place, 'dist/portcullis-hook.cjs')
})

const answering = (name: string) => `process.stdout.write('{"from":"${name}"}\\n')`

/** Makes the installation a checkout whose launcher and bundle say who they are. */
function makeCheckout() {
  mkdirSync(join(place, 'src/cli'), { recursive: true })
  for (const file of ['package.json', 'package-lock.json', 'src/cli/main.ts', 'src/cli/other.ts'])
    writeFileSync(join(place, file), '')
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))
  writeFileSync(join(place, 'portcullis'), '#!/bin/sh\ncat > /dev/null\necho \'{"from":"sources"}\'\n')
  chmodSync(join(place, 'portcullis'), 0o755)
  writeFileSync(bundle, answering('bundle'))
}

function setAge(seconds: number) {
  // What was written in the same tick of the clock may count as newer.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  const time = Date.now() / 1_000 - seconds
  utimesSync(bundle, time, time)
}

function hook(event: string | Buffer, args: string[] = []) {
  const home = join(place, 'home')
  const result = spawnSync(join(place, 'bin/portcullis-hook'), ['claude-code', '--limit', '12', ...args], {
    input: event,
    cwd: home,
    env: { PATH: '/usr/bin:/bin', HOME: home },
    encoding: 'utf8',
  })
  return { code: result.status, stdout: result.stdout, stderr: result.stderr }
}

const toolCall = (command: string) =>
  JSON.stringify({
    session_id: 's',
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command },
    cwd: place,
  })

describe('in a checkout', () => {
  beforeEach(makeCheckout)

  test('the bundle is run while nothing is newer', () => {
    setAge(-10)
    expect(hook('{}').stdout).toBe('{"from":"bundle"}\n')
  })

  test.each([
    ['a source was written', () => writeFileSync(join(place, 'src/cli/main.ts'), '// new')],
    ['a source came', () => writeFileSync(join(place, 'src/cli/more.ts'), '')],
    ['a source went', () => rmSync(join(place, 'src/cli/other.ts'))],
    ['the locked packages changed', () => writeFileSync(join(place, 'package-lock.json'), '{}')],
    [
      'a source was copied here with the time it had elsewhere',
      () => {
        writeFileSync(join(place, 'src/cli/main.ts'), '// old')
        utimesSync(join(place, 'src/cli/main.ts'), 1, 1)
      },
    ],
  ])('the sources are run when %s since', (_title, change) => {
    setAge(0)
    expect(hook('{}').stdout).toBe('{"from":"bundle"}\n')
    change()
    expect(hook('{}').stdout).toBe('{"from":"sources"}\n')
  })

  test('the sources are run when there is no bundle', () => {
    rmSync(bundle)
    expect(hook('{}').stdout).toBe('{"from":"sources"}\n')
  })

  test('the sources are run when their age cannot be told', () => {
    setAge(-10)
    rmSync(join(place, 'package-lock.json'))
    expect(hook('{}').stdout).toBe('{"from":"sources"}\n')
  })

  test.each([
    ['crashes', 'process.exit(1)'],
    ['prints no answer', 'console.log("done")'],
    ['is cut off', '{"hookSp'],
  ])('a bundle that %s is a denial', (_title, text) => {
    writeFileSync(bundle, text)
    setAge(-10)
    const { code, stdout } = hook('{}')
    expect(code).toBe(2)
    expect(stdout).toContain('"permissionDecision":"deny"')
  })
})

describe('the real bundle, as it is published', () => {
  beforeEach(() => copyFileSync(made, bundle))
  const args = ['--node', process.execPath]

  test('refuses by a rule and passes what is harmless', () => {
    const refused = hook(toolCall('rm -rf "$HOME"'), args)
    expect(refused).toMatchObject({ code: 0, stderr: '' })
    expect(refused.stdout).toMatch(/"permissionDecision":"deny".*command\.deletes-protected-folder/)
    const passed = hook(toolCall('ls'), args)
    expect(passed).toMatchObject({ code: 0, stderr: '' })
    expect(passed.stdout).not.toContain('permissionDecision')
  })

  test.each([
    ['nothing', ''],
    ['garbage', 'x'],
    ['bytes', Buffer.from([0xff, 0, 0xfe])],
  ])('denies %s', (_title, event) => {
    const { code, stdout } = hook(event, args)
    expect(code).toBe(2)
    expect(stdout).toContain('"permissionDecision":"deny"')
  })

  test('a configuration that cannot be read is a denial', () => {
    writeFileSync(join(place, 'home/.portcullis/portcullis.yaml'), 'hooks: [')
    expect(hook(toolCall('ls'), args).stdout).toContain('portcullis.yaml')
  })
})
