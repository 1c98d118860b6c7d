import { closeSync, constants, fstatSync, openSync, renameSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { Kysely } from 'kysely'
import { systemCode } from '../../../kernel/errors.ts'
import { type Rows, readLines, toRows } from '../rows.ts'
import type {
  DecisionFilter,
  JournalRecord,
  RetentionLimit,
  Store,
  StoredDecision,
  UsageTotal,
} from '../store.ts'
import { NodeSqliteDialect } from './dialect.ts'
import { migrate } from './migrations.ts'
import type { Tables } from './tables.ts'

const READABLE_BY_OTHERS = 0o077
const CHECKED_UP_TO_PAGES = 16_384
const DEFAULT_LIMIT = 100

/** SQLite's own words for a file that is damaged or is no database. */
const brokenCodes = new Set([11, 26])

/** The file cannot be used as a database; it can be moved aside and made again. */
export class BrokenDatabase extends Error {}

/** The database itself, blocking; it lives in the worker thread. */
export function openDatabase(file: string): Store {
  refuseInsecure(file)
  const database = new DatabaseSync(file, { timeout: 5_000, enableForeignKeyConstraints: true })
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma trusted_schema = off')
    refuseDamaged(database)
    migrate(database)
  } catch (error) {
    database.close()
    throw asFault(error)
  }
  return createOperations(database)
}

/** Moves a broken database and its log files aside; returns where the database now is. */
export function moveAside(file: string, suffix: string): string {
  const target = `${file}.broken-${suffix}`
  for (const ending of ['', '-wal', '-shm']) {
    try {
      renameSync(file + ending, target + ending)
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error
    }
  }
  return target
}

function createOperations(database: DatabaseSync): Store {
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(database) })

  const inserters = createInserters(db, database)
  const apply = async (records: readonly JournalRecord[]) => {
    if (records.length > 0) await db.transaction().execute(trx => applyAll(trx, inserters, records))
  }

  const operations: Store = {
    apply,
    applyLines: records => apply(readLines(records)),
    appliedSeq: () => readAppliedSeq(db),
    async decision(id) {
      const row = await decisionRows(db)
        .where('id', '=', id)
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row ?? null
    },
    decisions: filter => findDecisions(db, filter ?? {}),
    usage: since => sumUsage(db, since),
    prune: limits => db.transaction().execute(trx => pruneAll(trx, limits)),
    clear: () => db.transaction().execute(clearAll),
    async close() {
      await db.destroy()
      if (database.isOpen) database.close()
    },
  }
  return operations
}

const columns = {
  decisions: [
    'seq',
    'id',
    'time',
    'point',
    'action',
    'resource',
    'user',
    'result',
    'layer',
    'reasonCode',
    'threat',
    'sourceAddress',
    'session',
    'dataClass',
    'record',
  ],
  requests: ['seq', 'id', 'time', 'user', 'session', 'model', 'status', 'durationMs', 'dataClass'],
  usage: ['seq', 'time', 'user', 'model', 'inputTokens', 'outputTokens'],
} as const satisfies { [T in keyof Tables]?: readonly (keyof Tables[T])[] }

type Inserters = { readonly [T in keyof Rows]: (row: Rows[T][number]) => void }

/** One prepared statement a table: building a query for each batch cost more than its rows. */
function createInserters(db: Kysely<Tables>, database: DatabaseSync): Inserters {
  const inserter = (table: keyof Rows) => {
    const names: readonly string[] = columns[table]
    const placeholders = Object.fromEntries(names.map(name => [name, null]))
    const { sql } = db
      .insertInto(table)
      .values(placeholders as never)
      .compile()
    const statement = database.prepare(sql)
    return (row: object) => {
      const values = row as Readonly<Record<string, SQLInputValue>>
      statement.run(...names.map(name => values[name]!))
    }
  }
  return { decisions: inserter('decisions'), requests: inserter('requests'), usage: inserter('usage') }
}

async function applyAll(
  trx: Kysely<Tables>,
  inserters: Inserters,
  records: readonly JournalRecord[],
): Promise<void> {
  const applied = await readAppliedSeq(trx)
  const fresh = records.filter(record => record.seq > applied)
  const last = fresh.at(-1)
  if (last === undefined) return
  refuseGaps(fresh, applied)

  const { decisions, requests, usage } = toRows(fresh)
  decisions.forEach(inserters.decisions)
  requests.forEach(inserters.requests)
  usage.forEach(inserters.usage)
  // INVARIANT: in the rows' own transaction, so that a crash leaves either both or neither.
  await trx.updateTable('meta').set({ value: last.seq }).where('key', '=', 'appliedSeq').execute()
}

function refuseGaps(records: readonly JournalRecord[], applied: number): void {
  for (const [index, { seq }] of records.entries()) {
    const expected = applied + 1 + index
    if (seq !== expected) throw new Error(`record ${expected} is missing before ${seq}`)
  }
}

async function readAppliedSeq(db: Kysely<Tables>): Promise<number> {
  const { value } = await db
    .selectFrom('meta')
    .select('value')
    .where('key', '=', 'appliedSeq')
    .executeTakeFirstOrThrow()
  return value
}

function decisionRows(db: Kysely<Tables>) {
  return db.selectFrom('decisions').selectAll()
}

async function findDecisions(
  db: Kysely<Tables>,
  { result, user, session, since, limit = DEFAULT_LIMIT }: DecisionFilter,
): Promise<readonly StoredDecision[]> {
  let query = decisionRows(db).orderBy('seq', 'desc').limit(limit)
  if (result !== undefined) query = query.where('result', '=', result)
  if (user !== undefined) query = query.where('user', '=', user)
  if (session !== undefined) query = query.where('session', '=', session)
  if (since !== undefined) query = query.where('time', '>=', since)
  return await query.execute()
}

async function sumUsage(db: Kysely<Tables>, since: string | undefined): Promise<readonly UsageTotal[]> {
  let query = db
    .selectFrom('usage')
    .select(({ fn }) => [
      'user',
      'model',
      fn.countAll<number>().as('requests'),
      fn.sum<number>('inputTokens').as('inputTokens'),
      fn.sum<number>('outputTokens').as('outputTokens'),
    ])
    .groupBy(['user', 'model'])
    .orderBy('user')
    .orderBy('model')
  if (since !== undefined) query = query.where('time', '>=', since)
  return await query.execute()
}

/** What a request cost says of itself who did how much: `internal`, as the request. */
async function pruneAll(trx: Kysely<Tables>, limits: readonly RetentionLimit[]): Promise<number> {
  let removed = 0n
  for (const { dataClass, before } of limits) {
    for (const table of ['decisions', 'requests'] as const) {
      const old = trx.deleteFrom(table).where('dataClass', '=', dataClass).where('time', '<', before)
      removed += (await old.executeTakeFirst()).numDeletedRows
    }
    if (dataClass !== 'internal') continue
    const old = trx.deleteFrom('usage').where('time', '<', before)
    removed += (await old.executeTakeFirst()).numDeletedRows
  }
  return Number(removed)
}

async function clearAll(trx: Kysely<Tables>): Promise<void> {
  for (const table of ['decisions', 'requests', 'usage'] as const) await trx.deleteFrom(table).execute()
  await trx.updateTable('meta').set({ value: -1 }).where('key', '=', 'appliedSeq').execute()
}

/** Makes the file with mode 0600, or refuses one that others can read: it tells who did what. */
function refuseInsecure(file: string): void {
  const opened = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  try {
    const { mode } = fstatSync(opened)
    if (mode & READABLE_BY_OTHERS)
      throw new Error(`\`${file}\` can be read by other users; run \`chmod 600\` on it`)
  } finally {
    closeSync(opened)
  }
}

/** Looks through a small file at once; a large one tells when a damaged page is used. */
function refuseDamaged(database: DatabaseSync): void {
  const pages = database.prepare('pragma page_count').get()?.['page_count']
  if (typeof pages === 'number' && pages > CHECKED_UP_TO_PAGES) return
  const found = database.prepare('pragma quick_check(1)').get()?.['quick_check']
  if (found !== 'ok') throw new BrokenDatabase('the database is damaged')
}

/** Recognises damage in whatever SQLite threw. */
export function asFault(error: unknown): unknown {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  // The low byte is the primary code; the rest tells more.
  const isBroken = typeof code === 'number' && brokenCodes.has(code & 0xff)
  return isBroken ? new BrokenDatabase((error as Error).message, { cause: error }) : error
}
