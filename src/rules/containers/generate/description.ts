import { PortcullisError } from '../../../kernel/errors.ts'

/** One container as it should run, whatever the format it is written in. */
export interface Description {
  readonly name: string
  /** `name@sha256:…`, or `${NAME}` where the format has variables: then it has no default. */
  readonly image: string
  /** `uid:gid`, neither of them root's. */
  readonly user: string
  readonly memory: string
  readonly cpus: string
  readonly pids: number
  readonly tmpfs: readonly { readonly path: string; readonly size: string }[]
  readonly volumes: readonly { readonly name: string; readonly path: string }[]
  /** Published on loopback alone. */
  readonly ports: readonly { readonly outside: number; readonly inside: number }[]
  readonly environment: readonly { readonly name: string; readonly value: string }[]
  /** Variables whose values come from where it runs. */
  readonly passed: readonly string[]
  readonly capabilities: readonly string[]
  readonly network: string
  /** Without a way out to the world. */
  readonly isInternal: boolean
  readonly subnet: string | undefined
  readonly health: readonly string[]
  readonly command: readonly string[]
  /** A profile of one's own; else the engine's. */
  readonly seccomp: string | undefined
  readonly build: Build
}

/** Of an image. */
interface Build {
  readonly source: string
  readonly folder: string
  /** Run one after the other in a stage of their own; none puts the source into the image as it is. */
  readonly steps: readonly string[]
  /** What the image takes from that stage, by its place below `folder`. */
  readonly keep: readonly string[]
  readonly entrypoint: readonly string[]
}

/** An engine publishes no port of a network that leads nowhere. */
export function staysInside({ isInternal, ports }: Description): boolean {
  return isInternal && ports.length === 0
}

export const formats = ['docker', 'compose', 'kubernetes', 'dockerfile'] as const
export type Format = (typeof formats)[number]

/** Capabilities that stay within the container. */
const CAPABILITIES = ['CHOWN', 'FOWNER', 'FSETID', 'KILL', 'NET_BIND_SERVICE', 'SETGID', 'SETUID']

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$/
const PATH = /^(?:\/[A-Za-z0-9._-]+)+$/
const SIZE = /^[1-9]\d{0,5}[kmg]$/
const DIGEST = /^[a-z0-9][\w./:-]*@sha256:[0-9a-f]{64}$/
const VARIABLE = /^\$\{[A-Z_][A-Z0-9_]*\}$/

/** Throws `usage` for whatever would not hold: what is written must be what is meant. */
export function refuseUnsafe(description: Description, format: Format): void {
  const { image, name, user, memory, cpus, pids, network, subnet } = description
  if (VARIABLE.test(image) && format !== 'compose' && format !== 'dockerfile')
    refuse(`\`${image}\` is no image for ${format}`, 'name it with its digest')
  if (!DIGEST.test(image) && !VARIABLE.test(image))
    refuse(
      `the image \`${image}\` is not pinned`,
      'give `name@sha256:` and 64 digits (`docker buildx imagetools inspect IMAGE` shows them), or a variable in braces for compose and dockerfile',
    )
  demand(NAME.test(name), `\`${name}\` is no name`, 'use small letters, digits and dashes, at most 50')
  demand(
    NAME.test(network),
    `\`${network}\` is no name of a network`,
    'use small letters, digits and dashes, at most 50',
  )
  const [uid, gid, rest] = user.split(':')
  demand(
    rest === undefined && [uid, gid].every(id => /^[1-9]\d{0,8}$/.test(id ?? '')),
    `\`${user}\` is no ordinary user`,
    'give a number for user and group, such as 65532:65532',
  )
  demand(
    SIZE.test(memory),
    `\`${memory}\` is no size of memory`,
    'give a number with k, m or g, such as 256m',
  )
  demand(
    /^(?:\d{1,3}\.\d{1,2}|[1-9]\d{0,2})$/.test(cpus) && Number(cpus) > 0,
    `\`${cpus}\` is no share of processors`,
    'give a number such as 0.5',
  )
  demand(
    Number.isInteger(pids) && pids > 0 && pids <= 100_000,
    `\`${pids}\` is no number of processes`,
    'give 1 to 100000',
  )
  demand(
    subnet === undefined || /^\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}$/.test(subnet),
    `\`${subnet}\` is no subnet`,
    'give one such as 172.30.87.0/28',
  )
  refuseUnsafePaths(description)
  refuseUnsafeWords(description)
}

function refuseUnsafePaths({ tmpfs, volumes, ports, build, seccomp }: Description): void {
  for (const { path, size } of tmpfs) {
    demand(
      PATH.test(path) && !leaves(path),
      `\`${path}\` is no path for a tmpfs`,
      'give an absolute one, such as /tmp:16m',
    )
    demand(SIZE.test(size), `\`${size}\` is no size`, 'give a number with k, m or g, such as /tmp:16m')
  }
  for (const { name, path } of volumes) {
    demand(
      NAME.test(name),
      `\`${name}\` is no name of a volume`,
      'give NAME:/path; folders of the machine are not mounted',
    )
    demand(PATH.test(path) && !leaves(path), `\`${path}\` is no path for a volume`, 'give an absolute one')
  }
  const paths = [...tmpfs, ...volumes].map(({ path }) => path)
  demand(new Set(paths).size === paths.length, 'two mounts stand at one place', 'give each a path of its own')
  const names = volumes.map(({ name }) => name)
  demand(new Set(names).size === names.length, 'two volumes have one name', 'give each a name of its own')
  for (const { outside, inside } of ports) {
    const isPort = [outside, inside].every(port => Number.isInteger(port) && port >= 1 && port <= 65_535)
    demand(isPort, 'a port is no number from 1 to 65535', 'give OUTSIDE:INSIDE or auto:INSIDE')
    demand(inside !== 22 && outside !== 22, 'port 22 is for ssh', 'use `docker exec` on the machine')
  }
  const outer = ports.map(({ outside }) => outside)
  demand(
    new Set(outer).size === outer.length,
    'a port is published twice',
    'give each one port of the machine',
  )
  demand(
    PATH.test(build.folder) && !leaves(build.folder),
    `\`${build.folder}\` is no folder for the image`,
    'give an absolute one, such as /app',
  )
  for (const path of [build.source, ...build.keep])
    demand(
      /^[\w./-]+$/.test(path) && !path.startsWith('-') && !leaves(path),
      `\`${path}\` is no path of the source`,
      'give one below it',
    )
  demand(
    seccomp === undefined || /^[\w./-]+\.json$/.test(seccomp),
    `\`${seccomp}\` is no seccomp profile`,
    'name a .json file',
  )
}

function leaves(path: string): boolean {
  return path.split('/').includes('..')
}

function refuseUnsafeWords({ environment, passed, capabilities, health, command, build }: Description): void {
  for (const name of [...environment.map(one => one.name), ...passed])
    demand(
      /^[A-Za-z_][A-Za-z0-9_]*$/.test(name),
      `\`${name}\` is no name of a variable`,
      'use letters, digits and underscores',
    )
  const names = [...environment.map(one => one.name), ...passed]
  demand(new Set(names).size === names.length, 'a variable is set twice', 'set each once')
  for (const name of capabilities)
    demand(
      CAPABILITIES.includes(name),
      `the capability \`${name}\` is more than a hardened container gets`,
      `use ${CAPABILITIES.join(', ')}`,
    )
  demand(
    health.length > 0,
    'nothing says how its health is told',
    'give a command that ends with 0: --health "/app/ok --quick"',
  )
  const words = [
    ...environment.map(one => one.value),
    ...health,
    ...command,
    ...build.steps,
    ...build.entrypoint,
  ]
  for (const word of words)
    demand(
      !/[\p{Cc}\p{Co}\u2028\u2029]/u.test(word),
      'a word holds a line end or another control character',
      'leave it out',
    )
  for (const step of build.steps)
    demand(!/\\\s*$/.test(step), 'a step ends with a backslash', 'give each step whole')
}

function demand(holds: boolean, fact: string, remedy: string): void {
  if (!holds) refuse(fact, remedy)
}

function refuse(fact: string, remedy: string): never {
  throw new PortcullisError('usage', fact, remedy)
}
