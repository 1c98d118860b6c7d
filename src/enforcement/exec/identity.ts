import { spawnSync } from 'node:child_process'
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
  refuseUnreachable([...new Set(folders)], readWrite, identity, caps)
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
  return passwordLines().flatMap(([name = '', , uid, gid]) => {
    const account = { name, uid: Number(uid), gid: Number(gid) }
    return name !== '' && account.uid > 0 && account.gid > 0 ? [account] : []
  })
}

/** Where the accounts of this machine are at home. */
export function homesOfAccounts(): readonly string[] {
  return passwordLines().flatMap(fields => (fields[5] ? [fields[5]] : []))
}

function passwordLines(): readonly (readonly string[])[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
}

/** Asks as that user, because access lists and the folders above count, too. */
function refuseUnreachable(
  folders: readonly string[],
  readWrite: readonly string[],
  identity: Identity,
  caps: Capabilities,
): void {
  const tests = folders.map(folder =>
    readWrite.includes(folder) ? ['-r', folder, '-a', '-w', folder] : ['-r', folder],
  )
  // One question is enough while the answer is yes.
  if (
    tests.length === 0 ||
    holds(
      tests.flatMap((test, at) => (at === 0 ? test : ['-a', ...test])),
      identity,
      caps,
    )
  )
    return
  const at = tests.findIndex(test => !holds(test, identity, caps))
  const folder = shown(folders[Math.max(at, 0)]!)
  const what = readWrite.includes(folder) ? 'write' : 'read'
  throw refused(
    `root never runs a sandboxed command as itself, and user ${identity.uid} cannot ${what} \`${folder}\``,
    `give the folder to an ordinary user (\`chown -R USER ${folder}\`), or run the command as the user who owns it`,
  )
}

function holds(
  test: readonly string[],
  { uid, gid }: Identity,
  { programs: { setpriv } }: Capabilities,
): boolean {
  if (setpriv === undefined) return false
  const as = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--', 'test', ...test]
  const { status } = spawnSync(setpriv, as, {
    stdio: 'ignore',
    env: { PATH: '/usr/bin:/bin' },
    timeout: 5000,
  })
  return status === 0
}
