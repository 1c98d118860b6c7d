import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openExaminer } from '../../src/enforcement/scan/settings.ts'
import { type Place, scratchPlace, token } from './place.ts'

let place: Place
beforeEach(() => {
  place = scratchPlace()
})
afterEach(() => place.remove())

const secretLine = (seed = 0) => `key = '${token(seed)}'\n`
const MB = 1024 * 1024

/** A file of any size that takes no room: text at some places, nothing between. */
function sparse(name: string, size: number, texts: Readonly<Record<number, string>>): void {
  const descriptor = openSync(join(place.folder, name), 'w')
  ftruncateSync(descriptor, size)
  for (const [at, text] of Object.entries(texts)) writeSync(descriptor, text, Number(at))
  closeSync(descriptor)
}

describe('large files', () => {
  test('a secret across every border of a window is found once, at its line', async () => {
    const line = `${'x'.repeat(63)}\n`
    const text = Buffer.from(line.repeat((20 * MB) / 64))
    for (const [seed, at] of [1 * MB, 4 * MB, 8 * MB, 12 * MB, 16 * MB].entries())
      text.write(` ${token(seed)} `, at - 20)
    place.write('big.txt', text)
    const { code, out } = await place.scan('big.txt')
    expect(code).toBe(1)
    expect(out.match(/secret\.github-pat/g)).toHaveLength(5)
    expect(out).toContain(`big.txt:${(1 * MB) / 64}:46  secret.github-pat`)
    // each of the tokens before stands in the place of a line break
    expect(out).toContain(`big.txt:${(16 * MB) / 64 - 4}:46  secret.github-pat`)
  })

  test('one of 2 GB and more that is no text is named without being read to its end', async () => {
    sparse('disk.img', 2200 * MB, {})
    const begun = performance.now()
    const { code, out } = await place.scan('.')
    expect(code).toBe(0)
    expect(out).toContain('disk.img: skipped, binary')
    expect(performance.now() - begun).toBeLessThan(10_000)
  })

  test('one that is staged is streamed from git', async () => {
    place.git('init', '-q')
    place.write(
      'large.txt',
      Buffer.concat([Buffer.alloc(34 * MB, 'words \n'), Buffer.from(`\n${secretLine()}`)]),
    )
    place.write('small.txt', secretLine(1))
    place.git('add', '-A')
    const { out } = await place.scan('--staged')
    expect(out).toMatch(/^large\.txt:\d+:8 {2}secret\.github-pat/m)
    expect(out).toContain('small.txt:1:8  secret.github-pat')
  })

  test('one that is text is read in pieces, in UTF-16 too', async () => {
    const words = Buffer.from('words\n'.repeat((5 * MB) / 6), 'utf16le')
    place.write('wide.txt', Buffer.concat([words, Buffer.from(secretLine(), 'utf16le')]))
    const { out } = await place.scan('.')
    expect(out).toContain('wide.txt:873814:8  secret.github-pat')
  })
})

describe('encodings', () => {
  test('UTF-16 of both orders without a mark, and a mark that moves no column', async () => {
    place.write('le.txt', Buffer.from(secretLine(0), 'utf16le'))
    place.write('be.txt', Buffer.from(secretLine(1), 'utf16le').swap16())
    place.write('marked.txt', `\ufeff${secretLine(2)}`)
    const { out } = await place.scan('.')
    for (const name of ['le.txt', 'be.txt', 'marked.txt'])
      expect(out).toContain(`${name}:1:8  secret.github-pat`)
  })

  test('--binary looks for what names itself in binary files, and for nothing else', async () => {
    const bytes = [0, 1, 2, 3, 255, 254]
    place.write(
      'app.exe',
      Buffer.concat([Buffer.from(bytes), Buffer.from(` ${token()} `), Buffer.from(bytes)]),
    )
    place.write('guess.exe', Buffer.concat([Buffer.from(bytes), Buffer.from('\npassword = "Xk29vbQ7m"\n')]))
    expect((await place.scan('.')).code).toBe(0)
    const { code, out } = await place.scan('--binary', '.')
    expect(code).toBe(1)
    expect(out).toContain('app.exe:1:8  secret.github-pat')
    expect(out).toContain('2 files scanned, 1 secret found')
  })
})

describe('what is no regular file', () => {
  test('links are not followed, so no loop is walked; pipes and sockets are named and never opened', async () => {
    place.write('a/real.txt', 'clean\n')
    symlinkSync('..', join(place.folder, 'a/up'))
    symlinkSync('nowhere', join(place.folder, 'a/dangling'))
    execFileSync('mkfifo', [join(place.folder, 'pipe')])
    const server = createServer().listen(join(place.folder, 'socket'))
    await new Promise(resolve => server.once('listening', resolve))
    const { code, out } = await place.scan('.')
    server.close()
    expect(code).toBe(0)
    expect(out).toContain('pipe: skipped, a pipe')
    expect(out).toContain('socket: skipped, a socket')
    expect(out).toContain('1 file scanned')
  })

  test('names that are not UTF-8 hide nothing', async () => {
    const odd = (name: string) =>
      Buffer.concat([Buffer.from(`${place.folder}/`), Buffer.from(name, 'latin1')])
    writeFileSync(odd('caf\xe9.txt'), secretLine(0))
    writeFileSync(odd('caf\xe8.txt'), secretLine(1))
    const { code, out } = await place.scan('.')
    expect(code).toBe(1)
    expect(out.match(/^caf\ufffd\.txt:1:8 {2}secret\.github-pat/gm)).toHaveLength(2)
    expect(out).toContain('2 files scanned, 2 secrets found')
    mkdirSync(odd('d\xe9'))
    expect((await place.scan('.')).out).toContain('d\ufffd: skipped, a folder whose name is not UTF-8')
  })

  test('named themselves, they exit 3', async () => {
    execFileSync('mkfifo', [join(place.folder, 'pipe')])
    const { code, out } = await place.scan('pipe')
    expect(code).toBe(3)
    expect(out).toContain('pipe: skipped, not a regular file')
  })

  test.skipIf(process.getuid?.() === 0)('a folder that cannot be read exits 3', async () => {
    mkdirSync(join(place.folder, 'closed'))
    chmodSync(join(place.folder, 'closed'), 0)
    const { code, out } = await place.scan('.')
    expect(code).toBe(3)
    expect(out).toContain('closed: skipped, cannot be read (EACCES)')
  })
})

test('a file that vanished, or is no file any more, is named', async () => {
  const examiner = await openExaminer({
    honoursComments: true,
    binary: false,
    archiveDepth: 3,
    rules: [],
    subjects: ['secrets'],
  })
  const gone = await examiner.file(join(place.folder, 'gone.txt'), 'gone.txt')
  expect(gone.skipped).toEqual([{ path: 'gone.txt', why: 'cannot be read (ENOENT)', incomplete: true }])
  const folder = await examiner.file(place.folder, 'folder')
  expect(folder.skipped).toEqual([{ path: 'folder', why: 'not a regular file', incomplete: true }])
})

describe('what is left out', () => {
  test('patterns of .portcullisignore, in its folder and below, and of --exclude', async () => {
    place.write('.portcullisignore', '# fixtures\ntest/\n*.snap\n!keep.snap\n')
    place.write('test/a.ts', secretLine())
    place.write('src/a.snap', secretLine())
    place.write('src/keep.snap', 'clean\n')
    place.write('docs/.portcullisignore', 'a.md\n')
    place.write('docs/a.md', secretLine())
    place.write('a.md', secretLine())
    const { code, out } = await place.scan('.')
    expect(code).toBe(1)
    expect(out).toContain('a.md:1:8')
    expect(out).toContain('1 secret found, 3 left out by patterns')
    expect((await place.scan('--exclude', '/a.md', '.')).code).toBe(0)
    // the file above a folder that is named counts, what is named itself is scanned
    expect((await place.scan('docs')).code).toBe(0)
    expect((await place.scan('src')).out).toContain('1 left out by patterns')
    expect((await place.scan('test/a.ts')).code).toBe(1)
  })

  test('what git ignores, only when asked', async () => {
    place.write('.gitignore', '.env\n')
    place.write('.env', secretLine())
    expect((await place.scan('.')).code).toBe(1)
    const { code, out } = await place.scan('--respect-gitignore', '.')
    expect(code).toBe(0)
    expect(out).toContain('1 left out by patterns')
  })

  test('comments are counted, and --no-allow-comments overrules them', async () => {
    place.write(
      'a.ts',
      `${secretLine().trim()} // portcullis:allow\n${secretLine(1).trim()} # gitleaks:allow\n`,
    )
    const { code, out } = await place.scan('.')
    expect(code).toBe(0)
    expect(out).toContain('2 allowed by a comment')
    expect((await place.scan('--no-allow-comments', '.')).out).toContain('2 secrets found')
  })
})

describe('baselines', () => {
  test('one of another version is refused with what to do', async () => {
    place.write('base.json', JSON.stringify({ version: 2, key: '', fingerprints: [] }))
    const { code, err } = await place.scan('--baseline', 'base.json', '.')
    expect(code).toBe(2)
    expect(err).toContain('is a baseline of version 2; this program reads version 1')
    expect(err).toContain('--update-baseline')
  })

  test('what is gone is counted, and lines that move do not matter', async () => {
    place.write('a.ts', secretLine())
    place.write('b.ts', secretLine(1))
    await place.scan('--baseline', 'base.json', '--update-baseline', 'a.ts', 'b.ts')
    place.write('a.ts', `\n\n${secretLine()}`)
    place.write('b.ts', 'clean\n')
    const { code, out } = await place.scan('--baseline', 'base.json', 'a.ts', 'b.ts')
    expect(code).toBe(0)
    expect(out).toContain('1 in the baseline, 1 of the baseline gone')
  })
})

test('many files are shared among threads and give the same report as one after the other', async () => {
  for (let at = 0; at < 1500; at++)
    place.write(
      `d${at % 20}/${at}.txt`,
      `${'some text\n'.repeat(400)}${at % 100 === 0 ? secretLine(at % 8) : ''}`,
    )
  const { code, out } = await place.scan('--format', 'json', '.')
  expect(code).toBe(1)
  const { findings, files } = JSON.parse(out) as { findings: { path: string }[]; files: number }
  expect(files).toBe(1500)
  const paths = findings.map(({ path }) => path)
  expect(paths).toHaveLength(15)
  expect(paths).toEqual(paths.toSorted())
})

test('a stream that ends in the middle of a token says nothing of it', async () => {
  const { code, out } = await place.scanInput(Buffer.from(`clean\nkey = '${token().slice(0, 14)}`))
  expect(code).toBe(0)
  expect(out).toContain('1 file scanned, 0 secrets found')
})
