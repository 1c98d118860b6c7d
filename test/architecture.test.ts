import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkArchitecture, compareTable, type Tree } from './architecture/check.ts'
import { readImports } from './architecture/imports.ts'
import { hookEntry, mayImport, mayReveal } from './architecture/table.ts'

const root = join(import.meta.dirname, '..')

function readTree(folder: string): Tree {
  const tree = new Map<string, string>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    tree.set(path.slice(folder.length + 1).replaceAll(sep, '/'), readFileSync(path, 'utf8'))
  }
  return tree
}

describe('the source tree', () => {
  const tree = readTree(join(root, 'src'))

  test('was seen', () => {
    expect(tree.size).toBeGreaterThan(50)
    expect([...tree.keys()]).toContain('guard/decide.ts')
    expect([...tree.keys()]).toContain(hookEntry)
    expect(readImports(tree.get('guard/decide.ts')!).imports.length).toBeGreaterThanOrEqual(4)
  })

  test('keeps to its dependency table', () => {
    expect(checkArchitecture(tree)).toEqual([])
  })

  test('has every folder in the table and every file that may reveal a secret', () => {
    const folders = [...tree.keys()].filter(path => path.includes('/')).map(path => path.split('/')[0]!)
    expect(folders.filter(folder => mayImport[folder] === undefined)).toEqual([])
    expect(Object.keys(mayReveal).filter(path => !tree.get(path)?.includes('reveal'))).toEqual([])
  })

  test.skipIf(!existsSync(join(root, 'ARCHITECTURE.md')))('is described by ARCHITECTURE.md', () => {
    const folders = new Set(
      [...tree.keys()].filter(path => path.includes('/')).map(path => path.split('/')[0]!),
    )
    expect(compareTable(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8'), folders)).toEqual([])
  })
})

describe('the checker finds what is planted', () => {
  const readmes = (paths: readonly string[]) =>
    paths.flatMap(path =>
      path
        .split('/')
        .slice(0, -1)
        .map(
          (_, depth, parts) =>
            [`${parts.slice(0, depth + 1).join('/')}/README.md`, 'What it is for.\n'] as const,
        ),
    )
  const check = (files: Record<string, string>) =>
    checkArchitecture(new Map([...readmes(Object.keys(files)), ...Object.entries(files)]))

  test('an empty tree, or one without sources, is a fault', () => {
    expect(checkArchitecture(new Map())).toEqual(['no source files were seen'])
    expect(checkArchitecture(new Map([['kernel/README.md', 'x']]))).toEqual(['no source files were seen'])
  })

  test('a tree that keeps the rules is accepted', () => {
    expect(
      check({
        'kernel/clock.ts': 'export const a = 1\n',
        'access/request.ts': "import type { Clock } from '../kernel/clock.ts'\n",
        'adapters/storage/store.ts': "import { a } from '../../kernel/clock.ts'\n",
        'adapters/storage/sqlite/index.ts': "import { b } from '../store.ts'\nimport './worker.ts'\n",
        'adapters/storage/sqlite/worker.ts': "import 'node:sqlite'\n",
        'guard/decide.ts': "import { c } from '../access/request.ts'\n",
        'guard/network/network.ts': "import type { d } from '../decide.ts'\nimport 'node:net'\n",
        'cli/compose.ts': "const e = await import('../adapters/storage/sqlite/index.ts')\n",
        'cli/commands/hook.ts': "import { f } from '../compose.ts'\n",
      }),
    ).toEqual([])
  })

  const other = { 'kernel/a.ts': '', 'guard/a.ts': '', 'config/a.ts': '', 'cli/a.ts': '' }
  test.each<[string, Record<string, string>, RegExp]>([
    [
      'an upward import',
      { 'kernel/b.ts': "import { x } from '../guard/a.ts'" },
      /`kernel` may not import `guard`/,
    ],
    [
      'a type-only one',
      { 'kernel/b.ts': "import type { x } from '../guard/a.ts'" },
      /`kernel` may not import `guard`/,
    ],
    [
      'a dynamic one',
      { 'kernel/b.ts': "const x = await import('../guard/a.ts')" },
      /`kernel` may not import `guard`/,
    ],
    [
      'one inside a type',
      { 'kernel/b.ts': "type X = import('../guard/a.ts').X" },
      /`kernel` may not import `guard`/,
    ],
    ['a bare one', { 'kernel/b.ts': "import '../guard/a.ts'" }, /`kernel` may not import `guard`/],
    ['a re-export', { 'kernel/b.ts': "export * from '../guard/a.ts'" }, /`kernel` may not import `guard`/],
    [
      'a named re-export',
      { 'kernel/b.ts': "export { x } from '../guard/a.ts'" },
      /`kernel` may not import `guard`/,
    ],
    [
      'one over several lines',
      { 'kernel/b.ts': "import {\n  x,\n  y,\n} from '../guard/a.ts'" },
      /may not import/,
    ],
    [
      'one with a comment',
      { 'kernel/b.ts': "import { x } from /* why */ '../guard/a.ts'" },
      /may not import/,
    ],
    [
      'one by URL',
      { 'kernel/b.ts': "new Worker(new URL('../guard/a.ts', import.meta.url))" },
      /may not import/,
    ],
    [
      'anything into cli',
      { 'guard/b.ts': "import { x } from '../cli/a.ts'" },
      /`guard` may not import `cli`/,
    ],
    [
      'config in rules',
      { 'rules/b.ts': "import { x } from '../config/a.ts'" },
      /`rules` may not import `config`/,
    ],
    [
      'an unknown folder',
      { 'utils/b.ts': "import { x } from '../kernel/a.ts'" },
      /`utils` is not in the dependency table/,
    ],
    ['node: in rules', { 'rules/b.ts': "import { x } from 'node:fs'" }, /rules\/b.ts imports node:fs/],
    ['a node module without node:', { 'rules/b.ts': "import { x } from 'fs'" }, /rules\/b.ts imports fs/],
    ['a node module for its types', { 'rules/b.ts': "import type { x } from 'node:fs'" }, /`rules` is pure/],
    [
      'sibling layers',
      { 'guard/network/a.ts': '', 'guard/execution/b.ts': "import { x } from '../network/a.ts'" },
      /`execution` and `network` are siblings/,
    ],
    [
      'sibling points',
      { 'enforcement/hooks/a.ts': '', 'enforcement/gateway/b.ts': "import type { x } from '../hooks/a.ts'" },
      /are siblings/,
    ],
    [
      'a driver outside compose',
      {
        'adapters/storage/sqlite/a.ts': '',
        'cli/b.ts': "import { x } from '../adapters/storage/sqlite/a.ts'",
      },
      /only cli\/compose.ts may name a driver/,
    ],
    [
      'a driver in its port',
      { 'adapters/storage/sqlite/a.ts': '', 'adapters/storage/store.ts': "export * from './sqlite/a.ts'" },
      /may name a driver/,
    ],
    [
      'a driver in another',
      {
        'adapters/storage/sqlite/a.ts': '',
        'adapters/storage/pg/b.ts': "import { x } from '../sqlite/a.ts'",
      },
      /may name a driver/,
    ],
    [
      'a port above its place',
      { 'adapters/storage/store.ts': '', 'rules/b.ts': "import { x } from '../adapters/storage/store.ts'" },
      /`rules` may not import `adapters`/,
    ],
    [
      'a cycle',
      { 'kernel/b.ts': "import { x } from './c.ts'", 'kernel/c.ts': "import { y } from './b.ts'" },
      /cycle: kernel\/b.ts → kernel\/c.ts → kernel\/b.ts/,
    ],
    [
      'a file importing itself',
      { 'kernel/b.ts': "import { x } from './b.ts'" },
      /cycle: kernel\/b.ts → kernel\/b.ts/,
    ],
    [
      'a cycle with only types in one name list',
      { 'kernel/b.ts': "import { type X } from './c.ts'", 'kernel/c.ts': "import { y } from './b.ts'" },
      /cycle/,
    ],
    ['a missing file', { 'kernel/b.ts': "import { x } from './nowhere.ts'" }, /there is no such file/],
    [
      'a test as a part',
      { 'kernel/b.test.ts': '', 'kernel/c.ts': "import { x } from './b.test.ts'" },
      /a test is not part/,
    ],
    ['code outside src', { 'kernel/b.ts': "import { x } from '../../test/helper.ts'" }, /outside of `src`/],
    [
      'an import of ourselves by name',
      { 'kernel/b.ts': "import { x } from 'portcullis/guard'" },
      /use a relative path/,
    ],
    ['an import that is computed', { 'kernel/b.ts': 'await import(name)' }, /cannot be followed/],
    ['an import by template', { 'kernel/b.ts': `await import(\`../\${name}.ts\`)` }, /cannot be followed/],
    ['a require', { 'kernel/b.ts': "createRequire(import.meta.url)('pg')" }, /cannot be followed/],
    [
      'a database behind the hook',
      { 'cli/b.ts': "import 'node:sqlite'", 'cli/commands/hook.ts': "import '../b.ts'" },
      /hook.ts loads node:sqlite \(through cli\/b.ts\)/,
    ],
    [
      'web code in the hook’s fallback',
      { 'cli/b.ts': "import { x } from 'undici'", 'cli/commands/hook.ts': "await import('../b.ts')" },
      /loads undici/,
    ],
    [
      'the gateway behind the hook',
      { 'enforcement/gateway/a.ts': '', 'cli/commands/hook.ts': "import '../../enforcement/gateway/a.ts'" },
      /loads enforcement\/gateway\/a.ts/,
    ],
    ['a revealed secret', { 'kernel/b.ts': 'secret.reveal()' }, /kernel\/b.ts reveals a secret/],
    ['one revealed by name', { 'kernel/b.ts': "secret['reveal']()" }, /reveals a secret/],
    ['one revealed by taking it apart', { 'kernel/b.ts': 'const { reveal } = secret' }, /reveals a secret/],
    ['one revealed over two lines', { 'kernel/b.ts': 'secret\n  .reveal()' }, /reveals a secret/],
  ])('%s', (_, files, message) => {
    const found = check({ ...other, ...files })
    expect(found.length).toBeGreaterThan(0)
    for (const sentence of found) expect(sentence).toMatch(message)
  })

  test('a type-only import closes no cycle and is not loaded by the hook', () => {
    expect(
      check({
        'kernel/b.ts': "import type { x } from './c.ts'",
        'kernel/c.ts': "import { y } from './b.ts'",
        'enforcement/gateway/a.ts': '',
        'cli/commands/hook.ts': "import type { z } from '../../enforcement/gateway/a.ts'",
      }),
    ).toEqual([])
  })

  test('a folder without a README, or with an empty one', () => {
    expect(
      checkArchitecture(
        new Map([
          ['guard/network/a.ts', ''],
          ['guard/README.md', '\n'],
        ]),
      ),
    ).toEqual([
      'guard has no README.md that says its job',
      'guard/network has no README.md that says its job',
    ])
  })

  test('a document’s table is compared row by row', () => {
    const head = '| folder | may import |\n| --- | --- |\n'
    const rows = '| kernel | nothing |\n| access | kernel |\n| config | access, kernel |\n'
    expect(compareTable(head + rows, new Set(['kernel', 'access']))).toEqual([])
    expect(compareTable(head, new Set())).toEqual(['no dependency table was found'])
    expect(compareTable(head + rows, new Set(['guard']))).toEqual(['no row for `guard`'])
    expect(compareTable(`${head}${rows}| adapters | access, config, kernel |\n`, new Set())).toEqual([
      '`adapters`: access, config, kernel; the table says access, kernel',
    ])
  })
})
