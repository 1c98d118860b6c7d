import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createScratch, type Scratch } from './scratch.ts'

const isRefused = ['ask', 'deny']

describe('paths on a real disk', () => {
  let scratch: Scratch
  beforeAll(() => {
    scratch = createScratch()
    const { home, project } = scratch
    scratch.write('.ssh/id_rsa', 'made up, no key')
    scratch.write('project/src/a.ts')
    scratch.write('project-evil/a.ts')
    mkdirSync(join(project, 'deep/er'), { recursive: true })
    symlinkSync('../.ssh', join(project, 'notes'))
    symlinkSync('notes', join(project, 'chain-1'))
    symlinkSync('chain-1', join(project, 'chain-2'))
    symlinkSync(join(home, '.ssh/id_rsa'), join(project, 'readme.txt'))
    symlinkSync('../.bashrc', join(project, 'dangling.txt'))
    symlinkSync('../.claude/settings.json', join(project, 'absent.json'))
    symlinkSync(join(home, '.ssh'), join(project, 'deep/er/up'))
    symlinkSync('..', join(project, 'parent'))
    symlinkSync('loop-2', join(project, 'loop-1'))
    symlinkSync('loop-1', join(project, 'loop-2'))
    symlinkSync('/dev/tcp', join(project, 'net'))
  })
  afterAll(() => scratch.remove())

  it.each([
    'readme.txt',
    'notes/id_rsa',
    'chain-2/id_rsa',
    'deep/er/up/id_rsa',
    'deep/er/up/../.ssh/id_rsa',
    'notes/../.ssh/id_rsa',
    'parent/.ssh/id_rsa',
    './src/../parent/.ssh//id_rsa',
    'missing/../readme.txt',
  ])('reading %s reads the key behind it', path => {
    expect(scratch.run(`cat ${path}`)).toMatchObject({ opinion: 'deny' })
    expect(scratch.touch(join(scratch.project, path)).opinion).toBe('deny')
  })

  it.each([
    ['dangling.txt', 'command.changes-shell-profile'],
    ['absent.json', 'command.changes-agent-settings'],
  ])('writing %s would make the file it points to', (name, rule) => {
    const judgement = scratch.run(`echo x > ${name}`)
    expect(judgement.opinion).toBe('deny')
    expect(judgement.findings.map(finding => finding.rule)).toContain(rule)
    expect(scratch.touch(join(scratch.project, name), 'write').opinion).toBe('deny')
  })

  it.each([
    'ln -s ~/.ssh l && cat l/id_rsa',
    'ln -s ~/.ssh/id_rsa l; cat < l',
    'ln -sf .. up && cat up/.ssh/id_rsa',
    'mkdir -p x && ln -s ~ x/h && rm -rf x/h/',
    'cd notes && cat id_rsa',
    'cd deep/er && cat ../../readme.txt',
    'cd parent && rm -rf .ssh',
    'cd notes/.. && cat .ssh/id_rsa',
    'cat ~/.ssh/*',
    'cat ~/.s?h/id_*',
    'cat n*/id_rsa',
    'cat no[t]es/id_rsa',
    'cat {src/a.ts,readme.txt}',
    `cat ~root/.ssh/id_rsa`,
    'cat ~"root"/../root/.ssh/id_rsa',
    'cat /proc/self/environ',
    'cat /proc/1/environ',
    'cat /proc/self/../self/environ',
    'cat /proc/*/environ',
    'echo x > /dev/tcp/example.org/80',
    'cat < /dev/tcp/example.org/80',
    'exec 3<>/dev/tcp/example.org/80',
    'rm -rf loop-1/../..',
    'rm -rf parent/',
  ])('`%s` is refused or asked about', command => {
    expect(isRefused).toContain(scratch.run(command).opinion)
  })

  it.each([
    'cat src/a.ts',
    'cat deep/er/../../src/a.ts',
    'cd src && cat a.ts',
    'ls loop-1',
    'rm -rf deep/er',
  ])('`%s` is not objected to', command => {
    expect(isRefused).not.toContain(scratch.run(command).opinion)
  })

  it('tells a folder from one whose name begins alike', () => {
    expect(scratch.touch(join(scratch.home, 'project-evil/a.ts')).opinion).toBe('none')
    expect(scratch.touch(join(scratch.home, 'project-evil/a.ts'), 'write').opinion).toBe('ask')
    expect(scratch.touch(join(scratch.project, 'src/a.ts'), 'write').opinion).toBe('none')
    expect(scratch.run('echo x > ../project-evil/a.ts').opinion).toBe('ask')
    expect(scratch.touch(`${scratch.home}/.portcullis-notes/x`).opinion).toBe('none')
    expect(scratch.touch(`${scratch.home}/.portcullis/x`).opinion).toBe('deny')
  })

  it('protects files that do not exist yet', () => {
    for (const name of [
      '.claude/settings.local.json',
      '.codex/config.toml',
      '.git/hooks/pre-commit',
      '.mcp.json',
    ])
      expect(isRefused).toContain(scratch.touch(join(scratch.project, name), 'write').opinion)
    expect(isRefused).toContain(
      scratch.run('mkdir -p .claude && cd .claude && echo {} > settings.json').opinion,
    )
  })
})

describe('searches on a real disk', () => {
  let scratch: Scratch
  beforeAll(() => {
    scratch = createScratch()
    scratch.write('.ssh/id_rsa', 'made up, no key')
    scratch.write('project/.env', 'made up')
    symlinkSync('..', join(scratch.project, 'up'))
  })
  afterAll(() => scratch.remove())

  it.each([
    '../.ssh/*',
    'up/.ssh/**',
    '.env',
    '**/.env',
    '**/.env*',
    '../.ssh',
    '../.aws/**',
    '**/id_rsa',
    '../.aws/*.json',
    '**/*.pem',
    '**/*secret*',
    '.e*',
  ])('a search for %s is refused or asked about', path => {
    expect(isRefused).toContain(scratch.touch(join(scratch.project, path), 'search').opinion)
  })

  it.each(['**/*.ts', 'src', '.', '*.md', '**/*', '*.json', 'src/**/*.json', '**/*.yaml', 'config/*.toml'])(
    'a search for %s is not objected to',
    path => {
      expect(isRefused).not.toContain(scratch.touch(join(scratch.project, path), 'search').opinion)
    },
  )

  it('below a home or the root reads the credentials in it', () => {
    for (const path of [
      scratch.home,
      '/',
      '/etc',
      '/root',
      dirname(scratch.home),
      join(scratch.project, 'up'),
    ])
      expect(scratch.touch(path, 'search').opinion).toBe('ask')
  })
})

describe('code on a real disk', () => {
  let scratch: Scratch
  beforeAll(() => {
    scratch = createScratch()
    scratch.write('project/clean.sh', 'rm -rf ~/\n')
    scratch.write('project/ok.sh', 'rm -rf dist\n')
    scratch.write('project/large.sh', `${'#'.repeat(70_000)}\nrm -rf ~/\n`)
    scratch.write('project/binary', '\u007fELF\0rm -rf ~/\n')
    scratch.write('project/closed.sh', 'rm -rf ~/\n')
    chmodSync(join(scratch.project, 'closed.sh'), 0)
    scratch.write('project/Makefile', 'all:\n\trm -rf dist\nwipe:\n\trm -rf ~/\n')
    scratch.write('project/package.json', '{"scripts":{"wipe":"rm -rf ~/","ok":"rm -rf dist"}}')
    scratch.write('elsewhere.sh', 'rm -rf ~/\n')
    symlinkSync('clean.sh', join(scratch.project, 'linked.sh'))
    symlinkSync('../elsewhere.sh', join(scratch.project, 'far.sh'))
    symlinkSync('/dev/zero', join(scratch.project, 'endless.sh'))
    execFileSync('mkfifo', [join(scratch.project, 'pipe.sh')])
    mkdirSync(join(scratch.project, 'folder.sh'))
  })
  afterAll(() => scratch.remove())

  it.each([
    ['bash clean.sh', 'ask'],
    ['./linked.sh', 'ask'],
    ['bash ok.sh', 'none'],
    ['make', 'none'],
    ['make wipe', 'ask'],
    ['npm run wipe', 'ask'],
    ['npm run ok', 'none'],
    ['bash large.sh', 'none'],
    ['./binary', 'none'],
    ['bash pipe.sh', 'none'],
    ['bash folder.sh', 'none'],
    ['bash missing.sh', 'none'],
    ['bash endless.sh', 'ask'],
    ['bash far.sh', 'ask'],
  ])('`%s` is %s', (command, opinion) => {
    expect(scratch.run(command).opinion).toBe(opinion)
  })

  it('sees at once that a file has changed', () => {
    const path = scratch.write('project/changing.sh', 'ls\n')
    expect(scratch.run('bash changing.sh').opinion).toBe('none')
    scratch.write('project/changing.sh', 'rm -rf ~/\n')
    expect(readFileSync(path, 'utf8')).toContain('rm')
    expect(scratch.run('bash changing.sh').opinion).toBe('ask')
  })

  it('reads only so many files for one command', () => {
    const names = Array.from({ length: 40 }, (_, index) => `many-${index}.sh`)
    for (const name of names) scratch.write(`project/${name}`, 'ls\n')
    const started = performance.now()
    expect(scratch.run(names.map(name => `bash ${name}`).join('; ')).opinion).toBe('none')
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})
