import { PortcullisError } from '../../kernel/errors.ts'
import type { Description } from '../../rules/containers/generate/description.ts'

/** What `containers generate` takes, as typed. */
export interface GenerateOptions {
  readonly image: string
  readonly name: string
  readonly user: string
  readonly memory: string
  readonly cpus: string
  readonly pids: string
  readonly tmpfs: readonly string[]
  readonly volume: readonly string[]
  readonly publish: readonly string[]
  readonly env: readonly string[]
  readonly envFrom: readonly string[]
  readonly capAdd: readonly string[]
  readonly network?: string
  readonly outbound?: boolean
  readonly subnet?: string
  readonly health: string
  readonly seccomp?: string
  readonly source: string
  readonly folder: string
  readonly step: readonly string[]
  readonly keep: readonly string[]
  readonly entrypoint?: string
}

/** The description that options and words behind `--` mean; `allocate` gives a port of the machine for `auto`. */
export async function describe(
  options: GenerateOptions,
  command: readonly string[],
  allocate: () => Promise<number>,
): Promise<Description> {
  const ports: { outside: number; inside: number }[] = []
  for (const text of options.publish) ports.push(await portOf(text, allocate))
  return {
    name: options.name,
    image: options.image,
    user: options.user,
    memory: options.memory,
    cpus: options.cpus,
    pids: Number(options.pids),
    tmpfs: options.tmpfs.map(text => {
      const [path, size] = halves(text)
      return { path, size: size ?? '64m' }
    }),
    volumes: options.volume.map(text => {
      const [name, path] = halves(text)
      return { name, path: path ?? '' }
    }),
    ports,
    environment: options.env.map(variableOf),
    passed: options.envFrom,
    capabilities: options.capAdd.map(name => name.toUpperCase().replace(/^CAP_/, '')),
    network: options.network ?? options.name,
    isInternal: !options.outbound,
    subnet: options.subnet,
    health: words(options.health),
    command,
    seccomp: options.seccomp,
    build: {
      source: options.source,
      folder: options.folder,
      steps: options.step,
      keep: options.keep,
      entrypoint: words(options.entrypoint ?? ''),
    },
  }
}

function halves(text: string): readonly [string, string | undefined] {
  const colon = text.indexOf(':')
  return colon < 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)]
}

async function portOf(text: string, allocate: () => Promise<number>) {
  const [first, second] = halves(text)
  const inside = Number(second ?? first)
  return { outside: first === 'auto' && second !== undefined ? await allocate() : Number(first), inside }
}

function variableOf(text: string): { name: string; value: string } {
  const equals = text.indexOf('=')
  if (equals > 0) return { name: text.slice(0, equals), value: text.slice(equals + 1) }
  throw new PortcullisError(
    'usage',
    `\`${text}\` sets no variable`,
    'give NAME=value, or --env-from NAME for a value from where it runs',
  )
}

/** Blanks part words; single quotes keep them. */
function words(text: string): string[] {
  return [...text.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''))
}
