import { resolve } from 'node:path'
import { commandName } from '../command-name.ts'
import type { Terminal } from '../terminal.ts'
import { findProgram } from './agents.ts'
import { confirm } from './confirm.ts'
import { reportOf, showDiff } from './report.ts'
import { findCommitHook, planCommitHook, planCommitHookRemoval } from './repository-hooks.ts'

interface RepositoryOptions {
  /** The folder, or true for the one at hand. */
  readonly repository: string | true
  readonly yes?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** Enters the scan of each commit into a repository, or takes it out again; shows the change and asks before. */
export async function setUpRepository(
  { repository, yes, dryRun, json }: RepositoryOptions,
  terminal: Terminal,
  way: 'install' | 'remove',
): Promise<void> {
  const folder = resolve(terminal.cwd, repository === true ? '.' : repository)
  const hook = await findCommitHook(folder, terminal.env)
  const plan = way === 'install' ? planCommitHook(hook) : planCommitHookRemoval(hook)
  const isChange = plan.change !== 'none'
  if (!json) terminal.stdout.write(isChange ? showDiff(plan.diff) : `nothing to do: ${plan.file}\n`)
  if (isChange && !dryRun && !yes && !(await confirm('Make this change?', terminal))) {
    terminal.stdout.write('nothing was changed\n')
    terminal.exitCode = 1
    return
  }
  const report = reportOf(plan, dryRun ? null : plan.apply(Date.now()))
  if (json) {
    terminal.stdout.write(
      `${JSON.stringify({ applied: isChange && !dryRun, kind: hook.kind, files: [report] })}\n`,
    )
    return
  }
  if (report.backup !== null) terminal.stdout.write(`backup: ${report.backup}\n`)
  if (dryRun) terminal.stdout.write('dry run: nothing was changed\n')
  else if (isChange && way === 'install')
    terminal.stdout.write(`done: each commit is scanned${adviceFor(hook.isShared, terminal)}\n`)
  else if (isChange) terminal.stdout.write('done; commits are not scanned from now on\n')
}

/** A file that others get names the program only; without it their commits, and yours, are refused. */
function adviceFor(isShared: boolean, { env }: Terminal): string {
  if (!isShared || findProgram('portcullis', env)) return ''
  return `; \`portcullis\` is not on the PATH here: put a link to \`${commandName(env)}\` there`
}
