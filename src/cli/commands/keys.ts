import type { Command } from 'commander'
import type { AuditLog } from '../../audit/event.ts'
import { loadConfig } from '../../config/load.ts'
import { type Paths, resolvePaths } from '../../config/paths.ts'
import { builtInRoles } from '../../config/rules.ts'
import type { Config } from '../../config/schema.ts'
import { systemUser } from '../../config/system-user.ts'
import {
  type ClientKey,
  type ClientKeys,
  type IssuedClientKey,
  keyState,
  openClientKeys,
} from '../../credentials/client-keys/client-keys.ts'
import { systemClock } from '../../kernel/clock.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { systemRandom } from '../../kernel/random.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'
import { withoutSecrets } from '../without-secrets.ts'

interface CreateOptions extends GlobalOptions {
  readonly label: string
  readonly env: string
  readonly role: readonly string[]
  readonly expires?: string
}

interface RotateOptions extends GlobalOptions {
  readonly grace: string
  readonly pepper?: boolean
}

type OpenJournal = (paths: Paths, config: Config) => Promise<AuditLog & { close(): Promise<void> }>

/** What one command works with. */
interface Desk {
  readonly keys: ClientKeys
  readonly paths: Paths
  readonly config: Config
  readonly terminal: Terminal
  readonly json: boolean
}

export const register: RegisterCommand = (program, terminal) => {
  const keys = program.command('keys').description('client keys: create, list, rotate, revoke')

  keys
    .command('create')
    .description('make a client key and show it, this once')
    .option('--label <text>', 'whom or what it is for', '')
    .option('--env <name>', 'environment, part of the key', 'live')
    .option(
      '--role <name>',
      'role it acts in; may be repeated (default: `authorization.defaultRole`)',
      collect,
      [],
    )
    .option('--expires <time>', 'how long it lives, like 90d, 12h or 30m (default: until revoked)')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<CreateOptions>()
      await create(await openDesk(options, terminal), options)
    })

  keys
    .command('list')
    .description('every client key with its state; never the key itself')
    .action(async (_options, command: Command) => list(await openDesk(command.optsWithGlobals(), terminal)))

  keys
    .command('rotate')
    .argument('[id]', 'id of the key to replace')
    .description('replace a client key by a new one; the old one works on for a while')
    .option('--grace <time>', 'how long the old key works on', '24h')
    .option('--pepper', 'replace the pepper of the stored digests instead of a key')
    .action(async (id: string | undefined, _options, command: Command) => {
      const options = command.optsWithGlobals<RotateOptions>()
      await rotate(await openDesk(options, terminal), id, options)
    })

  keys
    .command('revoke')
    .argument('<id>', 'id of the key')
    .description('end a client key at once')
    .action(async (id: string, _options, command: Command) =>
      revoke(await openDesk(command.optsWithGlobals(), terminal), id),
    )
}

async function create(desk: Desk, options: CreateOptions): Promise<void> {
  refuseUnknownRoles(options.role, desk.config)
  const expiresInSeconds =
    options.expires === undefined ? undefined : parseDuration(options.expires, '--expires')
  const { label, env, role: roles } = options
  refuseSecret(label)
  const issued = await onRecord(desk, () =>
    desk.keys.create({ label, env, roles, ...(expiresInSeconds !== undefined && { expiresInSeconds }) }),
  )
  show(desk, issued)
}

/** A label is stored, listed and on record. */
function refuseSecret(label: string): void {
  if (withoutSecrets(label) === label) return
  throw usage('the label holds what looks like a secret', 'say whom or what the key is for')
}

async function rotate(desk: Desk, id: string | undefined, options: RotateOptions): Promise<void> {
  if ((id === undefined) === (options.pepper !== true)) {
    throw usage('`keys rotate` takes either an id or --pepper', '`portcullis keys list` shows the ids')
  }
  if (id === undefined) {
    await onRecord(desk, () => desk.keys.rotatePepper())
    answer(desk, { pepper: 'replaced' }, 'the pepper is replaced; keys made with the one before still work\n')
    return
  }
  const grace = parseDuration(options.grace, '--grace')
  show(desk, await onRecord(desk, () => desk.keys.rotate(id, grace)))
}

/** A revocation must not wait for the journal to be mended; everything else does. */
async function revoke(desk: Desk, id: string): Promise<void> {
  const journal = await openJournal(desk).catch((error: unknown) => new UnopenedJournal(error))
  const key = await desk.keys.revoke(id).finally(() => recordAndClose(desk, journal))
  answer(
    desk,
    describe(desk, key),
    `client key \`${key.id}\` is revoked; running services refuse it within a second\n`,
  )
}

function list(desk: Desk): void {
  const keys = desk.keys.list().map(key => describe(desk, key))
  const rows = keys.map(({ id, env, state, roles, created, expires, lastUsed, label }) => {
    return [id, env, state, roles.join(',') || '-', day(created), day(expires), day(lastUsed), label || '-']
  })
  const head = ['id', 'env', 'state', 'roles', 'created', 'expires', 'last used', 'label']
  const nothing = 'no client keys; `portcullis keys create` makes one\n'
  answer(desk, { keys }, keys.length === 0 ? nothing : table([head, ...rows]))
}

/** Makes a change only when it can be recorded: by this process, or by the service that holds the journal. */
async function onRecord<T>(desk: Desk, change: () => Promise<T>): Promise<T> {
  const journal = await openJournal(desk)
  try {
    return await change()
  } finally {
    await recordAndClose(desk, journal)
  }
}

/** A journal that could not be opened, kept until the change it must not hold up is made. */
class UnopenedJournal {
  readonly fault: unknown

  constructor(fault: unknown) {
    this.fault = fault
  }
}

/** Null when another process holds the journal: it records what the key file's outbox says. */
async function openJournal({ paths, config }: Desk): Promise<Awaited<ReturnType<OpenJournal>> | null> {
  const { openAudit } = (await import('../compose.ts')) as { openAudit: OpenJournal }
  try {
    return await openAudit(paths, config)
  } catch (error) {
    if (error instanceof PortcullisError && error.code === 'audit.busy') return null
    throw error
  }
}

async function recordAndClose(
  { keys, terminal }: Desk,
  journal: Awaited<ReturnType<OpenJournal>> | UnopenedJournal | null,
): Promise<void> {
  if (journal instanceof UnopenedJournal) throw journal.fault
  if (journal === null) {
    terminal.stderr.write('the running service holds the journal and records this change\n')
    return
  }
  try {
    await keys.drain(journal)
  } finally {
    await journal.close()
  }
}

function show(desk: Desk, { key, secret }: IssuedClientKey): void {
  const { id, ...rest } = describe(desk, key)
  const replaced =
    key.rotatedFrom === null
      ? ''
      : `It replaces \`${key.rotatedFrom}\`, which works on for its grace period.\n`
  answer(
    desk,
    { id, key: secret.reveal(), ...rest },
    `${secret.reveal()}

This is client key \`${id}\`, shown this once; only a keyed digest of it is kept.
${replaced}Send it as \`x-api-key\` or \`Authorization: Bearer\`.
`,
  )
}

function describe({ keys }: Desk, key: ClientKey) {
  return {
    id: key.id,
    env: key.env,
    label: key.label,
    roles: key.roles,
    state: keyState(key, systemClock.now()),
    created: moment(key.created),
    expires: moment(key.expires),
    revoked: moment(key.revoked),
    rotatedFrom: key.rotatedFrom,
    replacedBy: key.replacedBy,
    graceUntil: moment(key.graceUntil),
    lastUsed: moment(keys.lastUsed(key.id)),
  }
}

async function openDesk(options: GlobalOptions, terminal: Terminal): Promise<Desk> {
  const paths = resolvePaths({ ...options, env: terminal.env })
  const config = await loadConfig(paths.config, { mustExist: options.config !== undefined })
  const actor = systemUser()
  const keys = await openClientKeys({ folder: paths.keys, clock: systemClock, random: systemRandom, actor })
  return { keys, paths, config, terminal, json: options.json === true }
}

/** A key in a role nobody defined would be refused everything, and nobody would see why. */
function refuseUnknownRoles(roles: readonly string[], { authorization }: Config): void {
  const unknown = roles.find(
    role => !builtInRoles.includes(role) && !Object.hasOwn(authorization.roles, role),
  )
  if (unknown === undefined) return
  const known = [...new Set([...builtInRoles, ...Object.keys(authorization.roles)])].join(', ')
  throw usage(`no role is called \`${unknown}\``, `use one of ${known}, or add it to \`authorization.roles\``)
}

const secondsOf = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
])

function parseDuration(text: string, option: string): number {
  const [, digits, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? []
  const seconds = Number(digits) * (secondsOf.get(unit) ?? Number.NaN)
  if (Number.isFinite(seconds)) return seconds
  throw usage(`\`${option} ${text}\` is not a time`, 'write a number and a unit: 45s, 30m, 12h, 90d or 4w')
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function answer({ terminal, json }: Desk, data: object, text: string): void {
  terminal.stdout.write(json ? `${JSON.stringify(data)}\n` : text)
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const lines = rows.map(row => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '))
  return `${lines.map(line => line.trimEnd()).join('\n')}\n`
}

function moment(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}

function day(moment: string | null): string {
  return moment === null ? '-' : moment.slice(0, 10)
}

function usage(message: string, remedy: string): PortcullisError {
  return new PortcullisError('usage', message, remedy)
}
