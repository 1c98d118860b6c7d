import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { PortcullisError, systemCode } from '../../kernel/errors.ts'

/** What stands between the name of a file and the time of its backup. */
export const BACKUP = '.portcullis-backup-'

/** A file as it was when it was read; `text` is null when there was none. */
export interface FileState {
  /** The real file behind a symlink, because replacing the link would tear a dotfiles folder apart. */
  readonly path: string
  readonly text: string | null
  readonly mode: number
}

export function readState(path: string): FileState {
  try {
    const real = realpathSync(path)
    const bytes = readFileSync(real)
    return { path: real, text: decode(bytes, path), mode: statSync(real).mode & 0o777 }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { path, text: null, mode: 0o600 }
    if (error instanceof PortcullisError) throw error
    throw new PortcullisError(
      'file.unreadable',
      `\`${path}\` cannot be read`,
      'check its owner and mode',
      error,
    )
  }
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new PortcullisError('init.conflict', `\`${path}\` is not UTF-8`, 'save the file as UTF-8', error)
  }
}

/** Replaces a file in one step, keeping its mode; null removes it. Refuses when it changed since it was read. */
export function replaceState(state: FileState, text: string | null): void {
  if (readState(state.path).text !== state.text) {
    throw new PortcullisError(
      'init.conflict',
      `\`${state.path}\` changed while it was being edited`,
      'close the program that writes it and run this again',
    )
  }
  if (text === null) rmSync(state.path, { force: true })
  else replaceFile(state, text)
}

function replaceFile(state: FileState, text: string): void {
  mkdirSync(dirname(state.path), { recursive: true, mode: 0o700 })
  const temporary = `${state.path}.portcullis-${process.pid}`
  try {
    // `wx`: a file somebody else put there is not written through.
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx', flush: true })
    chmodSync(temporary, state.mode)
    renameSync(temporary, state.path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw new PortcullisError(
      'file.unreadable',
      `\`${state.path}\` cannot be written`,
      'check the owner and the space of its folder; nothing was changed',
      error,
    )
  }
}

/** A copy beside the file, readable by its owner only; gives its path. */
export function backUp(path: string, text: string, now: number): string {
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')
  let file = `${path}${BACKUP}${stamp}`
  for (let copy = 2; existsSync(file); copy++) file = `${path}${BACKUP}${stamp}-${copy}`
  writeFileSync(file, text, { mode: 0o600, flag: 'wx', flush: true })
  return file
}
