import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Place, scratchPlace, token } from './place.ts'

let place: Place
beforeEach(() => {
  place = scratchPlace()
  place.git('init', '-q', '-b', 'main')
})
afterEach(() => place.remove())

function commit(files: Readonly<Record<string, string>>, message = 'change'): string {
  for (const [name, content] of Object.entries(files)) place.write(name, content)
  place.git('add', '-A')
  place.git('commit', '-q', '-m', message, '--date', '2025-03-04T05:06:07Z')
  return place.git('rev-parse', '--short=12', 'HEAD').trim()
}

const secret = (seed: number) => `a\nkey = '${token(seed)}'\n`

/** Puts something else in the place of a loose object. */
function corrupt(id: string): void {
  const file = join(place.folder, '.git/objects', id.slice(0, 2), id.slice(2))
  chmodSync(file, 0o644)
  writeFileSync(file, 'not an object')
}

describe('--history finds', () => {
  test('what was taken out again, and names its path, first commit and date', async () => {
    const first = commit({ 'src/key.ts': secret(0), 'b.txt': 'clean\n' })
    commit({ 'src/key.ts': 'clean\n', 'copy.txt': secret(0) })
    commit({ 'copy.txt': 'clean\n' })
    const { code, out } = await place.scan('--history')
    expect(code).toBe(1)
    expect(out).toContain(`src/key.ts:2:8  secret.github-pat  likely  secret  ${first} 2025-03-04`)
    expect(out.match(/secret\.github-pat/g)).toHaveLength(1)
  })

  test('what only a stash, another branch, the reflog or the index still holds', async () => {
    commit({ 'a.txt': 'clean\n' })
    place.git('checkout', '-q', '-b', 'topic')
    commit({ 'topic.txt': secret(0) })
    place.git('checkout', '-q', 'main')
    commit({ 'amended.txt': secret(1) })
    place.git('reset', '-q', '--hard', 'HEAD~1')
    place.write('stashed.txt', secret(2))
    place.git('stash', '-q', '-u')
    place.write('staged.txt', secret(3))
    place.git('add', '-A')
    const { out } = await place.scan('--history')
    for (const name of ['topic.txt', 'amended.txt', 'stashed.txt', 'staged.txt'])
      expect(out).toContain(`${name}:2:8  secret.github-pat`)
  })

  test('what only a merge brought in, and what stands in a message or an archive', async () => {
    commit({ 'a.txt': 'clean\n' })
    place.git('checkout', '-q', '-b', 'topic')
    commit({ 'b.txt': 'clean\n' })
    place.git('checkout', '-q', 'main')
    commit({ 'c.txt': 'clean\n' })
    place.git('merge', '-q', '--no-commit', 'topic')
    const merge = commit({ 'evil.txt': secret(0) }, `merge, with ${token(1)}`)
    const { out } = await place.scan('--history')
    expect(out).toContain(`evil.txt:2:8  secret.github-pat  likely  secret  ${merge}`)
    expect(out).toContain(`commit ${merge}:1:13  secret.github-pat  likely  secret  ${merge}`)
  })
})

test('--range and --since narrow it', async () => {
  commit({ 'old.txt': secret(0) })
  place.git('tag', 'v1')
  commit({ 'old.txt': 'clean\n', 'new.txt': secret(1) })
  const { out } = await place.scan('--history', '--range', 'v1..main')
  expect(out).toContain('new.txt:2:8')
  expect(out).not.toContain('old.txt')
  expect((await place.scan('--history', '--since', '2090-01-01')).code).toBe(0)
  const unknown = await place.scan('--history', '--range', 'nowhere..main')
  expect(unknown.code).toBe(3)
  expect(unknown.err).toContain('git could not find the revisions `nowhere..main`')
  expect((await place.scan('--history', '--range=--output=x')).code).toBe(2)
})

test('patterns leave a content out only when all its paths are left out', async () => {
  commit({ 'vendor/a.txt': secret(0), '.portcullisignore': 'vendor/\n' })
  expect((await place.scan('--history')).code).toBe(0)
  commit({ 'src/a.txt': secret(0) })
  const { code, out } = await place.scan('--history')
  expect(code).toBe(1)
  expect(out).toContain('src/a.txt:2:8')
})

describe('a damaged repository', () => {
  test('with a corrupt content: it is named, the rest is scanned, exit 3', async () => {
    commit({ 'a.txt': 'first\n', 'b.txt': 'second\n', 'c.txt': 'third\n' })
    corrupt(place.git('rev-parse', 'HEAD:b.txt').trim())
    const { code, out } = await place.scan('--history')
    expect(code).toBe(3)
    expect(out).toMatch(/^b\.txt: skipped, git cannot read its object [0-9a-f]{12}$/m)
    expect(out).toContain('3 files scanned')
  })

  test('with a corrupt folder: everything git holds is scanned all the same', async () => {
    commit({ 'src/a.txt': secret(0) })
    commit({ 'b.txt': secret(1) })
    corrupt(place.git('rev-parse', 'HEAD~1:src').trim())
    const { code, out } = await place.scan('--history')
    expect(code).toBe(1)
    expect(out).toMatch(/the history: skipped, git cannot walk it/)
    expect(out.match(/secret\.github-pat/g)).toHaveLength(2)
  })

  test('with a missing content: it is named and nothing is fetched', async () => {
    commit({ 'a.txt': 'first\n' })
    const id = place.git('rev-parse', 'HEAD:a.txt').trim()
    rmSync(join(place.folder, '.git/objects', id.slice(0, 2), id.slice(2)))
    const { code, out } = await place.scan('--history')
    expect(code).toBe(3)
    expect(out).toContain(`blob ${id.slice(0, 12)}: skipped, missing here`)
  })

  test('that is a partial clone: what is missing is counted, and nothing is fetched', async () => {
    for (let at = 0; at < 14; at++) commit({ 'a.txt': `version ${at}\n` })
    place.git('config', 'uploadpack.allowFilter', 'true')
    place.git('clone', '-q', '--filter=blob:none', `file://${place.folder}`, 'partial')
    const { code, out } = await place.scanIn('partial', '--history')
    expect(code).toBe(3)
    expect(out.match(/^blob [0-9a-f]{12}: skipped, missing here$/gm)).toHaveLength(10)
    expect(out).toContain('the history: skipped, 3 more contents are missing here, as in a partial clone')
    const { out: again } = await place.scanIn('partial', '--history')
    expect(again).toBe(out)
  })

  test('that is shallow: said aloud, exit 3', async () => {
    commit({ 'a.txt': 'first\n' })
    commit({ 'a.txt': 'second\n' })
    place.git('clone', '-q', '--depth', '1', `file://${place.folder}`, 'shallow')
    const { code, out } = await place.scanIn('shallow', '--history')
    expect(code).toBe(3)
    expect(out).toContain('the history: skipped, this is a shallow clone')
  })
})

test('outside of a repository it says so and exits 3', async () => {
  rmSync(join(place.folder, '.git'), { recursive: true })
  const { code, err } = await place.scan('--history')
  expect(code).toBe(3)
  expect(err).toContain('git could not find a repository')
})

test('nothing a repository or its environment names is run', async () => {
  const trap = join(place.folder, 'trap.sh')
  const sprung = join(place.folder, 'sprung')
  place.write('trap.sh', `#!/bin/sh\ntouch '${sprung}'\ncat\n`)
  chmodSync(trap, 0o755)
  commit({ 'a.bin': secret(0), '.gitattributes': '*.bin diff=trap filter=trap\n' })
  for (const key of [
    'core.fsmonitor',
    'core.pager',
    'core.sshCommand',
    'diff.external',
    'diff.trap.textconv',
    'diff.trap.command',
    'filter.trap.clean',
    'filter.trap.smudge',
    'gpg.program',
    'core.askPass',
    'core.editor',
  ])
    place.git('config', key, trap)
  place.git('config', 'log.showSignature', 'true')
  for (const hook of ['post-index-change', 'reference-transaction', 'pre-commit']) {
    place.write(`.git/hooks/${hook}`, `#!/bin/sh\ntouch '${sprung}'\n`)
    chmodSync(join(place.folder, '.git/hooks', hook), 0o755)
  }
  rmSync(sprung, { force: true })
  Object.assign(place.env, { GIT_EXTERNAL_DIFF: trap, GIT_PAGER: trap, GIT_SSH_COMMAND: trap })
  place.write('b.bin', secret(1))
  place.write('.git/index.lock', '')
  expect((await place.scan('--history')).code).toBe(1)
  expect((await place.scan('--staged')).code).toBe(0)
  expect(readdirSync(place.folder)).not.toContain('sprung')
})
