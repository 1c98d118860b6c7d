import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import type { Capabilities } from './capabilities.ts'
import { refused, shown } from './places.ts'

/** Who the command runs as when the caller is root. Never uid or gid 0. */
export interface Identity {
  readonly uid: number
  readonly gid: number
}

/** The account that `init` makes. */
export const sandboxUser = 'portcullis-sandbox'

/** Stands in where there is no account: an id that no distribution hands out. */
const UNNAMED = 2_001_987_654

/**
 * The owner of the first folder that is not root's, else the account made for it.
 * Throws `sandbox.refused` when that one could not work in a folder the policy hands over.
 */
export function identityFor(
  folders: readonly string[],
  readWrite: readonly string[],
  caps: Capabilities,
): Identity {
  const owner = folders.map(folder => statSync(folder)).find(({ uid }) => uid !== 0)
  const accounts = readAccounts()
  const identity = owner
    ? ownerIdentity(owner, accounts)
    : (accounts.find(({ name }) => name === sandboxUser) ?? { uid: UNNAMED, gid: UNNAMED })
  for (const folder of folders) refuseUnreachable(folder, identity, caps, readWrite.includes(folder))
  return { uid: identity.uid, gid: identity.gid }
}

/** Whether that account is there. */
export function hasSandboxUser(): boolean {
  return readAccounts().some(({ name }) => name === sandboxUser)
}

interface Account extends Identity {
  readonly name: string
}

function ownerIdentity({ uid, gid }: { uid: number; gid: number }, accounts: readonly Account[]): Identity {
  const primary = accounts.find(account => account.uid === uid)?.gid ?? gid
  return { uid, gid: primary === 0 ? uid : primary }
}

function readAccounts(): readonly Account[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .flatMap(line => {
      const [name = '', , uid, gid] = line.split(':')
      const account = { name, uid: Number(uid), gid: Number(gid) }
      return name !== '' && account.uid > 0 && account.gid > 0 ? [account] : []
    })
}

function refuseUnreachable(folder: string, identity: Identity, caps: Capabilities, mustWrite: boolean): void {
  const { uid, gid } = identity
  const tests = mustWrite ? ['-r', folder, '-a', '-w', folder] : ['-r', folder]
  const { setpriv } = caps.programs
  if (setpriv === undefined) return
  try {
    const as = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--', 'test', ...tests]
    execFileSync(setpriv, as, { stdio: 'ignore', env: { PATH: '/usr/bin:/bin' }, timeout: 5000 })
  } catch (error) {
    throw refused(
      `root never runs a sandboxed command as itself, and user ${uid} cannot ${mustWrite ? 'write' : 'read'} \`${shown(folder)}\``,
      `give the folder to an ordinary user (\`chown -R USER ${shown(folder)}\`), or run the command as the user who owns it`,
      error,
    )
  }
}
