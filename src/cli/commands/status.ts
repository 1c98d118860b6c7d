import type { Command } from 'commander'
import { resolvePaths } from '../../config/paths.ts'
import type { Agreement } from '../../rules/commands/affirm/agreement.ts'
import { printable } from '../printable.ts'
import { askService } from '../service-client.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'

interface Status {
  readonly version: string
  readonly started: string
  readonly gateway: string
  readonly admin: string
  readonly upstream: string
  readonly authentication: string
  readonly hooksMode: string
  readonly journal: { readonly origin: string; readonly records: number; readonly writable: boolean }
  readonly coverage: {
    readonly asked: number
    readonly seen: number
    readonly missed: number
    readonly gaps: readonly { readonly session: string; readonly toolUseId: string }[]
  }
  /** How often the second grammar agreed with the first; null when it could not be loaded. */
  readonly grammar: Readonly<Record<Agreement, number>> | null
  readonly breakGlass: {
    readonly id: string
    readonly until: number
    readonly uses: number
    readonly reason: string
  } | null
  readonly policy: {
    readonly rules: number
    readonly exceptions: number
    readonly expired: readonly string[]
  }
  readonly layers: readonly {
    readonly step: string
    readonly count: number
    readonly p50: number
    readonly p99: number
  }[]
}

export const register: RegisterCommand = (program, terminal) => {
  program
    .command('status')
    .description('health of the running service, its layers and its coverage')
    .action((_options, command: Command) => status(command.optsWithGlobals<GlobalOptions>(), terminal))
}

async function status(options: GlobalOptions, terminal: Terminal): Promise<void> {
  const paths = resolvePaths({ ...options, env: terminal.env })
  const answer = await askService(paths.socket, 'GET', '/v1/status')
  terminal.stdout.write(options.json ? `${answer.trim()}\n` : describe(JSON.parse(answer) as Status))
  const { journal, coverage } = JSON.parse(answer) as Status
  if (!journal.writable || coverage.missed > 0) terminal.exitCode = 1
}

function describeGrammar(grammar: Status['grammar']): string {
  if (!grammar) return 'the second one is NOT LOADED: no command is affirmed'
  const others = grammar.differs + grammar.unreadable + grammar['adds-program']
  return `agreed on ${grammar.agrees} of ${grammar.agrees + others} harmless commands`
}

function describeGlass(glass: Status['breakGlass']): string {
  if (!glass) return ''
  const until = new Date(glass.until).toISOString()
  return `; THE GLASS IS BROKEN until ${until}, ${glass.uses} uses: ${printable(glass.reason)} (${glass.id})`
}

function describeGaps({ missed, gaps }: Status['coverage']): string {
  if (missed === 0) return ''
  const [last] = gaps
  const where = last
    ? `; the last one: call ${printable(last.toolUseId)} of session ${printable(last.session)}`
    : ''
  return `, ${missed} NOT GUARDED${where}`
}

function describePolicy({ rules, exceptions, expired }: Status['policy']): string {
  const over = expired.length === 0 ? '' : `; EXPIRED and without effect: ${expired.join(', ')}`
  return `own rules: ${rules}, exceptions: ${exceptions}${over}`
}

function describe(status: Status): string {
  const { journal, coverage } = status
  const rows = status.layers.map(
    ({ step, count, p50, p99 }) =>
      `  ${step.padEnd(16)}${String(count).padStart(9)}${p50.toFixed(0).padStart(9)}${p99.toFixed(0).padStart(9)}`,
  )
  return `portcullis ${status.version}, up since ${status.started}

  gateway         ${status.gateway} → ${status.upstream} (authentication: ${status.authentication})
  admin           ${status.admin}
  hooks           ${status.hooksMode}${describeGlass(status.breakGlass)}
  policy          ${describePolicy(status.policy)}
  journal         ${journal.records} records, ${journal.writable ? 'writable' : 'NOT WRITABLE: every allow becomes a deny'}
  coverage        ${coverage.seen} of ${coverage.asked} tool uses seen by a hook${describeGaps(coverage)}
  grammars        ${describeGrammar(status.grammar)}

  layer            decided   p50 µs   p99 µs
${rows.join('\n')}
`
}
