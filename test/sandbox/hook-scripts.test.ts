import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ScriptReport, validateScript } from '../../src/enforcement/exec/scripts/validate.ts'
import { run } from '../service/process.ts'
import { scriptCases } from './script-cases.ts'

const launcher = join(import.meta.dirname, '..', '..', 'portcullis')
const isRoot = process.geteuid?.() === 0
const own = process.geteuid?.() ?? 0
const NOBODY = 65_534

/** Puts another file in the place of `hook`, over and over. */
const SWAPPER = `
import os, sys
os.chdir(sys.argv[1])
good = '#!/bin/sh\\necho good\\n'
def put(text, mode=0o755):
    with open('next', 'w') as file: file.write(text)
    os.chmod('next', mode)
def link(): os.symlink('/bin/sh', 'next')
def pipe(): os.mkfifo('next')
turns = [lambda: put(good), lambda: put('#!/bin/sh\\nrm -rf /\\n'), lambda: put(good), link,
         lambda: put(good), pipe, lambda: put(good), lambda: put(good + 'evil', 0o777)]
print('ready', flush=True)
while True:
    for turn in turns:
        turn()
        os.rename('next', 'hook')
`

/** Who asks: root and an ordinary user where the tests may become one, else whoever runs them. */
const actors: readonly (readonly [string, number])[] = isRoot
  ? [
      ['root', 0],
      ['an ordinary user', NOBODY],
    ]
  : [['this user', own]]

describe.each(actors)('scripts check as %s', (_who, uid) => {
  const place = mkdtempSync(join(tmpdir(), 'portcullis-scripts-'))
  const named = new Map<string, string | null>()
  let reports: ScriptReport[] = []

  const isPossible = ({ needsRoot, onlyForUsers }: (typeof scriptCases)[number]) =>
    (!needsRoot || isRoot) && (!onlyForUsers || uid !== 0)

  beforeAll(async () => {
    chmodSync(place, 0o755)
    for (const [i, each] of scriptCases.filter(isPossible).entries()) {
      const folder = join(place, String(i))
      mkdirSync(folder)
      if (isRoot) chownSync(folder, uid, uid)
      chmodSync(folder, 0o755)
      named.set(each.name, each.make({ folder, uid }))
    }
    const paths = [...named.values()].filter(path => path !== null)
    const drop = uid === own ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups']
    const [program = '', ...args] = [...drop, launcher, 'scripts', 'check', '--json', '--', ...paths]
    const { stdout, stderr } = await run(program, args, {
      env: { PATH: process.env['PATH'], HOME: place, PORTCULLIS_HOME: join(place, 'home') },
    })
    expect(stderr).toBe('')
    reports = JSON.parse(stdout) as ScriptReport[]
    expect(reports).toHaveLength(paths.length)
  }, 60_000)
  afterAll(() => rmSync(place, { recursive: true, force: true }))

  test.for(scriptCases.filter(isPossible))('$name', ({ name, codes }, { skip }) => {
    const path = named.get(name)
    skip(path === null, 'this machine cannot make one')
    const at = [...named.values()].filter(each => each !== null).indexOf(path!)
    const { refusals } = reports[at]!
    expect(refusals.map(({ code }) => code)).toEqual(codes)
    for (const { message, remedy } of refusals) {
      expect(message).toMatch(/^[^A-Z]/)
      expect(message).not.toMatch(/\.$/)
      expect(remedy).not.toBe('')
    }
  })
})

describe('a file swapped while it is looked at', () => {
  const place = mkdtempSync(join(tmpdir(), 'portcullis-swap-'))
  afterAll(() => rmSync(place, { recursive: true, force: true }))
  const rules = { trusted: [own], home: place, pins: new Map(), mustBePinned: false }
  const good = '#!/bin/sh\necho good\n'

  test('is never taken: what is handed out was judged as a whole', async () => {
    const hook = join(place, 'hook')
    writeFileSync(hook, good)
    // Links, pipes, other texts and other modes in turn, as fast as the disk lets it.
    const swapper = spawn('python3', ['-c', SWAPPER, place], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(swapper.stdout, 'data')
    const outcomes = new Map<string, number>()
    const until = Date.now() + 3_000
    while (Date.now() < until) {
      const { refusals, script } = validateScript(hook, rules)
      const outcome = refusals[0]?.code ?? 'may start'
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      if (refusals.length === 0) expect(script!.bytes.toString()).toBe(good)
    }
    swapper.kill()
    await once(swapper, 'close')
    // Both ends of the race were seen, or nothing was tested.
    expect([...outcomes.keys()]).toEqual(
      expect.arrayContaining(['may start', 'script.is-link', 'script.is-dangerous']),
    )
  }, 20_000)

  test('after it was read changes nothing', () => {
    const hook = join(place, 'later')
    writeFileSync(hook, good)
    const { script } = validateScript(hook, rules)
    writeFileSync(hook, '#!/bin/sh\nrm -rf /\n')
    expect(script!.bytes.toString()).toBe(good)
  })
})

describe.skipIf(!isRoot)('scripts setup --yes', () => {
  const place = mkdtempSync(join(tmpdir(), 'portcullis-setup-'))
  afterAll(() => rmSync(place, { recursive: true, force: true }))

  test('makes user and folder, and then finds nothing to do', async () => {
    // In a mount namespace with a copy of /etc, so that this machine gets no user.
    const script = [
      'set -e',
      'cp -a /etc "$1/etc"',
      'mount --bind "$1/etc" /etc',
      'setup() { "$2" scripts setup --yes --folder "$1/hooks"; }',
      'setup "$@"',
      'printf "#!/bin/sh\\n" > "$1/hooks/a"; chmod 777 "$1/hooks/a"',
      'setup "$@"',
      'stat -c "%a %U %G %n" "$1/hooks" "$1/hooks/a"',
      'getent passwd portcullis-sandbox',
      'setup "$@"',
    ].join('\n')
    const { code, stdout, stderr } = await run(
      'unshare',
      ['--mount', 'bash', '-c', script, 'setup', place, launcher],
      { env: { PATH: `/usr/sbin:${process.env['PATH']}`, HOME: place } },
    )
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^useradd .*\ninstall -d -m 0750 .*\nchgrp .*\nchmod 0750 .*\n/)
    expect(stdout).toContain(
      `750 root portcullis-sandbox ${place}/hooks\n750 root portcullis-sandbox ${place}/hooks/a\n`,
    )
    expect(stdout).toMatch(/^portcullis-sandbox:x:\d+:\d+::.*:\/usr\/sbin\/nologin$/m)
    expect(stdout).toMatch(/is as it should be\n$/)
    await expect(run('getent', ['passwd', 'portcullis-sandbox'])).resolves.toMatchObject({ code: 2 })
  })
})

const hasSandbox = process.platform === 'linux' && spawnSync('bwrap', ['--version']).status === 0

describe.skipIf(!hasSandbox).each(actors)('scripts run as %s', (_who, uid) => {
  const place = mkdtempSync(join(tmpdir(), 'portcullis-run-'))
  const work = join(place, 'work')
  const env = { PATH: process.env['PATH'], HOME: place, PORTCULLIS_HOME: join(place, 'home') }
  const portcullis = (args: readonly string[], input = '', more: NodeJS.ProcessEnv = {}) => {
    const drop = uid === own ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups']
    const [program = '', ...rest] = [...drop, launcher, 'scripts', ...args]
    return run(program, rest, { env: { ...env, ...more }, cwd: work, input })
  }
  const put = (name: string, text: string) => {
    const path = join(place, name)
    writeFileSync(path, text)
    chmodSync(path, 0o755)
    if (isRoot) chownSync(path, uid, uid)
    return path
  }

  beforeAll(() => {
    mkdirSync(work)
    chmodSync(place, 0o755)
    // Root never runs a command in a folder of root's.
    if (isRoot) for (const folder of [place, work]) chownSync(folder, folder === work ? NOBODY : uid, 0)
  })
  afterAll(() => rmSync(place, { recursive: true, force: true }))

  test('hands over arguments, input and exit code, as somebody who is not root', async () => {
    const hook = put('hook.sh', '#!/bin/sh -e\necho "$1 $(id -u)"\ncat\nexit 7\n')
    expect(await portcullis(['pin', hook])).toMatchObject({ code: 0 })
    const { code, stdout, stderr } = await portcullis(['run', hook, '--', '--one'], 'payload')
    expect(stderr).toBe('')
    expect(stdout).toBe(`--one ${uid === 0 ? NOBODY : uid}\npayload`)
    expect(code).toBe(7)
  })

  test('an unpinned script does not start, unless that is accepted', async () => {
    const hook = put('unpinned', '#!/bin/sh\necho ran\n')
    const refused = await portcullis(['run', hook])
    expect(refused).toMatchObject({ code: 126, stdout: '' })
    expect(refused.stderr).toContain('script.is-not-pinned')
    expect(await portcullis(['run', '--allow-unpinned', hook])).toMatchObject({ code: 0, stdout: 'ran\n' })
  })

  test('for an agent a refusal is a deny', async () => {
    const hook = put('denies', '#!/bin/sh\nexit 1\n')
    expect(await portcullis(['run', '--as-hook', hook])).toMatchObject({ code: 2, stdout: '' })
    expect(
      await portcullis(['run', '--as-hook', '--profile', 'nope', '--allow-unpinned', hook]),
    ).toMatchObject({
      code: 2,
      stdout: '',
    })
    expect(await portcullis(['run', '--as-hook', '--allow-unpinned', hook])).toMatchObject({ code: 1 })
    const loud = put('loud', '#!/bin/sh\nwhile :; do echo loud; done\n')
    const policy = join(place, 'policy.json')
    writeFileSync(policy, JSON.stringify({ version: 1, limits: { outputMb: 1 } }))
    const stopped = await portcullis(['run', '--as-hook', '--allow-unpinned', '--policy', policy, loud])
    expect(stopped.code).toBe(2)
    expect(stopped.stderr).toContain('stopped')
  })

  test('a script changed after it was pinned does not start', async () => {
    const hook = put('changed', '#!/bin/sh\necho ran\n')
    await portcullis(['pin', hook])
    put('changed', '#!/bin/sh\necho other\n')
    const { code, stdout, stderr } = await portcullis(['run', hook])
    expect({ code, stdout }).toEqual({ code: 126, stdout: '' })
    expect(stderr).toContain('script.differs-from-pin')
  })

  test('a dangerous script starts when it was pinned as one', async () => {
    const hook = put('danger', '#!/bin/sh\nrm -rf /etc/passwd 2>/dev/null || echo held\n')
    expect(await portcullis(['pin', hook])).toMatchObject({ code: 1 })
    expect(await portcullis(['run', '--allow-unpinned', hook])).toMatchObject({ code: 126, stdout: '' })
    expect(await portcullis(['pin', '--accept-danger', hook])).toMatchObject({ code: 0 })
    expect(await portcullis(['run', hook])).toMatchObject({ code: 0, stdout: 'held\n' })
  })

  test('nobody inside can change it, and what lies beside it is not loaded', async () => {
    put('json.py', 'print("planted")\n')
    const hook = put(
      'hook.py',
      [
        '#!/usr/bin/env python3',
        'import json, os',
        'print(json.dumps(os.listdir(os.path.dirname(__file__))))',
        'try: open(__file__, "a")',
        'except OSError: print("read-only")',
        '',
      ].join('\n'),
    )
    expect(await portcullis(['run', '--allow-unpinned', hook])).toMatchObject({
      code: 0,
      stdout: '["hook.py"]\nread-only\n',
    })
  })

  test('the gate’s own home below the working folder is not seen, and stops nothing', async () => {
    const hook = put('looks', '#!/bin/sh\nls own 2>/dev/null || echo unseen\n')
    const own = join(work, 'own')
    mkdirSync(own, { mode: 0o700 })
    writeFileSync(join(own, 'portcullis.yaml'), '{}\n', { mode: 0o600 })
    if (isRoot) for (const path of [own, join(own, 'portcullis.yaml')]) chownSync(path, uid, uid)
    const outcome = await portcullis(['run', '--allow-unpinned', hook], '', { PORTCULLIS_HOME: own })
    expect(outcome).toMatchObject({ code: 0, stdout: 'unseen\n' })
  })

  test('a script swapped all the time either runs as it was judged or not at all', async () => {
    const hook = put('hook', '#!/bin/sh\necho good\n')
    const swapper = spawn('python3', ['-c', SWAPPER, place], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      await once(swapper.stdout, 'data')
      for (let turn = 0; turn < 6; turn++) {
        const { code, stdout } = await portcullis(['run', '--allow-unpinned', hook])
        expect([
          { code: 0, stdout: 'good\n' },
          { code: 126, stdout: '' },
        ]).toContainEqual({ code, stdout })
      }
    } finally {
      swapper.kill()
      await once(swapper, 'close')
    }
  }, 60_000)
})
