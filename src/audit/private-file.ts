import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { PortcullisError, systemCode } from '../kernel/errors.ts'

/** Makes `folder` (and its parents) readable by the owner alone, or refuses one that others can enter. */
export function privateFolder(folder: string): void {
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(folder, 0o700)
  const status = statSync(folder)
  if (!status.isDirectory()) throw unreadable(folder)
  refuseOthers(folder, status, '0700')
}

/** Text of a file only its owner may read; undefined when there is none. Refuses links and files open to others. */
export function readPrivateFile(path: string): string | undefined {
  try {
    const status = lstatSync(path)
    if (!status.isFile()) throw unreadable(path)
    refuseOthers(path, status, '0600')
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function refuseOthers(path: string, status: { mode: number; uid: number }, mode: string): void {
  if ((status.mode & 0o077) !== 0) {
    throw new PortcullisError(
      'file.insecure',
      `\`${path}\` is open to other users`,
      `run \`chmod ${mode} ${path}\`, and replace the key if others may have read it`,
    )
  }
  const me = process.geteuid?.()
  if (me !== undefined && status.uid !== me) {
    throw new PortcullisError(
      'file.insecure',
      `\`${path}\` belongs to another user`,
      'run Portcullis as the user who owns it, or give it to this one',
    )
  }
}

function unreadable(path: string): PortcullisError {
  return new PortcullisError(
    'file.unreadable',
    `\`${path}\` is not what it should be`,
    'put the file or folder back, or remove what stands in its place',
  )
}
