import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, test as property } from '@fast-check/vitest'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { planInstall, planRemoval } from '../../src/cli/setup/agent-settings.ts'
import { claudeCodeSetup } from '../../src/enforcement/hooks/claude-code/setup.ts'
import { runHere } from './terminal.ts'

let home: string
let env: NodeJS.ProcessEnv

beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-init-')))
  env = { HOME: home, PATH: '/usr/bin:/bin' }
})

afterEach(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))

const settings = () => join(home, '.claude', 'settings.json')
const backups = () => readdirSync(join(home, '.claude')).filter(name => name.includes('portcullis-backup'))
const init = (...more: string[]) => runHere(['init', ...more], { env })
const uninstall = (...more: string[]) => runHere(['uninstall', ...more], { env })

function write(text: string, mode = 0o644) {
  mkdirSync(join(home, '.claude'), { recursive: true })
  writeFileSync(settings(), text)
  chmodSync(settings(), mode)
}

function mode(path: string) {
  return statSync(path).mode & 0o777
}

describe('init', () => {
  test('makes private folders, a configuration that loads, and entries with an absolute path', async () => {
    const { code, stdout } = await init('--yes', '--agents', 'claude-code')
    expect(code).toBe(0)
    for (const folder of ['', 'data', 'data/keys'])
      expect(mode(join(home, '.portcullis', folder))).toBe(0o700)
    expect(mode(join(home, '.portcullis', 'portcullis.yaml'))).toBe(0o600)
    expect(mode(settings())).toBe(0o600)
    const { hooks } = JSON.parse(readFileSync(settings(), 'utf8'))
    const [{ matcher, hooks: entries }] = hooks.PreToolUse
    expect(matcher).toBe('*')
    expect(entries).toEqual([
      {
        type: 'command',
        command: expect.stringMatching(
          /^'\/.*\/bin\/portcullis-hook' claude-code --home '.*\/\.portcullis'$/,
        ),
        timeout: 10,
        onFailure: 'block',
      },
    ])
    expect(stdout).toContain('+++ ')
  })

  test('a second time changes nothing', async () => {
    write('{ "model": "x" }')
    await init('--yes')
    const before = readFileSync(settings(), 'utf8')
    const { code, stdout } = await init('--yes')
    expect(code).toBe(0)
    expect(stdout).toContain('nothing to do')
    expect(readFileSync(settings(), 'utf8')).toBe(before)
    expect(backups()).toHaveLength(1)
  })

  test('keeps what is there, the mode of the file and a backup for its owner alone', async () => {
    const text =
      '{\n\t"model": "x",\n\t"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "say"}]}]}\n}\n'
    write(text, 0o640)
    await init('--yes')
    const after = readFileSync(settings(), 'utf8')
    expect(JSON.parse(after)).toMatchObject({
      model: 'x',
      hooks: { Stop: [{ hooks: [{ command: 'say' }] }] },
    })
    expect(after).toContain('\n\t"model"')
    expect(mode(settings())).toBe(0o640)
    const [backup] = backups()
    expect(readFileSync(join(home, '.claude', backup!), 'utf8')).toBe(text)
    expect(mode(join(home, '.claude', backup!))).toBe(0o600)
  })

  test('a dry run changes nothing and shows everything', async () => {
    write('{}')
    const { stdout, code } = await init('--dry-run')
    expect(code).toBe(0)
    expect(stdout).toContain('portcullis-hook')
    expect(stdout).toContain('dry run')
    expect(readFileSync(settings(), 'utf8')).toBe('{}')
    expect(existsSync(join(home, '.portcullis'))).toBe(false)
  })

  test('asks at a terminal, and only yes means yes', async () => {
    write('{}')
    const no = await runHere(['init'], { env, answer: 'n' })
    expect(no).toMatchObject({ code: 1, stdout: expect.stringContaining('nothing was changed') })
    expect(readFileSync(settings(), 'utf8')).toBe('{}')
    expect((await runHere(['init'], { env, answer: 'yes' })).code).toBe(0)
    expect(readFileSync(settings(), 'utf8')).toContain('portcullis-hook')
  })

  test('without a terminal and without --yes it does nothing', async () => {
    write('{}')
    const { code, stderr } = await init()
    expect(code).toBe(2)
    expect(stderr).toContain('--yes')
    expect(existsSync(join(home, '.portcullis'))).toBe(false)
  })

  test.each([
    ['{\n  "model": "x",\n}', 'line 3, column 1'],
    ['{\n  // a comment\n}', 'line 2, column 3'],
    ['{"a": 1, "a": 2}', 'the same key stands twice'],
    ['[]', 'not a JSON object'],
    ['{"hooks": []}', '`hooks` (line 1)'],
    ['{\n"hooks": {\n"PreToolUse": {}}}', '`hooks.PreToolUse` (line 3)'],
    ['{"key": "sk-ant-oops', 'line 1'],
  ])('refuses settings such as %j, and nothing was changed', async (text, message) => {
    write(text)
    const { code, stderr } = await init('--yes')
    expect(code).not.toBe(0)
    expect(stderr).toContain(message)
    expect(stderr).toContain(settings())
    expect(stderr).not.toContain('sk-ant-oops')
    expect(readFileSync(settings(), 'utf8')).toBe(text)
    expect(existsSync(join(home, '.portcullis'))).toBe(false)
  })

  test('refuses a bad configuration before it writes anything', async () => {
    mkdirSync(join(home, '.portcullis'), { mode: 0o700 })
    writeFileSync(join(home, '.portcullis', 'portcullis.yaml'), 'nonsense: 1\n', { mode: 0o600 })
    write('{}')
    const { code, stderr } = await init('--yes')
    expect(code).toBe(2)
    expect(stderr).toContain('portcullis.yaml')
    expect(readFileSync(settings(), 'utf8')).toBe('{}')
  })

  test('writes through a link to the file behind it', async () => {
    mkdirSync(join(home, '.claude'))
    mkdirSync(join(home, 'dotfiles'))
    writeFileSync(join(home, 'dotfiles', 'claude.json'), '{}')
    symlinkSync(join(home, 'dotfiles', 'claude.json'), settings())
    await init('--yes')
    expect(lstatSync(settings()).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(home, 'dotfiles', 'claude.json'), 'utf8')).toContain('portcullis-hook')
    await uninstall('--yes')
    expect(readFileSync(join(home, 'dotfiles', 'claude.json'), 'utf8')).toBe('{}')
  })

  test('finds the settings where CLAUDE_CONFIG_DIR says', async () => {
    const folder = join(home, 'elsewhere')
    await runHere(['init', '--yes', '--agents', 'claude-code'], {
      env: { ...env, CLAUDE_CONFIG_DIR: folder },
    })
    expect(readFileSync(join(folder, 'settings.json'), 'utf8')).toContain('portcullis-hook')
    expect(existsSync(settings())).toBe(false)
  })

  test('sets up no agent that is not there, and refuses one it does not know', async () => {
    const { stdout } = await init('--yes')
    expect(stdout).toContain('no agent was found')
    expect(existsSync(settings())).toBe(false)
    expect(await init('--yes', '--agents', 'claude-code,other')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('unknown agent `other`'),
    })
  })

  test('makes a home folder that others can read private again', async () => {
    mkdirSync(join(home, '.portcullis'), { mode: 0o755 })
    chmodSync(join(home, '.portcullis'), 0o755)
    await init('--yes')
    expect(mode(join(home, '.portcullis'))).toBe(0o700)
  })

  test('does not show a key that stands in the settings', async () => {
    const key = `ghp_${'q7Rk2ZpV9xLm4TnB8sWd3HfY6cJg1A'}0q7Jan`
    write(JSON.stringify({ env: { TOKEN: key } }, null, 2))
    const { stdout } = await init('--yes')
    expect(stdout).toContain('portcullis-hook')
    expect(stdout).not.toContain(key)
    expect(readFileSync(settings(), 'utf8')).toContain(key)
  })

  test('answers in JSON', async () => {
    write('{}')
    const { stdout } = await init('--yes', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      applied: true,
      agents: ['claude-code'],
      files: [{ file: settings(), change: 'update', backup: expect.stringContaining('portcullis-backup') }],
    })
    expect(JSON.parse((await init('--yes', '--json')).stdout)).toMatchObject({ applied: false })
  })

  test('proves the hook it has entered', async () => {
    const { stdout, code } = await init('--yes', '--agents', 'claude-code')
    expect(code).toBe(0)
    expect(stdout).toMatch(/Claude Code: its hook refused a deletion of the home folder in \d+ ms/)
    expect(existsSync(home)).toBe(true)
  })

  test('writes managed settings of every agent below a folder, and overwrites none', async () => {
    const { code, stdout } = await init('--managed', '--out', join(home, 'fleet'))
    expect(code).toBe(0)
    const file = join(home, 'fleet', 'etc', 'claude-code', 'managed-settings.json')
    expect(stdout).toContain(file)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveProperty('hooks.PreToolUse')
    expect((await init('--managed', '--out', join(home, 'fleet'))).code).not.toBe(0)
  })

  test('makes a plugin whose hooks are those that init enters', async () => {
    const folder = join(home, 'plugin')
    const { code, stderr } = await init('--plugin', folder)
    expect(code).toBe(0)
    expect(stderr).toContain('claude plugin install guard@portcullis')
    const { hooks } = JSON.parse(readFileSync(join(folder, 'guard', 'hooks', 'hooks.json'), 'utf8'))
    const managed = JSON.parse((await init('--managed')).stdout)
    expect(hooks).toEqual(managed.hooks)
    expect(existsSync(settings())).toBe(false)
  })

  test('prints managed settings and changes nothing', async () => {
    const { stdout, stderr } = await init('--managed')
    expect(JSON.parse(stdout)).toMatchObject({
      requiredMinimumVersion: '2.1.295',
      hooks: { PreToolUse: [{ matcher: '*' }] },
    })
    expect(stderr).toContain('/etc/claude-code/managed-settings.json')
    expect(readdirSync(home)).toEqual([])
  })
})

describe('uninstall', () => {
  test('removes the file that only init made', async () => {
    await init('--yes', '--agents', 'claude-code')
    expect((await uninstall('--yes')).code).toBe(0)
    expect(existsSync(settings())).toBe(false)
    expect(existsSync(join(home, '.portcullis', 'portcullis.yaml'))).toBe(true)
  })

  test('keeps what changed in between', async () => {
    write('{"model": "x"}')
    await init('--yes')
    const between = { ...JSON.parse(readFileSync(settings(), 'utf8')), theme: 'dark' }
    writeFileSync(settings(), JSON.stringify(between))
    await uninstall('--yes')
    expect(JSON.parse(readFileSync(settings(), 'utf8'))).toEqual({ model: 'x', theme: 'dark' })
  })

  test('is not stopped by files that only have the name of a backup', async () => {
    write('{"model": "x"}')
    await init('--yes', '--agents', 'claude-code')
    writeFileSync(`${settings()}.portcullis-backup-zz`, 'no JSON')
    mkdirSync(`${settings()}.portcullis-backup-zzz`)
    expect((await uninstall('--yes')).code).toBe(0)
    expect(readFileSync(settings(), 'utf8')).toBe('{"model": "x"}')
  })

  test('without hooks of ours does nothing', async () => {
    write('{ "hooks": {} }')
    expect((await uninstall('--yes')).stdout).toContain('nothing to do')
    expect(readFileSync(settings(), 'utf8')).toBe('{ "hooks": {} }')
  })

  test('refuses an agent', async () => {
    await init('--yes', '--agents', 'claude-code')
    const { code, stderr } = await runHere(['uninstall', '--yes'], { env: { ...env, CLAUDECODE: '1' } })
    expect(code).toBe(2)
    expect(stderr).toContain('an agent may not take the guard away')
    expect(readFileSync(settings(), 'utf8')).toContain('portcullis-hook')
  })

  test('--purge deletes our folder and nothing that is not ours', async () => {
    await init('--yes', '--agents', 'claude-code')
    await uninstall('--yes', '--purge')
    expect(existsSync(join(home, '.portcullis'))).toBe(false)
    const { code, stderr } = await runHere(['uninstall', '--yes', '--purge'], {
      env: { ...env, PORTCULLIS_HOME: home },
    })
    expect(code).not.toBe(0)
    expect(stderr).toContain('does not look like a folder that only Portcullis uses')
    expect(existsSync(home)).toBe(true)
  })
})

const spaces = fc.constantFrom('', ' ', '  ', '\t')
const hook = fc.record({ type: fc.constant('command'), command: fc.string() })
const groups = fc.array(fc.record({ matcher: fc.string(), hooks: fc.array(hook) }))
const hooks = fc.dictionary(fc.constantFrom('PreToolUse', 'PostToolUse', 'Stop'), groups)
const anySettings = fc
  .tuple(fc.dictionary(fc.string(), fc.jsonValue()), fc.option(hooks))
  .map(([others, present]) => {
    const { hooks: _hooks, ...rest } = others
    return present === null ? rest : { ...rest, hooks: present }
  })

property.prop([anySettings, spaces, fc.constantFrom('', '\n')], { numRuns: 100 })(
  'removal gives back the very bytes that installation found',
  (value, indent, end) => {
    const text = JSON.stringify(value, null, indent) + end
    write(text)
    const file = claudeCodeSetup.hookFile({ home, env })
    planInstall(file, { command: '/opt/bin/portcullis-hook claude-code', timeout: 10 }).apply(0)
    expect(readFileSync(settings(), 'utf8')).toContain('portcullis-hook')
    planRemoval(file).apply(0)
    expect(readFileSync(settings(), 'utf8')).toBe(text)
    expect(backups()).toEqual([])
  },
)
