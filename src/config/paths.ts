import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where a deployment keeps its files; every path is absolute. Folders are 0700, files 0600. */
export interface Paths {
  /** `$PORTCULLIS_HOME`, default `~/.portcullis`. */
  readonly home: string
  /** The configuration file; it need not exist. */
  readonly config: string
  readonly data: string
  /** Segments of the journal. */
  readonly audit: string
  /** Pinned verify keys and outside checkpoints, outside the data folder on purpose. */
  readonly trust: string
  /** Signing key, pepper, client keys. */
  readonly keys: string
  /** Unix socket of the decision service. */
  readonly socket: string
  /** The embedded database, a projection of the journal. */
  readonly database: string
}

export interface PathOptions {
  readonly config?: string | undefined
  readonly data?: string | undefined
  readonly env?: NodeJS.ProcessEnv
}

export function resolvePaths({ config, data, env = process.env }: PathOptions = {}): Paths {
  const home = resolve(env['PORTCULLIS_HOME'] || join(env['HOME'] || homedir(), '.portcullis'))
  const dataFolder = resolve(data ?? join(home, 'data'))
  return {
    home,
    config: resolve(config ?? join(home, 'portcullis.yaml')),
    data: dataFolder,
    audit: join(dataFolder, 'audit'),
    trust: join(home, 'trust'),
    keys: join(dataFolder, 'keys'),
    socket: join(dataFolder, 'portcullis.sock'),
    database: join(dataFolder, 'portcullis.db'),
  }
}
