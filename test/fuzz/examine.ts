import { readdirSync, readFileSync } from 'node:fs'
import type { CommandGrammar } from '../../src/adapters/grammar/command-grammar.ts'
import { compareGrammars } from '../../src/rules/commands/affirm/agreement.ts'
import { judgeCommand } from '../../src/rules/commands/judge.ts'
import type { FileSystemView, Judgement } from '../../src/rules/judgement.ts'
import { notPlainlyReading } from './plainly-reading.ts'

/** The time one decision may take. */
const STALL_MS = 50

export interface Examined {
  readonly opinion: Judgement['opinion'] | 'fault'
  /** What is wrong with the decision, or null. */
  readonly fault: string | null
}

const view: FileSystemView = { realPath: path => path, caseInsensitive: false }
const workplace = { cwd: '/home/dev/app', home: '/home/dev', project: '/home/dev/app' }

/** Every text of the case files. */
export function readCorpus(): string[] {
  const base = new URL('../cases/commands/', import.meta.url)
  return readdirSync(base)
    .filter(name => name.endsWith('.jsonl'))
    .toSorted()
    .flatMap(name => readFileSync(new URL(name, base), 'utf8').trim().split('\n'))
    .map(line => (JSON.parse(line) as { command: string }).command)
}

/** Judges one text, which is never run, and looks at how that went. */
export function examine(command: string, grammar: CommandGrammar): Examined {
  const judge = () => judgeCommand(command, workplace, view, undefined, grammar)
  try {
    const started = performance.now()
    const { opinion } = judge()
    const took = performance.now() - started
    // A busy machine is no stall: what is slow takes processor time, and takes it again.
    const least = took < STALL_MS ? took : Math.min(timeOf(judge), timeOf(judge), timeOf(judge))
    if (least >= STALL_MS) return { opinion, fault: `took ${least.toFixed(0)} ms` }
    return { opinion, fault: opinion === 'allow' ? whatIsWrongWithAllow(command, grammar) : null }
  } catch (error) {
    return { opinion: 'fault', fault: `threw ${error instanceof Error ? error.message : String(error)}` }
  }
}

function timeOf(run: () => unknown): number {
  const before = process.threadCpuUsage()
  run()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}

function whatIsWrongWithAllow(command: string, grammar: CommandGrammar): string | null {
  const agreement = compareGrammars(command, grammar)
  if (agreement !== 'agrees') return `allowed, though the second grammar ${agreement}`
  const reason = notPlainlyReading(command)
  return reason && `allowed, though it ${reason}`
}
