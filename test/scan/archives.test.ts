import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeZip } from './make-zip.ts'
import { type Place, scratchPlace, token } from './place.ts'

let place: Place
beforeEach(() => {
  place = scratchPlace()
})
afterEach(() => place.remove())

const secretLine = (seed = 0) => `# settings\nkey = '${token(seed)}'\n`

function tar(files: Readonly<Record<string, string | Uint8Array>>): Promise<Uint8Array> {
  return packTar(
    Object.entries(files).map(([name, content]) => {
      const body = Buffer.from(content)
      return { header: { name, size: body.length, type: 'file' as const }, body }
    }),
  )
}

const hasZip = spawnSync('zip', ['-v']).status === 0

describe('a secret is found in', () => {
  test('a tar archive, bare and compressed in each way', async () => {
    const archive = await tar({ 'src/a.env': secretLine(), 'src/b.txt': 'clean\n' })
    place.write('a.tar', archive)
    place.write('a.tar.gz', gzipSync(archive))
    place.write('a.tar.zst', zstdCompressSync(archive))
    place.write('a.tar.br', brotliCompressSync(archive))
    const { code, out } = await place.scan('.')
    expect(code).toBe(1)
    for (const name of ['a.tar', 'a.tar.gz', 'a.tar.zst', 'a.tar.br'])
      expect(out).toContain(`${name}!/src/a.env:2:8  secret.github-pat`)
    expect(out).toContain('8 files scanned, 4 secrets found')
  })

  test('a compressed file', async () => {
    place.write('app.log.gz', gzipSync(secretLine()))
    expect((await place.scan('.')).out).toContain('app.log.gz!/app.log:2:8  secret.github-pat')
  })

  test('a zip archive, under any name and nested', async () => {
    const jar = makeZip([{ name: 'in/a.env', content: secretLine() }])
    place.write('lib.jar', jar)
    place.write('outer.zip', makeZip([{ name: 'lib.jar', content: jar }]))
    place.write('bundle.tgz', gzipSync(await tar({ 'x.txt': 'clean' })))
    const { out } = await place.scan('lib.jar', 'outer.zip', 'bundle.tgz')
    expect(out).toContain('lib.jar!/in/a.env:2:8')
    expect(out).toContain('outer.zip!/lib.jar!/in/a.env:2:8')
    expect(out).toContain('3 files scanned, 2 secrets found')
  })

  test('a zip archive that is too large for memory', async () => {
    const filler = randomBytes(9 * 1024 * 1024).toString('base64')
    const entries = ['first', 'last'].map(name => ({
      name: `${name}.txt`,
      content: `${filler}\n${secretLine()}`,
    }))
    place.write('large.zip', makeZip(entries))
    const { out } = await place.scan('large.zip')
    expect(out).toContain('large.zip!/first.txt:3:8  secret.github-pat')
    expect(out).toContain('large.zip!/last.txt:3:8  secret.github-pat')
  })

  test.skipIf(!hasZip)('a zip archive by the real program', async () => {
    place.write('in/a.env', secretLine())
    execFileSync('zip', ['-q', 'real.zip', 'in/a.env'], { cwd: place.folder })
    expect((await place.scan('real.zip')).out).toContain('real.zip!/in/a.env:2:8')
  })

  test('what is staged and in the history', async () => {
    place.git('init', '-q')
    place.write('a.zip', makeZip([{ name: 'a.env', content: secretLine() }]))
    place.git('add', '-A')
    expect((await place.scan('--staged')).out).toContain('a.zip!/a.env:2:8')
    expect((await place.scan('--history')).out).toContain('a.zip!/a.env:2:8')
  })

  test('an archive on stdin', async () => {
    const { code, out } = await place.scanInput(gzipSync(await tar({ a: secretLine() })))
    expect(code).toBe(1)
    expect(out).toContain('<stdin>!/a:2:8')
  })
})

test('archives are opened three deep, and what lies deeper is said and exits 3', async () => {
  let nest = await tar({ 'a.env': secretLine() })
  for (let level = 2; level <= 3; level++) nest = await tar({ [`${level}.tar`]: nest })
  place.write('three.tar', nest)
  expect((await place.scan('three.tar')).code).toBe(1)
  place.write('four.tar', await tar({ 'x.tar': nest }))
  const { code, out } = await place.scan('four.tar')
  expect(code).toBe(3)
  expect(out).toContain('nested more than 3 archives deep')
  expect((await place.scan('--archive-depth', '4', 'four.tar')).code).toBe(1)
})

test('--archive-depth 0 opens none, which is what was asked for', async () => {
  place.write('a.tar', await tar({ 'a.env': secretLine() }))
  const { code, out } = await place.scan('--archive-depth', '0', '.')
  expect(code).toBe(0)
  expect(out).toContain('a.tar: skipped, an archive')
})

describe('what cannot be opened is named, and exits 3', () => {
  test('an encrypted entry, one of an unknown method; the others are looked into', async () => {
    const locked = { name: 'locked.env', content: secretLine(), isEncrypted: true }
    place.write('a.zip', makeZip([locked, { name: 'odd.env', content: 'x', method: 14 }]))
    const alone = await place.scan('a.zip')
    expect(alone.code).toBe(3)
    expect(alone.out).toContain('a.zip!/locked.env: skipped, encrypted')
    expect(alone.out).toContain('a.zip!/odd.env: skipped, compressed by method 14')
    place.write('a.zip', makeZip([locked, { name: 'open.env', content: secretLine(1) }]))
    const both = await place.scan('a.zip')
    expect(both.code).toBe(1)
    expect(both.out).toContain('a.zip!/open.env:2:8')
  })

  test('names that climb out of a folder, or hold a token or a line break, hide nothing', async () => {
    const names = ['../../etc/passwd', '/etc/shadow', 'C:\\x', 'line\nbreak', `${token(2)}.txt`, '']
    place.write('a.zip', makeZip(names.map(name => ({ name, content: secretLine() }))))
    const { out } = await place.scan('a.zip')
    expect(out).toContain('6 secrets found')
    expect(out).toContain('a.zip!/../../etc/passwd:2:8')
    expect(out).toContain(String.raw`a.zip!/line\u{a}break:2:8`)
    expect(out).toContain('a.zip!/<masked:github-pat>.txt:2:8')
  })

  test('archives cut short or garbled', async () => {
    const archive = await tar({ 'a.txt': 'clean\n'.repeat(500) })
    place.write('cut.tar', archive.subarray(0, 1500))
    place.write('cut.tgz', gzipSync(archive).subarray(0, 60))
    const garbled = gzipSync(archive)
    garbled.fill(0x55, 20, 40)
    place.write('garbled.gz', garbled)
    const whole = makeZip([{ name: 'a.txt', content: 'clean\n'.repeat(100) }])
    place.write('cut.zip', whole.subarray(0, whole.length - 30))
    const { code, out } = await place.scan('cut.tar', 'cut.tgz', 'garbled.gz', 'cut.zip')
    expect(code).toBe(3)
    for (const name of ['cut.tar', 'cut.tgz', 'garbled.gz', 'cut.zip'])
      expect(out).toMatch(new RegExp(`${name}\\S*: skipped, broken archive`))
  })

  test('formats that cannot be unpacked here', async () => {
    place.write('a.txt.xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]))
    place.write('a.txt.bz2', Buffer.from('BZh91AY&SY and so on', 'latin1'))
    place.write('a.7z', Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4]))
    const { code, out } = await place.scan('a.txt.xz', 'a.txt.bz2', 'a.7z')
    expect(code).toBe(3)
    expect(out).toContain('a.7z: skipped, 7-Zip cannot be unpacked here')
    expect(out).toContain('a.txt.xz: skipped, xz cannot be unpacked here')
    expect(out).toContain('a.txt.bz2: skipped, bzip2 cannot be unpacked here')
    place.write('notes.txt', 'BZh is how bzip2 files begin\n')
    expect((await place.scan('notes.txt')).code).toBe(0)
  })
})

test('a bomb is given up early, whatever it is made of', async () => {
  const words = gzipSync(Buffer.alloc(160 * 1024 * 1024, 'words \n'))
  place.write('bomb.gz', words)
  place.write('bomb.tgz', gzipSync(await tar({ 'a.gz': words, 'b.gz': words })))
  // what is seen to be no text is not unpacked to its end
  place.write('zeros.gz', gzipSync(Buffer.alloc(300 * 1024 * 1024)))
  const { code, out } = await place.scan('.')
  expect(code).toBe(3)
  expect(out).toMatch(/^bomb\.gz: skipped, not read to its end: unpacks to more than \d+ MB$/m)
  expect(out).toMatch(/^bomb\.tgz: skipped, not read to its end: unpacks to more than \d+ MB$/m)
  expect(out).toContain('zeros.gz!/zeros: skipped, binary')
}, 60_000)
