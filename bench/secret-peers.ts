import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type TokenKind, tokenKinds } from '../src/rules/secrets/kinds.ts'
import { installed } from './process.ts'

const CACHE = join(import.meta.dirname, '..', '.cache', 'peers')
const SECRETLINT = '13.1.0'

/** Looks into one text and answers how many secrets it saw. */
export type PeerScan = (text: string, path: string) => Promise<number>

interface SecretlintCore {
  lintSource(input: unknown): Promise<{ messages: readonly unknown[] }>
}

/** secretlint with its recommended rules, in this process; installed from npm once. Null, said aloud, when it cannot be had. */
export async function openSecretlint(): Promise<PeerScan | null> {
  const folder = join(CACHE, `secretlint-${SECRETLINT}`)
  const packages = ['@secretlint/core', '@secretlint/secretlint-rule-preset-recommend']
  try {
    if (!existsSync(join(folder, 'node_modules', packages[0]!))) {
      mkdirSync(folder, { recursive: true })
      const quiet = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
      const wanted = packages.map(name => `${name}@${SECRETLINT}`)
      const env = { ...process.env, NODE_USE_SYSTEM_CA: '1' }
      execFileSync('npm', ['install', '--prefix', folder, ...quiet, ...wanted], { env, stdio: 'pipe' })
    }
    const load = (name: string) =>
      import(pathToFileURL(join(folder, 'node_modules', name, 'module', 'index.js')).href)
    const core = (await load(packages[0]!)) as SecretlintCore
    const { creator } = (await load(packages[1]!)) as { creator: unknown }
    const options = {
      locale: 'en',
      noPhysicFilePath: true,
      config: { rules: [{ id: packages[1], rule: creator, options: {} }] },
    }
    return async (content, filePath) => {
      const source = { filePath, content, contentType: 'text', ext: '.txt' }
      return (await core.lintSource({ source, options })).messages.length
    }
  } catch (error) {
    console.log(`secretlint is left out: ${(error as Error).message.split('\n')[0]}`)
    return null
  }
}

/** The program gitleaks: installed, or of Debian's package as its archive has it, unpacked below `.cache`. Null, said aloud, without. */
export function findGitleaks(): string | null {
  if (installed('gitleaks')) return 'gitleaks'
  const program = join(CACHE, 'gitleaks', 'usr', 'bin', 'gitleaks')
  try {
    if (!existsSync(program)) fetchDebian('gitleaks', join(CACHE, 'gitleaks'))
    return program
  } catch (error) {
    console.log(`gitleaks is left out: it is not installed, and ${(error as Error).message.split('\n')[0]}`)
    return null
  }
}

/** Takes a package of a newer suite with lists of its own: nothing of the machine's package sources changes. */
function fetchDebian(name: string, folder: string): void {
  const apt = join(folder, 'apt')
  for (const part of ['lists/partial', 'archives/partial']) mkdirSync(join(apt, part), { recursive: true })
  const sources = join(apt, 'sources.list')
  const key = '/usr/share/keyrings/debian-archive-keyring.gpg'
  if (!existsSync(key)) throw new Error('this is no Debian')
  writeFileSync(sources, `deb [signed-by=${key}] ${mirror()} sid main\n`)
  const options = [
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=-',
    `Dir::State::lists=${join(apt, 'lists')}`,
    `Dir::Cache=${apt}`,
    'APT::Sandbox::User=root',
  ].flatMap(option => ['-o', option])
  execFileSync('apt-get', [...options, '-qq', 'update'], { stdio: 'pipe' })
  execFileSync('apt-get', [...options, '-qq', 'download', name], { cwd: apt, stdio: 'pipe' })
  const archive = readdirSync(apt).find(file => file.endsWith('.deb'))
  if (!archive) throw new Error('the package was not to be had')
  execFileSync('dpkg-deb', ['-x', join(apt, archive), folder])
}

/** Where this machine takes its own packages from. */
function mirror(): string {
  const places = execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI)'], { encoding: 'utf8' })
  const found = places.split('\n').find(place => /\/debian\/?$/.test(place))
  if (!found) throw new Error('no mirror of Debian is set up')
  return found
}

/** ripgrep with the beginnings of all tokens that a literal gives away: the floor for looking, without any judgement. */
export function ripgrepArguments(): readonly string[] | null {
  if (!installed('rg')) {
    console.log('ripgrep is left out: it is not installed (Debian: apt-get install ripgrep)')
    return null
  }
  mkdirSync(CACHE, { recursive: true })
  const file = join(CACHE, 'tokens.txt')
  writeFileSync(file, `${[...new Set(tokenKinds.flatMap(expressionsOf))].join('\n')}\n`)
  const sizes = ['--regex-size-limit', '1G', '--dfa-size-limit', '1G']
  return ['--no-config', '-uuu', '--with-filename', '--count-matches', ...sizes, '-f', file]
}

const FIRST = 8

const classes: Readonly<Record<string, string>> = {
  A: 'A-Za-z0-9',
  B: 'A-Za-z0-9+/',
  C: 'A-Za-z0-9+/%_.-',
  D: '0-9',
  E: 'A-Za-z0-9+/=',
  H: '0-9a-f',
  J: 'A-Za-z0-9_=-',
  L: 'a-z0-9',
  M: 'A-Za-z0-9_.=-',
  Q: 'a-z2-7',
  R: 'A-Za-z0-9+/_-',
  S: 'A-Za-z0-9_-',
  T: 'A-Z2-7',
  U: 'A-Z0-9',
  V: 'A-Za-z0-9_.~-',
  W: 'A-Za-z0-9_',
  X: '0-9A-Fa-f',
  Y: '1-9A-HJ-NP-Za-km-z',
  Z: 'A-Za-z',
}

/** The literal and the first characters behind it: whole shapes, with bounded repeats by the hundred, stall ripgrep. */
function expressionsOf({ literals, bodies }: TokenKind): string[] {
  return literals.flatMap(literal => bodies.map(body => `${escaped(literal)}${beginning(body)}`))
}

/** The beginning of a shape of `pattern.ts` as a regular expression. */
function beginning(shape: string): string {
  const [, quoted, set, count, other] = /^(?:'([^']*)'|([A-Z])\{(\d+)[\d,]*\}|(.))/.exec(shape) ?? []
  if (set === undefined) return escaped(quoted ?? other ?? '')
  return `[${classes[set] ?? 'A-Za-z0-9'}]{${Math.min(FIRST, Number(count))}}`
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

export interface Run {
  readonly wallMs: number
  readonly cpuMs: number
  readonly stdout: string
}

/** No run of a peer is waited for longer. */
const LONGEST_MS = 180_000

/** The best of some runs of a program, NaN when it did not end; 1 is an exit code like 0, any other a fault. */
export function timed(rounds: number, program: string, args: readonly string[], input?: string): Run {
  const runs = Array.from({ length: rounds }, () => timeOnce(program, args, input))
  return runs.toSorted((a, b) => a.cpuMs - b.cpuMs)[0]!
}

function timeOnce(program: string, args: readonly string[], input: string | undefined): Run {
  const { status, stdout, stderr } = spawnSync(
    'bash',
    [
      '-c',
      `TIMEFORMAT='%R %U %S'; time timeout ${LONGEST_MS / 1000} "$@" 2>/dev/null`,
      'bash',
      program,
      ...args,
    ],
    { input: input ?? '', encoding: 'utf8', maxBuffer: 2 ** 28, env: { ...process.env, LC_ALL: 'C' } },
  )
  if (status === 124) return { wallMs: Number.NaN, cpuMs: Number.NaN, stdout: '' }
  if (status !== 0 && status !== 1) throw new Error(`${program} ended with ${status}`)
  const [wall = 0, user = 0, system = 0] = stderr.trim().split('\n').at(-1)!.split(' ').map(Number)
  return { wallMs: wall * 1000, cpuMs: (user + system) * 1000, stdout }
}
