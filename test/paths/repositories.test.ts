import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createScratch, type Scratch } from './scratch.ts'

const isRefused = ['ask', 'deny']
const planted =
  '[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tfsmonitor = "touch /tmp/never-run"\n'

describe('real repositories', () => {
  let scratch: Scratch
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', args, {
      cwd,
      stdio: 'pipe',
      env: {
        PATH: process.env['PATH'],
        HOME: scratch.home,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'a',
        GIT_AUTHOR_EMAIL: 'a@example.org',
        GIT_COMMITTER_NAME: 'a',
        GIT_COMMITTER_EMAIL: 'a@example.org',
      },
    })

  beforeAll(() => {
    scratch = createScratch()
    const { project } = scratch
    git(project, 'init', '-q')
    git(project, 'config', 'core.hooksPath', '.husky')
    scratch.write('project/a.txt')
    git(project, 'add', 'a.txt')
    git(project, 'commit', '-qm', 'one')
    git(project, 'worktree', 'add', '-q', 'tree')
    // A bare repository among the project's files: git takes the folder for one.
    mkdirSync(join(project, 'fixtures'))
    git(project, 'init', '-q', '--bare', 'fixtures/bare')
    git(project, 'init', '-q', '--bare', 'fixtures/evil')
    scratch.write(
      'project/fixtures/evil/config',
      planted.replace('bare = false', 'bare = false\n\tworktree = ..'),
    )
    // A pointer to settings that lie among the project's files.
    git(project, 'init', '-q', '--bare', 'vendor/data')
    scratch.write('project/vendor/data/config', planted)
    scratch.write('project/vendor/lib/.git', 'gitdir: ../data\n')
    // A repository inside the project that came with its files.
    mkdirSync(join(project, 'inner'))
    git(join(project, 'inner'), 'init', '-q')
    mkdirSync(join(project, 'bad'))
    git(join(project, 'bad'), 'init', '-q')
    scratch.write('project/bad/.git/config', planted)
    // Settings in the files that git reads besides: what worktrees share, and what one has for itself.
    scratch.write('project/shared/.git/HEAD', 'ref: refs/heads/main\n')
    scratch.write('project/shared/.git/commondir', '../../common\n')
    scratch.write('project/common/config', planted)
    mkdirSync(join(project, 'single'))
    git(join(project, 'single'), 'init', '-q')
    git(join(project, 'single'), 'config', 'extensions.worktreeConfig', 'true')
    scratch.write('project/single/.git/config.worktree', planted)
    // A pointer to a place that only looks like the project's own.
    scratch.write('project/alike/.git', 'gitdir: there/.git/modules/x\n')
    scratch.write('project/alike/there/.git/modules/x/config', planted)
  })
  afterAll(() => scratch.remove())

  it.each([
    'git -C fixtures/evil status',
    'cd fixtures/evil && git status',
    'cd vendor/lib && git log',
    'git -C vendor/lib diff',
    'cd bad && git status',
    'git --git-dir=bad/.git --work-tree=. status',
    'GIT_DIR=bad/.git git status',
    'cd shared && git status',
    'cd single && git status',
    'cd alike && git status',
    'cd bad/.git && git status',
    'git config core.fsmonitor "touch x"',
    'git config core.hooksPath /tmp/hooks',
    'git -c core.fsmonitor="touch x" status',
    'echo x > .git/hooks/pre-commit',
    'printf "[core]\\nfsmonitor=x" >> .git/config',
    'cp x .git/config',
    'mkdir -p sub/.git && echo x > sub/.git/config',
    'git worktree add .git',
    'rm -rf .git',
    'rm -rf tree/../.git',
  ])('`%s` is refused or asked about', command => {
    expect(isRefused).toContain(scratch.run(command).opinion)
  })

  it.each([
    'git status',
    'git -C tree status',
    'git --git-dir=.git --work-tree=. status',
    'cd tree && git log --oneline',
    'cd fixtures && git status',
    'git -C fixtures/bare log',
    'cd inner && git status',
    'git commit -m x',
    'git add -A && git commit -m "a fix"',
    'git worktree add ../other-tree',
  ])('`%s` is not objected to', command => {
    expect(isRefused).not.toContain(scratch.run(command).opinion)
  })

  it('says which setting would run', () => {
    const { findings } = scratch.run('git -C bad status')
    expect(findings[0]).toMatchObject({ rule: 'command.runs-unknown-code' })
    expect(findings[0]?.message).toContain('core.fsmonitor')
  })
})
