import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'

export interface Migration {
  readonly name: string
  readonly sql: string
}

/** In order, each run once. Never edit one that was released: its hash is kept in every database. Add another. */
const migrations: readonly Migration[] = [
  {
    name: '0001-decisions-requests-usage',
    sql: `
      create table decisions (
        seq integer primary key, id text not null, time text not null, point text not null, action text not null,
        resource text not null, "user" text not null, result text not null, layer text, "reasonCode" text, threat text,
        "sourceAddress" text not null, session text, record text not null
      ) strict;
      create index decisions_id on decisions (id);
      create index decisions_time on decisions (time);
      create index decisions_user on decisions ("user", seq);
      create index decisions_session on decisions (session, seq) where session is not null;
      create table requests (
        seq integer primary key, id text not null, time text not null, "user" text not null, session text, model text,
        status integer, "durationMs" real
      ) strict;
      create index requests_time on requests (time);
      create table usage (
        seq integer primary key, time text not null, "user" text not null, model text not null,
        "inputTokens" integer not null, "outputTokens" integer not null
      ) strict;
      create index usage_time on usage (time);
      create table meta (key text primary key, value integer not null) strict, without rowid;
      insert into meta (key, value) values ('appliedSeq', -1);
    `,
  },
  {
    // What was stored before had no class; `internal` is that of every such record.
    name: '0002-data-classes',
    sql: `
      alter table decisions add column "dataClass" text not null default 'internal';
      alter table requests add column "dataClass" text not null default 'internal';
    `,
  },
]

/** Brings a database up to date. Throws when it was made by other migrations than these: edited, reordered or newer. */
export function migrate(database: DatabaseSync, wanted: readonly Migration[] = migrations): void {
  // Taken before looking, so that of two openers one migrates and the other then finds it done.
  database.exec('begin immediate')
  try {
    database.exec(
      'create table if not exists migrations (position integer primary key, name text not null, sha256 text not null) strict',
    )
    const done = database.prepare('select name, sha256 from migrations order by position').all()
    refuseForeign(done, wanted)
    const insert = database.prepare('insert into migrations (position, name, sha256) values (?, ?, ?)')
    for (const [position, migration] of wanted.entries()) {
      if (position < done.length) continue
      database.exec(migration.sql)
      insert.run(position, migration.name, hashOf(migration))
    }
    database.exec('commit')
  } catch (error) {
    database.exec('rollback')
    throw error
  }
}

function refuseForeign(done: readonly Record<string, unknown>[], wanted: readonly Migration[]): void {
  for (const [position, { name, sha256 }] of done.entries()) {
    const migration = wanted[position]
    if (migration === undefined)
      throw new Error(`the database is from a newer version (migration \`${name}\`)`)
    if (migration.name !== name || hashOf(migration) !== sha256) {
      throw new Error(`migration \`${name}\` was edited after it ran here`)
    }
  }
}

function hashOf({ sql }: Migration): string {
  return createHash('sha256').update(sql).digest('hex')
}
