import { execFile } from 'node:child_process'
import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { PortcullisError, systemCode } from '../../kernel/errors.ts'

const LARGEST = 256 * 1024 * 1024
const BINARY_PROBE = 8_192
const skippedFolders = new Set(['.git', 'node_modules'])

/** One thing that was read, or the reason why it was not. `incomplete` means the scan as a whole could not be. */
export type Source =
  | { readonly path: string; readonly bytes: Buffer }
  | { readonly path: string; readonly skipped: string; readonly incomplete: boolean }

/** Every file under the paths, in the order of their names; `.git` and `node_modules` only when named themselves. */
export async function* readPaths(paths: readonly string[], cwd: string): AsyncGenerator<Source> {
  for (const path of paths) {
    const absolute = resolve(cwd, path)
    const found = await stat(absolute).catch((error: unknown) => {
      throw new PortcullisError(
        'usage',
        `cannot look at \`${path}\` (${systemCode(error) ?? 'unknown'})`,
        'name files or folders that exist and that you may read',
        error,
      )
    })
    if (found.isDirectory()) yield* walk(absolute, cwd)
    else yield await readOne(absolute, nameOf(absolute, cwd))
  }
}

async function* walk(folder: string, cwd: string): AsyncGenerator<Source> {
  let entries: string[]
  try {
    entries = (await readdir(folder)).sort()
  } catch (error) {
    yield { path: nameOf(folder, cwd), skipped: unreadable(error), incomplete: true }
    return
  }
  for (const entry of entries) {
    const path = join(folder, entry)
    const found = await lstat(path).catch((error: unknown) => unreadable(error))
    if (typeof found === 'string') yield { path: nameOf(path, cwd), skipped: found, incomplete: true }
    else if (found.isDirectory()) {
      if (!skippedFolders.has(entry)) yield* walk(path, cwd)
    } else if (found.isFile()) yield await readOne(path, nameOf(path, cwd))
    // a link's target is scanned where it lies; sockets and devices have no end
  }
}

async function readOne(path: string, name: string): Promise<Source> {
  try {
    const { size } = await stat(path)
    if (size > LARGEST)
      return { path: name, skipped: `larger than ${LARGEST / 1024 / 1024} MB`, incomplete: true }
    return toSource(name, await readFile(path))
  } catch (error) {
    return { path: name, skipped: unreadable(error), incomplete: true }
  }
}

/** Text has no NUL in its first 8 KB; UTF-16 begins with a mark and is text all the same. */
function toSource(path: string, bytes: Buffer): Source {
  if (isUtf16(bytes)) return { path, bytes: decodeUtf16(bytes) }
  if (bytes.subarray(0, BINARY_PROBE).includes(0)) return { path, skipped: 'binary', incomplete: false }
  return { path, bytes }
}

function isUtf16(bytes: Buffer): boolean {
  return (
    bytes.length > 1 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
  )
}

function decodeUtf16(bytes: Buffer): Buffer {
  const encoding = bytes[0] === 0xff ? 'utf-16le' : 'utf-16be'
  return Buffer.from(new TextDecoder(encoding).decode(bytes))
}

function unreadable(error: unknown): string {
  return `cannot be read (${systemCode(error) ?? 'unknown'})`
}

function nameOf(path: string, cwd: string): string {
  const name = relative(cwd, path)
  return name === '' || name.startsWith('..') ? path : name
}

const git = promisify(execFile)

/** What the next commit would hold: the staged form of every added, copied, modified or renamed file. */
export async function* readStaged(cwd: string, env: NodeJS.ProcessEnv): AsyncGenerator<Source> {
  const list = await runGit(
    ['diff', '--cached', '--name-only', '-z', '--diff-filter=ACMRT', '--relative'],
    cwd,
    env,
  )
  for (const path of list.toString('utf8').split('\0').filter(Boolean)) {
    try {
      yield toSource(path, await runGit(['cat-file', 'blob', `:./${path}`], cwd, env))
    } catch {
      // a submodule is staged as a commit and has no content of its own here
      yield { path, skipped: 'has no staged content', incomplete: true }
    }
  }
}

async function runGit(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Buffer> {
  try {
    const { stdout } = await git('git', ['--no-pager', ...args], {
      cwd,
      env,
      encoding: 'buffer',
      maxBuffer: LARGEST,
    })
    return stdout
  } catch (error) {
    const missing = systemCode(error) === 'ENOENT'
    throw new PortcullisError(
      'file.unreadable',
      missing
        ? 'git is not installed'
        : `git could not ${args[0] === 'diff' ? 'list' : 'read'} what is staged`,
      missing ? 'install git, or name the files to scan' : 'run the command inside a git repository',
      error,
    )
  }
}
