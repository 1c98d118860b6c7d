import { forEachChild, parse, type SyntaxNode } from 'unbash'

/** `adds-program`: the second grammar sees a call that the first does not; `unreadable`: it could not tell. */
export type Agreement = 'agrees' | 'adds-program' | 'differs' | 'unreadable'

/** Another grammar's reading of shell text; handed in, because rules load nothing. */
export interface SecondGrammar {
  /** The name of every program the text calls, quotes removed; null when that cannot be told. */
  programsOf(command: string): readonly string[] | null
  /** Told the outcome of each comparison, for those who count. */
  compared?(outcome: Agreement): void
}

/** Whether both grammars find the same programs, each as often. Differing grammars are how a call hides from a guard. */
export function compareGrammars(command: string, second: SecondGrammar): Agreement {
  const outcome = comparePrograms(programsOf(command), second.programsOf(command))
  second.compared?.(outcome)
  return outcome
}

function comparePrograms(first: readonly string[], second: readonly string[] | null): Agreement {
  if (second === null) return 'unreadable'
  const rest = [...first]
  for (const program of second) {
    const at = rest.indexOf(program)
    if (at < 0) return 'adds-program'
    rest.splice(at, 1)
  }
  return rest.length === 0 ? 'agrees' : 'differs'
}

function programsOf(command: string): string[] {
  const programs: string[] = []
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'Command' && node.name) programs.push(node.name.value)
    forEachChild(node, visit)
  }
  visit(parse(command))
  return programs
}
