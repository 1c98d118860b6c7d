import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Place, scratchPlace } from './place.ts'

let place: Place
beforeEach(() => {
  place = scratchPlace()
  place.write(
    'rules.toml',
    `[[rules]]\nid = 'slow'\nregex = 'acme(?:a+)+!'\n[[rules]]\nid = 'php'\nregex = 'globex_[a-z0-9]{8}'\npath = '\\.php$'\n`,
  )
})
afterEach(() => place.remove())

describe('scan with rules of a gitleaks configuration', () => {
  test('finds what they find, in the files they are for', async () => {
    place.write('a.php', 'globex_k3j9x2m4\n')
    place.write('a.js', 'globex_k3j9x2m4\n')
    const { code, out } = await place.scan('--rules', 'rules.toml', 'a.php', 'a.js')
    expect(code).toBe(1)
    expect(out).toContain('a.php:1:1  secret.user-php  likely')
    expect(out).not.toContain('a.js:')
    expect(out).not.toContain('k3j9x2m4')
    expect((await place.scan('a.php', 'a.js')).code).toBe(0)
  })

  test('is not whole when a rule did not end in its time', async () => {
    place.write('a.txt', `acme${'a'.repeat(60)}\n`)
    const { code, out } = await place.scan('--rules', 'rules.toml', 'a.txt')
    expect(code).toBe(3)
    expect(out).toContain('a.txt: skipped, line 1: a rule of your own did not end in its time')
  })

  test('refuses a file it cannot read, or understand', async () => {
    const missing = await place.scan('--rules', 'none.toml', '.')
    expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('cannot be read (ENOENT)')])
    place.write('bad.toml', 'rulez = []\n')
    const bad = await place.scan('--rules', 'bad.toml', '.')
    expect([bad.code, bad.err]).toEqual([2, expect.stringContaining('bad.toml:1: unknown key `rulez`')])
  })
})
