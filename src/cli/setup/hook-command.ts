import { fileURLToPath } from 'node:url'
import type { Paths } from '../../config/paths.ts'
import type { Config } from '../../config/schema.ts'
import type { HookEntry } from '../../enforcement/hooks/setup.ts'
import type { GlobalOptions } from '../terminal.ts'

/** The fast path in this installation; the same two steps up from `src/` and from `dist/`. */
const hookProgram = fileURLToPath(new URL('../../../bin/portcullis-hook', import.meta.url))

const isCheckout = import.meta.filename.endsWith('.ts')

/** When the hook program gives up by itself, in seconds; the same number stands in `bin/portcullis-hook`. */
const PROGRAM_LIMIT_SECONDS = 7

/**
 * The entry for an agent's settings. Folders are written out, because a repository's settings can set
 * environment variables for the agent and would otherwise choose the policy.
 */
export function hookEntry(
  agent: string,
  paths: Paths,
  options: Pick<GlobalOptions, 'data' | 'config'>,
  config?: Config,
): HookEntry {
  const words = [quote(hookProgram), agent, '--home', quote(paths.home)]
  if (options.data !== undefined) words.push('--data', quote(paths.data))
  if (options.config !== undefined) words.push('--config', quote(paths.config))
  // A checkout brings its own Node; the published package runs with the one at hand, which another shell may not find.
  if (!isCheckout) words.push('--node', quote(process.execPath))
  const limit = Math.ceil((config?.hooks.deadlineMs ?? 0) / 1000) + 5
  if (limit > PROGRAM_LIMIT_SECONDS) words.push('--limit', String(limit))
  // INVARIANT: our own limit ends before the client's, after which an older client lets the act run.
  return { command: words.join(' '), timeout: Math.max(PROGRAM_LIMIT_SECONDS, limit) + 3 }
}

/** The entry for managed settings, which serve every user of a machine: each with the folder in the home they log in to. */
export function managedHookEntry(agent: string): HookEntry {
  return { command: `${quote(hookProgram)} ${agent} --user-home`, timeout: PROGRAM_LIMIT_SECONDS + 3 }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}
