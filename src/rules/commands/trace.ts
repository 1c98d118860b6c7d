import type { Finding } from '../../access/finding.ts'
import type { JudgedAct, TracedCall } from '../judgement.ts'
import { readable } from '../paths/pattern.ts'
import type { Act } from './acts.ts'

interface Node {
  readonly argv: readonly string[]
  readonly acts: JudgedAct[]
  readonly calls: Node[]
}

/** Keeps what the interpreter reports, in bounded memory. */
export interface Trace {
  statement(start: number, end: number): void
  begin(argv: readonly string[]): void
  end(): void
  add(act: Act, finding: Finding | undefined): void
  readonly acts: readonly JudgedAct[]
  readonly calls: readonly (readonly string[])[]
  /** More was reported than is kept. */
  readonly isPartial: boolean
  statements(source: string): readonly TracedCall[]
}

const MOST_ACTS = 4_000
const MOST_CALLS = 2_000
const DEEPEST_CHAIN = 8

export function createTrace(): Trace {
  const acts: JudgedAct[] = []
  const calls: (readonly string[])[] = []
  const statements: (Node & { readonly start: number; readonly end: number })[] = []
  const open: Node[] = []
  /** What is reported outside of every statement: findings about the command as a whole. */
  const rest: Node = { argv: [], acts: [], calls: [] }
  let isPartial = false
  const current = () => open.at(-1) ?? statements.at(-1) ?? rest

  return {
    acts,
    calls,
    get isPartial() {
      return isPartial
    },
    statement(start, end) {
      const last = statements.at(-1)
      // The body of a loop or a branch belongs to the statement it stands in.
      if (open.length > 0 || (last && start >= last.start && end <= last.end)) return
      statements.push({ start, end, argv: [], acts: [], calls: [] })
    },
    begin(argv) {
      const node: Node = { argv, acts: [], calls: [] }
      if (calls.length < MOST_CALLS) {
        calls.push(argv)
        current().calls.push(node)
      } else isPartial = true
      open.push(node)
    },
    end: () => void open.pop(),
    add(act, finding) {
      if (acts.length >= MOST_ACTS) {
        isPartial = true
        return
      }
      const { kind, target, program, recursive } = act
      const judged: JudgedAct = {
        effect: { kind, target: target === null ? null : readable(target), program: readable(program) },
        pattern: target,
        isRecursive: recursive === true,
        calls: open
          .slice(-DEEPEST_CHAIN)
          .toReversed()
          .map(({ argv }) => argv),
        findings: finding ? [finding] : [],
      }
      acts.push(judged)
      current().acts.push(judged)
    },
    statements(source) {
      const written = statements.map(({ start, end, acts, calls }) => ({
        text: source.slice(start, end),
        argv: [],
        acts,
        calls,
      }))
      const isEmpty = rest.acts.length === 0 && rest.calls.length === 0
      return isEmpty ? written : [{ ...rest, text: source.slice(0, 200) }, ...written]
    },
  }
}
