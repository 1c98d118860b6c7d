import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMap, isSeq, parseDocument } from 'yaml'
import { askGit } from '../../enforcement/scan/git/git.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { edit, type SettingsEdit } from './agent-settings.ts'
import { backUp, readState, replaceState } from './edited-file.ts'

const BEGIN = '# portcullis: begin'
const END = '# portcullis: end'
const SHELL = /^#!.*\b(ba|da|k|z)?sh\b/

/** Where the scan of a commit is entered: the pre-commit framework, husky, or git itself when neither is used. */
export interface CommitHook {
  readonly kind: 'pre-commit' | 'husky' | 'git'
  readonly path: string
  /** Others get the file, too, so it names the program as it is found on the PATH. */
  readonly isShared: boolean
}

export async function findCommitHook(folder: string, env: NodeJS.ProcessEnv): Promise<CommitHook> {
  const repository = { cwd: folder, env }
  const ask = async (...args: string[]) =>
    (await askGit(['rev-parse', ...args], repository, 'find the work tree'))
      .toString('utf8')
      .replace(/\n$/, '')
  const top = await ask('--show-toplevel')
  const config = join(top, '.pre-commit-config.yaml')
  if (existsSync(config)) return { kind: 'pre-commit', path: config, isShared: true }
  const husky = join(top, '.husky')
  if (existsSync(husky)) return { kind: 'husky', path: join(husky, 'pre-commit'), isShared: true }
  return { kind: 'git', path: resolve(folder, await ask('--git-path', 'hooks/pre-commit')), isShared: false }
}

/** Plans our entry. Throws `init.conflict` for a file that cannot take it. */
export function planCommitHook(hook: CommitHook): SettingsEdit {
  const state = readState(hook.path)
  const bare = withoutEntry(state.text ?? '')
  const wanted = hook.kind === 'pre-commit' ? withConfigEntry(bare, hook.path) : withShellEntry(bare, hook)
  // where it stands is for its owner to say
  const mark = hook.kind === 'pre-commit' ? BEGIN : shellEntry(hook)
  const text = state.text?.includes(mark) ? state.text : wanted
  const mode = state.text === null ? 0o755 : state.mode | (hook.kind === 'git' ? 0o111 : 0)
  return edit(state, text, now => {
    const backup = state.text === null ? null : backUp(state.path, state.text, now)
    replaceState({ ...state, mode }, text)
    return backup
  })
}

/** Plans the way back: our entry goes, and with it a file that holds nothing else. */
export function planCommitHookRemoval(hook: CommitHook): SettingsEdit {
  const state = readState(hook.path)
  const bare = state.text === null ? null : withoutEntry(state.text)
  const isEmpty = bare !== null && /^(#!.*)?\s*$/.test(bare) && bare !== state.text
  const text = isEmpty ? null : bare
  return edit(state, text, now => {
    const backup = text === null ? null : backUp(state.path, state.text ?? '', now)
    replaceState(state, text)
    return backup
  })
}

/** A scan that could not be whole stops the commit, too: it did not say that there is nothing. */
function shellEntry({ isShared }: CommitHook): string {
  return `${BEGIN}\n${isShared ? 'portcullis' : programHere()} scan --staged --only secrets || exit $?\n${END}\n`
}

function withShellEntry(text: string, hook: CommitHook): string {
  const entry = shellEntry(hook)
  if (text.trim() === '') return hook.kind === 'git' ? `#!/bin/sh\n${entry}` : entry
  const [first = ''] = text.split('\n', 1)
  if (!first.startsWith('#!')) return entry + text
  if (!SHELL.test(first)) {
    throw new PortcullisError(
      'init.conflict',
      `\`${hook.path}\` is no shell script`,
      'let it run `portcullis scan --staged --only secrets` and refuse the commit when that fails; nothing was changed',
    )
  }
  // first of all: what follows may end early
  return `${first}\n${entry}${text.slice(first.length + 1)}`
}

function configEntry(indent: string): string {
  return [
    BEGIN,
    '- repo: local',
    '  hooks:',
    '    - id: portcullis',
    '      name: portcullis',
    '      entry: portcullis scan --staged --only secrets',
    '      language: system',
    '      pass_filenames: false',
    '      always_run: true',
    END,
    '',
  ]
    .map(line => (line === '' ? '' : indent + line))
    .join('\n')
}

/** Behind the last of `repos`, as it is indented there; comments and layout stay as they are. */
function withConfigEntry(text: string, path: string): string {
  const document = parseDocument(text)
  const repos = isMap(document.contents) ? document.get('repos', true) : undefined
  if (document.errors.length > 0 || !isSeq(repos) || repos.flow || repos.items.length === 0)
    throw noPlace(path)
  const [, , end] = repos.range!
  const dash = text.lastIndexOf('-', (repos.items[0] as { range: [number] }).range[0])
  const indent = text.slice(text.lastIndexOf('\n', dash) + 1, dash)
  const head = text.slice(0, end)
  const wanted = `${head}${head.endsWith('\n') ? '' : '\n'}${configEntry(indent)}${text.slice(end)}`
  const made = parseDocument(wanted)
  const isAsMeant = made.errors.length === 0 && made.getIn(['repos', repos.items.length, 'repo']) === 'local'
  if (isAsMeant && indent.trim() === '') return wanted
  throw noPlace(path)
}

function noPlace(path: string): PortcullisError {
  return new PortcullisError(
    'init.conflict',
    `\`${path}\` has no list of repositories that can take another`,
    `add this to its \`repos\` by hand; nothing was changed:\n${configEntry('    ')}`,
  )
}

function withoutEntry(text: string): string {
  const lines = text.split('\n')
  const begin = lines.findIndex(line => line.trim() === BEGIN)
  const end = lines.findIndex((line, index) => index > begin && line.trim() === END)
  if (begin < 0 || end < 0) return text
  return [...lines.slice(0, begin), ...lines.slice(end + 1)].join('\n')
}

/** This installation, whatever the PATH of who commits; the same steps up from `src/` and from `dist/`. */
function programHere(): string {
  const launcher = new URL('../../../portcullis', import.meta.url)
  if (import.meta.filename.endsWith('.ts')) return quote(fileURLToPath(launcher))
  const script = new URL('../../../bin/portcullis.mjs', import.meta.url)
  return `${quote(process.execPath)} ${quote(fileURLToPath(script))}`
}

function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}
