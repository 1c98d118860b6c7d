import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createScratch, type Scratch } from './scratch.ts'

/** Ways to a file system that folds case; which of them a machine has, its kernel decides. */
const ways: readonly ((image: string, folder: string) => void)[] = [
  (_, folder) => run('mount', '-t', 'tmpfs', '-o', 'size=4m,casefold', 'tmpfs', folder),
  (image, folder) => {
    run('truncate', '-s', '64M', image)
    run('mkfs.ext4', '-q', '-F', '-O', 'casefold', '-E', 'encoding=utf8', image)
    run('mount', '-o', 'loop', image, folder)
  },
  (image, folder) => {
    run('truncate', '-s', '16M', image)
    run('mkfs.vfat', image)
    run('mount', '-o', 'loop', image, folder)
  },
]

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: 'pipe', timeout: 20_000 })
}

/** Mounts one and returns its folder; undefined where no way leads there. */
function mountFolding(base: string): string | undefined {
  for (const [index, way] of ways.entries()) {
    const folder = join(base, `disk-${index}`)
    mkdirSync(folder)
    try {
      way(join(base, `image-${index}`), folder)
    } catch {
      continue
    }
    mkdirSync(join(folder, 'folded'))
    try {
      run('chattr', '+F', join(folder, 'folded'))
    } catch {
      // A disk that always folds knows no such switch.
    }
    return folder
  }
  return undefined
}

describe('a file system that folds case', () => {
  const base = mkdtempSync(join(tmpdir(), 'portcullis-folding-'))
  const mounted = process.getuid?.() === 0 ? mountFolding(base) : undefined
  let scratch: Scratch | undefined

  beforeAll(() => {
    if (mounted !== undefined) scratch = createScratch(join(mounted, 'folded'))
  })
  afterAll(() => {
    if (mounted !== undefined) run('umount', mounted)
    rmSync(base, { recursive: true, force: true, maxRetries: 5 })
  })

  it.skipIf(mounted === undefined)(
    'is recognised, and names in any case are the same file (skipped: this kernel mounts none)',
    () => {
      const { home, project } = scratch!
      scratch!.write('.ssh/id_rsa')
      expect(scratch!.touch(join(home, '.SSH/ID_RSA')).opinion).toBe('deny')
      expect(scratch!.run('cat ~/.Ssh/Id_Rsa').opinion).toBe('deny')
      expect(scratch!.touch(join(home, '.PORTCULLIS/x')).opinion).toBe('deny')
      expect(scratch!.touch(join(project, '.CLAUDE/Settings.json'), 'write').opinion).toBe('deny')
      expect(scratch!.run(`rm -rf ${project.toUpperCase()}`).opinion).toBe('deny')
    },
  )
})
