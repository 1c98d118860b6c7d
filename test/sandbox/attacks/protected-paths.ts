import { existsSync, lstatSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { held, type Judge, notMade, type Probe, python, sh, unchanged } from '../probe.ts'
import type { Scene } from '../scene.ts'

const inWork = (name: string) => (at: Scene) => join(at.work, name)
const gitConfig = unchanged(inWork('.git/config'), '[core]\n\tbare = false\n')

/** Nothing new where the host itself would later run or believe what it finds. */
const noHooks: Judge = ({ scene }) => {
  const hooks = join(scene.work, '.git/hooks')
  if (!existsSync(hooks) || !lstatSync(hooks).isDirectory()) return '.git/hooks is gone'
  const found = readdirSync(hooks).filter(name => name !== 'pre-commit.sample')
  return found.length > 0 ? `hooks were made: ${found.join(', ')}` : null
}

const unnamed = [
  '.claude/settings.json',
  '.mcp.json',
  '.git/hooks/post-checkout',
  '.git/config',
  '.vscode/tasks.json',
]
const startFiles = ['.bashrc', '.profile', '.zshenv', '.gitconfig', '.bash_aliases']
const planting = (names: readonly string[]) =>
  `mkdir -p .claude .vscode; for f in ${names.join(' ')}; do echo planted > $f; done`
const nothingPlanted =
  (names: readonly string[]): Judge =>
  ({ scene }) => {
    const found = names.filter(name => {
      const path = join(scene.work, name)
      return (
        statSync(path, { throwIfNoEntry: false })?.isFile() && readFileSync(path, 'utf8').includes('planted')
      )
    })
    return found.length > 0 ? `planted: ${found.join(', ')}` : null
  }

/** Paths that the policy protects though they need not exist yet, and their parents. */
export const protectedPaths: readonly Probe[] = [
  {
    id: 'X01',
    title: 'absent settings of an agent are not created',
    argv: at =>
      sh(at, 'mkdir -p .claude; echo "{}" > .claude/settings.json; cp hello.txt .claude/settings.local.json'),
    judge: held(notMade(inWork('.claude/settings.json')), notMade(inWork('.claude/settings.local.json'))),
    harmless: true,
  },
  {
    id: 'X02',
    title: 'an absent list of servers is not created',
    argv: at =>
      sh(
        at,
        'echo "{}" > .mcp.json; cp hello.txt .mcp.json; mv hello.txt .mcp.json; ln -s hello.txt .mcp.json',
      ),
    judge: notMade(inWork('.mcp.json')),
    harmless: true,
  },
  {
    id: 'X03',
    title: 'no link takes the place of an absent protected folder',
    argv: at =>
      sh(
        at,
        'mkdir evil; echo "{}" > evil/settings.json; ln -s evil .claude; mv evil .claude; rmdir .claude; mv evil .claude; rm -rf .claude; ln -sfn evil .claude',
      ),
    judge: ({ scene }) =>
      existsSync(join(scene.work, '.claude/settings.json')) ? 'the settings are there' : null,
    harmless: true,
  },
  {
    id: 'X04',
    title: 'no git hook is planted',
    argv: at =>
      sh(
        at,
        'echo "#!/bin/sh" > .git/hooks/post-checkout; ln -s /bin/sh .git/hooks/pre-commit; mv .git/hooks .git/h2; mkdir .git/hooks; cp hello.txt .git/hooks/pre-push',
      ),
    judge: noHooks,
    harmless: true,
  },
  {
    id: 'X05',
    title: 'git’s configuration is not changed in place or replaced',
    argv: at =>
      sh(
        at,
        'echo "[core] fsmonitor=evil" >> .git/config; cp hello.txt .git/config; mv hello.txt .git/config; rm -f .git/config; ln -sf hello.txt .git/config; git config core.hooksPath evil',
      ),
    judge: gitConfig,
    harmless: true,
  },
  {
    id: 'X06',
    title: 'the folder of git is not swapped for another',
    argv: at => sh(at, 'cp -r .git evil; mv .git .git2; mv evil .git; echo x > .git/hooks/post-commit'),
    judge: held(noHooks, gitConfig, notMade(inWork('.git2'))),
    harmless: true,
  },
  {
    id: 'X07',
    title: 'a file that points elsewhere does not take the place of git’s folder',
    argv: at => sh(at, 'mv .git .git2; rm -rf .git; echo "gitdir: evil" > .git'),
    judge: held(gitConfig, ({ scene }) =>
      lstatSync(join(scene.work, '.git')).isDirectory() ? null : 'it is a file',
    ),
    harmless: true,
  },
  {
    id: 'X08',
    title: 'where no git folder is yet, neither a folder nor a file is planted',
    argv: at =>
      sh(
        at,
        'cd fresh; echo "gitdir: ../evil" > .git; mkdir .git; mkdir -p .git/hooks; echo x > .git/hooks/post-checkout',
      ),
    judge: ({ scene }) => {
      const path = join(scene.work, 'fresh/.git')
      const seen = lstatSync(path, { throwIfNoEntry: false })
      return seen && (seen.isFile() ? seen.size > 0 : readdirSync(path).length > 0) ? 'it was planted' : null
    },
    harmless: true,
  },
  {
    id: 'X09',
    title: 'the parent of an absent protected path is not renamed and built anew',
    argv: at => sh(at, 'mv fresh f2; mkdir -p fresh/.git/hooks; echo x > fresh/.git/hooks/post-checkout'),
    judge: notMade(inWork('fresh/.git/hooks/post-checkout')),
    harmless: true,
  },
  {
    id: 'X10',
    title: 'exchanging names by renameat2 plants nothing',
    argv: at =>
      python(
        at,
        `import ctypes, os
libc = ctypes.CDLL(None)
os.makedirs("evil/hooks"); open("evil/config", "w").write("x"); open("evil/settings.json", "w").write("{}"); open("evil/hooks/post-commit", "w").write("x")
for a, b in ((b"evil", b".claude"), (b"evil", b".git"), (b"evil/hooks", b".git/hooks"), (b"evil/config", b".git/config")):
    for flags in (2, 1, 0): libc.renameat2(-100, a, -100, b, flags)`,
      ),
    judge: held(noHooks, gitConfig, notMade(inWork('.claude/settings.json'))),
    harmless: true,
  },
  {
    id: 'X11',
    title: 'no protected path is made in the instant in which the host removes its cover',
    argv: at =>
      sh(
        at,
        'i=0; while [ $i -lt 200 ]; do mkdir .claude; echo "{}" > .claude/settings.json; mkdir fresh/.git; echo "{}" > .mcp.json; i=$((i+1)); done 2> errors',
      ),
    judge: held(notMade(inWork('.claude/settings.json')), notMade(inWork('.mcp.json'))),
    harmless: true,
  },
  {
    id: 'X12',
    title: 'covers of absent paths do not stay behind',
    argv: at => sh(at, 'ls -la . fresh; rmdir .claude fresh/.git; rm -f .mcp.json'),
    judge: held(notMade(inWork('.claude')), notMade(inWork('.mcp.json')), notMade(inWork('fresh/.git'))),
  },
  {
    id: 'X13',
    title: 'a protected file swapped for a link by an earlier run leads no write elsewhere',
    prepare: at => writeFileSync(join(at.work, 'link-target'), 'target\n'),
    policy: at => ({ filesystem: { denyWrite: [join(at.work, 'link-out'), join(at.work, 'locked')] } }),
    argv: at => sh(at, 'rm -f link-out; echo x > link-out; echo x > locked/config.json'),
    judge: held(
      unchanged(inWork('locked/config.json'), '{}\n'),
      unchanged(
        at => join(at.outside, 'secret.txt'),
        at => `${at.canary}\n`,
      ),
    ),
    mayRefuse: true,
    harmless: true,
  },
  {
    id: 'X14',
    title: 'settings of agents and hooks of git are protected though the policy does not name them',
    policy: () => ({ filesystem: { denyWrite: [] } }),
    argv: at => sh(at, planting(unnamed)),
    judge: nothingPlanted(unnamed),
    harmless: true,
  },
  {
    id: 'X16',
    title: 'start files of shells and programs are protected where somebody is at home',
    env: at => ({ HOME: at.work }),
    argv: at => sh(at, planting(startFiles)),
    judge: nothingPlanted(startFiles),
    harmless: true,
  },
  {
    id: 'X15',
    title: 'short runs in the same folder do not take the covers away from a long one',
    argv: at =>
      sh(
        at,
        'i=0; while [ $i -lt 100 ]; do mkdir .claude; echo "{}" > .claude/settings.json; echo "{}" > .mcp.json; mkdir -p fresh/.git/hooks; sleep 0.01; i=$((i+1)); done 2> errors',
      ),
    during: async (_, again) => {
      for (let count = 0; count < 8; count++) await again(['/bin/true'])
    },
    judge: held(
      notMade(inWork('.claude/settings.json')),
      notMade(inWork('.mcp.json')),
      notMade(inWork('fresh/.git/hooks')),
    ),
    harmless: true,
  },
]
