import { existsSync, statSync } from 'node:fs'
import type { Command } from 'commander'
import { rebuild } from '../../adapters/storage/projection.ts'
import type { JournalRecord, Store } from '../../adapters/storage/store.ts'
import { readRecords } from '../../audit/read.ts'
import { countRecords } from '../../audit/tail.ts'
import { type Paths, resolvePaths } from '../../config/paths.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { openStore } from '../compose.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'

const RECORDS_PER_LINE = 50_000

export const register: RegisterCommand = (program, terminal) => {
  const store = program.command('store').description('the searchable projection of the journal')

  store
    .command('status')
    .description('how far the store has followed the journal; exit 1 when it has not')
    .action((_options, command: Command) => status(command.optsWithGlobals<GlobalOptions>(), terminal))
  store
    .command('rebuild')
    .description('empty the store and fill it again from the journal; the service may go on meanwhile')
    .action((_options, command: Command) => rebuildStore(command.optsWithGlobals<GlobalOptions>(), terminal))
}

async function status(options: GlobalOptions, terminal: Terminal): Promise<void> {
  const paths = resolvePaths({ ...options, env: terminal.env })
  const records = countRecords(paths.audit)
  const applied = await appliedRecords(paths)
  const lag = Math.max(0, records - applied)
  const bytes = existsSync(paths.database) ? statSync(paths.database).size : 0

  if (lag > 0) terminal.exitCode = 1
  if (options.json) {
    print(terminal, { file: paths.database, bytes, applied, records, lag })
    return
  }
  const megabytes = (bytes / 1024 / 1024).toFixed(1)
  terminal.stdout.write(
    [
      `store    ${paths.database} (${megabytes} MB)`,
      `applied  ${applied} of ${records} records`,
      lag === 0
        ? 'the store is in step with the journal\n'
        : `behind by ${lag}: a running service catches up, or run \`portcullis store rebuild\`\n`,
    ].join('\n'),
  )
}

/** Looking must not make a database where there is none. */
async function appliedRecords(paths: Paths): Promise<number> {
  if (!existsSync(paths.database)) return 0
  return withStore(await openStore(paths), async store => (await store.appliedSeq()) + 1)
}

async function rebuildStore(options: GlobalOptions, terminal: Terminal): Promise<void> {
  const paths = resolvePaths({ ...options, env: terminal.env })
  const records = countRecords(paths.audit)
  if (records === 0) {
    throw new PortcullisError(
      'audit.missing',
      `there is no journal in \`${paths.audit}\``,
      'name the data folder with --data; nothing was changed',
    )
  }
  const say = (line: string) => void terminal.stderr.write(`${line}\n`)
  const store = await openStore(paths, {
    onBroken: movedTo => say(`the database was damaged; it was moved to \`${movedTo}\``),
  })
  const journal = {
    records: (fromSeq: number): AsyncIterable<JournalRecord> => readRecords(paths.audit, fromSeq, records),
  }

  const applied = await withStore(store, opened => rebuild(opened, journal, showProgress(records, terminal)))
  if (applied !== records) {
    throw new PortcullisError(
      'audit.corrupt',
      `the journal ended after ${applied} of ${records} records`,
      'run `portcullis audit verify`; the store holds what could be read',
    )
  }
  if (options.json) print(terminal, { file: paths.database, records: applied })
  else terminal.stdout.write(`rebuilt ${paths.database} from ${applied} records\n`)
}

async function withStore<T>(store: Store, use: (store: Store) => Promise<T>): Promise<T> {
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

/** A line that is written over on a terminal; elsewhere one line now and then. */
function showProgress(total: number, { stderr }: Terminal): (applied: number) => void {
  let told = 0
  return applied => {
    const percent = Math.floor((applied / total) * 100)
    if (stderr.isTTY) {
      stderr.write(`\r${applied} of ${total} records (${percent} %)${applied === total ? '\n' : ''}`)
    } else if (applied - told >= RECORDS_PER_LINE) {
      told = applied
      stderr.write(`${applied} of ${total} records (${percent} %)\n`)
    }
  }
}

function print(terminal: Terminal, value: unknown): void {
  terminal.stdout.write(`${JSON.stringify(value)}\n`)
}
