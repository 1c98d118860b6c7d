import { askGit, type Repository } from './git.ts'

const SUBMODULE = '160000'

/** A file as the next commit would hold it. */
export interface StagedFile {
  /** From the top of the work tree. */
  readonly path: string
  /** Undefined for a submodule, which is staged as a commit and has no content of its own here. */
  readonly id: string | undefined
}

/** Every added, copied, modified or renamed file of what is staged, anywhere in the work tree. */
export async function listStaged(repository: Repository): Promise<StagedFile[]> {
  const shape = ['--raw', '-z', '--no-abbrev', '--no-renames', '--no-ext-diff', '--no-textconv']
  const args = ['diff', '--cached', ...shape, '--ignore-submodules=none', '--diff-filter=ACMRT']
  const list = await askGit(args, repository, 'list what is staged')
  const tokens = list.toString('utf8').split('\0')
  const staged: StagedFile[] = []
  for (let at = 0; at + 1 < tokens.length; at += 2) {
    const [, mode = '', , id = ''] = tokens[at]!.split(' ')
    staged.push({ path: tokens[at + 1]!, id: mode === SUBMODULE ? undefined : id })
  }
  return staged
}

/** The top of the work tree; undefined in a repository without one. */
export async function topOfWorkTree(repository: Repository): Promise<string | undefined> {
  const inside = await askGit(['rev-parse', '--is-inside-work-tree'], repository, 'find a repository')
  if (inside.toString().trim() !== 'true') return undefined
  const top = await askGit(['rev-parse', '--show-toplevel'], repository, 'find the work tree')
  return top.toString('utf8').replace(/\n$/, '')
}
