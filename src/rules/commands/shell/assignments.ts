import type { Assignment, Command } from 'unbash'
import { bounded, UNKNOWN } from '../../paths/pattern.ts'
import type { Shell } from '../acts.ts'
import { judgeAssignment } from '../dispatch/environment.ts'
import type { ShellState } from './state.ts'
import { expandText, expandWord, visitArithmetic, type WordScope } from './words.ts'

/** Environment variables that hold a secret by their name. */
const SECRET_NAME =
  /(?:^|_)(?:(?:API|ACCESS|PRIVATE|SECRET|AUTH|ENCRYPTION|MASTER|SIGNING)_?KEY|\w*TOKEN|\w*SECRET|\w*PASSWORD|PASSWD|PGPASSWORD|CREDENTIALS?)(?:_\w*)?$/i

const LONGEST_NAME = 256

/** Whether the words print a variable that is named like a secret and comes from the environment. */
export function namesSecret(command: Command, state: ShellState): boolean {
  const texts = [...command.args, ...command.redirects].map(item =>
    item.type === 'HereDoc'
      ? item.delimiter?.quoted
        ? ''
        : item.body.text
      : 'text' in item
        ? item.text
        : (item.target?.text ?? ''),
  )
  // The pattern tries each place of a name; nobody names a variable at such length but to make it try.
  for (const text of texts)
    for (const [, name = ''] of text.matchAll(/\$\{?!?([A-Za-z_]\w*)(?=\}|\W|$)/g))
      if ((name.length > LONGEST_NAME || SECRET_NAME.test(name)) && !state.variables.has(name)) return true
  return false
}

/** `export A=b`, `alias x=y`, `make CC=gcc`: an assignment among the arguments is text to the program. */
export function assignmentFields(
  shell: Shell,
  assignment: Assignment,
  state: ShellState,
  scope: WordScope,
): string[][] {
  if (assignment.value.type === 'ArrayValue') {
    assign(shell, assignment, state, scope, false)
    return [[]]
  }
  return expandText(assignment.value, scope).map(text => [
    `${assignment.name}${assignment.append ? '+' : ''}=${text}`,
  ])
}

/** Gives a variable every value it may have, and judges what the program it is given to makes of it. */
export function assign(
  shell: Shell,
  assignment: Assignment,
  state: ShellState,
  scope: WordScope,
  isPrefix: boolean,
): void {
  const { value, append, index } = assignment
  const name = state.references.get(assignment.name) ?? assignment.name
  if (index) visitArithmetic(index, index.text, scope)
  const fresh =
    value.type === 'ArrayValue'
      ? [placed(value.elements.flatMap(word => expandWord(word, scope)[0] ?? []))]
      : expandText(value, scope).map(text => [settled(text)])
  const before = state.variables.get(name) ?? [['']]
  const next = append
    ? before.flatMap(old =>
        fresh.map(more =>
          value.type === 'ArrayValue' ? [...old, ...more] : [bounded((old[0] ?? '') + (more[0] ?? ''))],
        ),
      )
    : index
      ? before.map(old => withElement(old, index.text, fresh[0]?.[0] ?? ''))
      : fresh
  if (name === 'BASH_ALIASES' && index)
    state.aliases.set(index.text.replace(/['"]/g, ''), fresh[0]?.[0] ?? UNKNOWN)
  state.variables.set(name, next.slice(0, 12))
  for (const elements of next) judgeAssignment(shell, name, elements[0] ?? '', state, isPrefix)
}

/** Unknown beside unknown is as unknown as one; a long run of it would only cost time in every later use. */
function settled(text: string): string {
  return text.length > 200 ? text.replace(/\uE000{2,}/g, UNKNOWN) : text
}

/** `([1]=b [0]=a)`: elements that say where they stand. */
function placed(elements: readonly string[]): string[] {
  const list: string[] = []
  for (const element of elements) {
    const [, at, text = ''] = /^\[(\d{1,3})\]=(.*)$/s.exec(element) ?? []
    if (at === undefined) list.push(element)
    else list[Number(at)] = text
  }
  return Array.from(list, text => text ?? '')
}

function withElement(elements: readonly string[], index: string, text: string): string[] {
  const at = Number(index)
  if (!Number.isInteger(at) || at < 0 || at > 1_000) return [...elements.map(() => UNKNOWN), UNKNOWN]
  const copy = [...elements]
  while (copy.length < at) copy.push('')
  copy[at] = text
  return copy
}
