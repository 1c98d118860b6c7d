import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, extname, join } from 'node:path'

const MEGABYTE = 1_000_000
const ROOT = join(import.meta.dirname, '..')

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

export const prose =
  'The gate asks the guard before anything happens, and writes down what was decided. '.repeat(250)

/** A token in parts, so that scanners of this repository stay calm. */
export const planted = ['gh', 'p_', 'aB3dE6gH1jK2mN4pQ5rS7tU8vW9xY0zAbC1d'].join('')

/** Code and prose as an agent sends them, with tokens planted. */
export function makeBody(size: number): string {
  const code = ['src/guard/decide.ts', 'src/access/reason-codes.ts', 'src/config/schema.ts']
    .map(read)
    .join('\n')
  const listing = Array.from(
    { length: 200 },
    (_, index) =>
      `src/folder-${index}/file_${index * 7}.ts:${index}: export const value${index} = ${index}\n`,
  ).join('')
  const parts = [code, prose, listing]
  let made = ''
  for (let index = 0; made.length < size; index++)
    made += `${parts[index % parts.length]}\n${index % 5 === 0 ? planted : ''}\n`
  return made.slice(0, size)
}

const repeated = (text: string) => text.repeat(MEGABYTE / text.length)

/** Texts of a megabyte that somebody might send to hold the gate up. */
export const hostileTexts: Readonly<Record<string, string>> = {
  a: repeated('a'),
  key_: repeated('key_'),
  'api_key=': repeated('api_key='),
  base64: Buffer.from(prose).toString('base64').replaceAll('=', '').repeat(40).slice(0, MEGABYTE),
  '\\n': repeated('\\n'),
  '\\u0041': repeated('\\u0041'),
  '%41': repeated('%41'),
  'PEM heads': repeated('-----BEGIN RSA PRIVATE KEY-----\n'),
  eyJ: repeated('eyJ'),
  '://a:': repeated('://a:'),
  'bearer ': repeated('bearer '),
  'bearer +': `bearer ${'+'.repeat(4000)}`.repeat(250),
  'zero widths': repeated('a\u200b'),
  'beyond ASCII': repeated('ключ'),
  hex: repeated('6162636465'),
  'ghp_ heads': repeated('ghp_'),
  'quotes and colons': repeated('"a":"b",'),
  placeholders: repeated('<masked:'),
  'values behind dots': repeated(' a.9fc2163e3f665fbea96b6190eca15dc2 '),
  'names with paths': repeated('SECRET_NAME=prod/api/database\\"}'),
  A: repeated('A'),
  '&': repeated('&'),
  '%': repeated('%'),
  backslashes: repeated('\\'),
  'sk-': repeated('sk-'),
  'password: ': repeated('password: '),
  ';password=': repeated(';password=abc'),
  ' -p x': repeated('mysql -u a -p x '),
  ' pass:': repeated(' pass:'),
  'a:5432:': repeated('a:5432:'),
  'otpauth://': repeated('otpauth://totp/'),
  cookies: repeated(`cookie: ${'auth=abcdefghijklmnopqrst;'.repeat(150)}`),
  'authorization: bearer ': repeated('authorization: bearer '),
  'random runs': randomRuns(16),
  'random runs behind words': randomRuns(20, 'token api key '),
  'heads of web tokens': repeated(`${Buffer.from('{"alg":"HS256"}').toString('base64url')}.`),
  'base64 three deep': repeated(`${nested(3)} `),
  'keys without end': repeated('-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n'),
  'chains of ${{': repeated('password=${{'),
  'one line of quotes': repeated('"password":"'),
}

/** Runs that look random, the same every time. */
function randomRuns(length: number, before = ''): string {
  const runs: string[] = []
  for (let size = 0; size < MEGABYTE; size += before.length + length + 1)
    runs.push(`${before}${createHash('sha512').update(String(size)).digest('base64url').slice(0, length)}`)
  return runs.join(' ').slice(0, MEGABYTE)
}

function nested(depth: number): string {
  const text = `${prose.slice(0, 3_000)} password: x`
  return Array.from({ length: depth }).reduce<string>(inner => Buffer.from(inner).toString('base64url'), text)
}

const TEXTS: ReadonlySet<string> = new Set(
  '.js .ts .mjs .cjs .mts .cts .json .md .txt .yml .yaml .map .css .html'.split(' '),
)
const TREE_BYTES = 40 * MEGABYTE
const LARGEST = 400_000

/**
 * A tree of 40 MB that holds no secret: text files of the installed packages in the order of their names, and sources made up
 * for the rest. Made once; `.complete` says so.
 */
export function cleanTree(): { folder: string; files: number; bytes: number } {
  const folder = join(ROOT, '.cache', 'bench', 'tree')
  const mark = join(folder, '..', 'tree.complete')
  if (!existsSync(mark)) {
    rmSync(folder, { recursive: true, force: true })
    writeFileSync(mark, JSON.stringify(growTree(folder)))
  }
  return { folder, ...(JSON.parse(readFileSync(mark, 'utf8')) as { files: number; bytes: number }) }
}

function growTree(folder: string): { files: number; bytes: number } {
  let files = 0
  let bytes = 0
  const modules = join(ROOT, 'node_modules')
  const grow = (to: string, size: number, write: (path: string) => void) => {
    const path = join(folder, to)
    mkdirSync(dirname(path), { recursive: true })
    write(path)
    files++
    bytes += size
  }
  for (const entry of readdirSync(modules, { recursive: true, withFileTypes: true }).toSorted(byPath)) {
    const from = join(entry.parentPath, entry.name)
    if (!entry.isFile() || !TEXTS.has(extname(entry.name))) continue
    const { size } = statSync(from)
    if (size > LARGEST || bytes + size > TREE_BYTES) continue
    // scanners leave out folders called `node_modules`
    const to = from.slice(modules.length + 1).replaceAll('node_modules', 'packages')
    grow(join('packages', to), size, path => copyFileSync(from, path))
  }
  for (let index = 0; bytes < TREE_BYTES; index++) {
    const source = madeSource(index)
    grow(`made/part-${index % 20}/module-${index}.ts`, source.length, path => writeFileSync(path, source))
  }
  return { files, bytes }
}

function byPath(a: { parentPath: string; name: string }, b: { parentPath: string; name: string }): number {
  const [first, second] = [join(a.parentPath, a.name), join(b.parentPath, b.name)]
  return first < second ? -1 : first > second ? 1 : 0
}

function madeSource(index: number): string {
  return Array.from(
    { length: 120 },
    (_, line) =>
      `export function step${index}_${line}(input: readonly number[], token: number): number {\n` +
      `  return input.reduce((sum, value) => sum + value * ${(index * 31 + line) % 97}, token) // ${line}\n}\n`,
  ).join('')
}
