import { forEachChild, type Redirect, type SyntaxNode } from 'unbash'

/** Constructs that say what they do; everything else is left without an affirmation, however harmless it may be. */
const PLAIN: ReadonlySet<SyntaxNode['type']> = new Set<SyntaxNode['type']>([
  'Script',
  'Statement',
  'CompoundList',
  'AndOr',
  'Pipeline',
  'Time',
  'Negation',
  'Command',
  'Redirected',
  'Subshell',
  'BraceGroup',
  'If',
  'Elif',
  'Word',
  'Literal',
  'SingleQuoted',
  'DoubleQuoted',
  'Glob',
  'BraceExpansion',
  'FileDescriptor',
])

/**
 * Whether a command is made of nothing but programs and their words: no assignment, function, loop or substitution,
 * no variable beyond `$HOME`, `$PWD` and `$?`, nothing written but to `/dev/null`.
 */
export function isPlain(node: SyntaxNode): boolean {
  if (node.type === 'SimpleExpansion') return /^\$(?:HOME|PWD|\?)$/.test(node.text)
  if (node.type === 'Redirect') return isHarmless(node)
  if (!PLAIN.has(node.type)) return false
  let plain = true
  forEachChild(node, child => {
    plain &&= isPlain(child)
  })
  return plain
}

/** What is read is judged as a path; what is written may go nowhere. */
function isHarmless({ operator, target, descriptor }: Redirect): boolean {
  if (!target || target.parts || descriptor?.type === 'FileDescriptorVariable') return false
  // A number before another redirection is a descriptor of that one.
  if (operator === '<') return !/^\d+$/.test(target.value)
  if (operator === '>&') return /^[12]$/.test(target.value)
  return operator !== '<>' && operator !== '<&' && target.value === '/dev/null'
}
