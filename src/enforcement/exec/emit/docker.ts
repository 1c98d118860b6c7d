import { isWithin } from '../places.ts'
import { quote } from '../quote.ts'
import type { Emission, EmitOptions } from './emit.ts'
import { type GapList, gapList, limitGaps } from './gaps.ts'
import type { Scope, ScopedPath } from './scope.ts'

/** What an image brings itself. */
const OF_THE_IMAGE = /^\/(?:bin|boot|dev|etc|lib\d*|libx32|proc|run|sbin|sys|usr|var)(?:\/|$)/

/**
 * One `docker run`, a word a line. The root is the image's and read-only, the network is none, nothing of the machine is seen but
 * what the policy hands over.
 */
export function emitDocker(scope: Scope, { command, image, identity }: EmitOptions): Emission {
  const { policy } = scope
  const { limits } = policy
  const gaps = gapList()
  const half = Math.max(1, Math.floor(limits.memoryMb / 2))
  const argv = [
    ...['docker', 'run', '--rm', '--init', '--interactive', '--pull=never'],
    ...['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges:true'],
    ...[`--user=${identity.uid}:${identity.gid}`, '--hostname=sandbox', '--network=none', '--ipc=private'],
    ...[
      `--memory=${limits.memoryMb}m`,
      `--memory-swap=${limits.memoryMb}m`,
      '--cpus=1',
      `--pids-limit=${limits.processes}`,
    ],
    `--ulimit=nofile=${limits.openFiles}:${limits.openFiles}`,
    `--ulimit=cpu=${limits.cpuSeconds}:${limits.cpuSeconds}`,
    `--ulimit=fsize=${limits.fileSizeMb * 1024 * 1024}:${limits.fileSizeMb * 1024 * 1024}`,
    '--ulimit=core=0:0',
    ...['--log-opt=max-size=10m', '--log-opt=max-file=1'],
    `--tmpfs=/tmp:rw,noexec,nosuid,nodev,size=${half}m,mode=1777`,
    ...mounts(scope, gaps),
    ...policy.env.allow.map(name => `--env=${name}`),
    ...(isMounted(scope.cwd, scope) ? [`--workdir=${scope.cwd}`] : ['--workdir=/tmp']),
    image,
    ...command,
  ]
  for (const host of policy.network.mode === 'allowlist' ? policy.network.allow : [])
    gaps.stricter(host, 'there is no list of hosts, so it is not reached')
  gaps.stricter('filesystem', 'programs are those of the image')
  gaps.weaker('limits.cpuSeconds', 'the limit counts for each process, not for all of them together')
  gaps.weaker('system calls', 'the engine has a filter of its own')
  limitGaps(policy, ['memoryMb', 'openFiles', 'processes', 'fileSizeMb', 'cpuSeconds'], gaps)
  return {
    text: `${argv.map(quote).join(' \\\n  ')}\n`,
    argv,
    gaps: gaps.gaps,
    use: 'run it as a user who may talk to the engine; the image must be there, pinned by its digest',
  }
}

function mounts(scope: Scope, gaps: GapList): readonly string[] {
  const seen = [...scope.readWrite, ...scope.readOnly].map(({ path }) => path)
  const bind = (readonly: boolean) => (paths: readonly ScopedPath[]) =>
    paths.flatMap(({ path }) => {
      if (OF_THE_IMAGE.test(path)) {
        gaps.stricter(path, 'it is the image’s, not the machine’s')
        return []
      }
      return [mount('bind', path, path, readonly)]
    })
  const inside = (paths: readonly ScopedPath[]) =>
    paths.filter(({ path }) => {
      const isInside = seen.some(folder => isWithin(path, folder))
      const isCovered = scope.deny.some(
        one => one.path !== path && one.kind === 'directory' && isWithin(path, one.path),
      )
      if (!isInside || isCovered) gaps.stricter(path, 'nothing of it is seen inside')
      return isInside && !isCovered && !OF_THE_IMAGE.test(path)
    })
  const present = (paths: readonly ScopedPath[], what: string) =>
    inside(paths).filter(({ path, kind }) => {
      if (kind === 'missing' && isWritable(path, scope)) gaps.weaker(path, `it is not there yet, and ${what}`)
      else if (kind === 'missing') gaps.stricter(path, 'it is not there, and nobody inside can make it')
      return kind !== 'missing'
    })
  return [
    ...bind(false)(scope.readWrite),
    ...bind(true)(scope.readOnly),
    ...bind(true)(present(scope.denyWrite, 'could be made')),
    ...present(scope.deny, 'could be made and read').map(({ path, kind }) => hidden(path, kind)),
  ]
}

function hidden(path: string, kind: ScopedPath['kind']): string {
  return kind === 'directory'
    ? `--mount=${fields(['type=tmpfs', `target=${path}`, 'tmpfs-size=4096', 'tmpfs-mode=0000'])}`
    : mount('bind', '/dev/null', path, true)
}

function mount(type: string, source: string, target: string, readonly: boolean): string {
  return `--mount=${fields([`type=${type}`, `source=${source}`, `target=${target}`, ...(readonly ? ['readonly'] : [])])}`
}

/** The engine reads one record of CSV (RFC 4180). */
function fields(all: readonly string[]): string {
  return all.map(field => (/[",\r\n]|^\s/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',')
}

function isWritable(path: string, { readWrite }: Scope): boolean {
  return readWrite.some(folder => isWithin(path, folder.path))
}

function isMounted(path: string, { readWrite, readOnly }: Scope): boolean {
  return [...readWrite, ...readOnly].some(
    folder => path === folder.path || path.startsWith(`${folder.path}/`),
  )
}
