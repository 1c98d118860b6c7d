import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { PortcullisError, systemCode } from '../../kernel/errors.ts'

const LARGEST = 4 * 1024 * 1024

/** The text of a settings file, or null when there is none. Throws `file.unreadable` for anything else. */
export function readText(path: string): string | null {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const stat = fstatSync(file)
    if (!stat.isFile() || stat.size > LARGEST) throw unreadable(path)
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return null
    throw unreadable(path, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function unreadable(path: string, cause?: unknown): PortcullisError {
  return new PortcullisError(
    'file.unreadable',
    `\`${path}\` cannot be read as a settings file`,
    'see who owns the file and whether it is an ordinary one',
    cause,
  )
}
