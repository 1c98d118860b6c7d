import type { Command, CommandNode, CompoundList, TestExpression, Word } from 'unbash'
import { UNKNOWN } from '../../paths/pattern.ts'
import type { Stdin } from '../acts.ts'
import { isCrowd, isEndlessLoop, isGreedyLoop, isGuessing, multiplies, readNames } from './forks.ts'
import { guarded, type Machine, MOST_COMMANDS, maySpend } from './machine.ts'
import { redirect } from './redirections.ts'
import { runCommand } from './simple-command.ts'
import { type FunctionBody, fork, mergeInto, type ShellState } from './state.ts'
import { runList } from './statements.ts'
import { scopeOf } from './word-scope.ts'
import { expandWord, visitArithmetic } from './words.ts'

/** Runs one command or compound; returns what it prints. */
export function runNode(
  machine: Machine,
  node: CommandNode | CompoundList,
  stdin: Stdin,
  state: ShellState,
  piped: boolean,
): string {
  if (node.type === 'Command') return runCommand(machine, node, stdin, state, piped)
  // What holds no command is work, too, and a loop within a loop is twice that of the loop.
  if (!maySpend(machine)) return UNKNOWN
  return guarded(machine, () => runCompound(machine, node, stdin, state, piped))
}

function runCompound(
  machine: Machine,
  node: Exclude<CommandNode, Command> | CompoundList,
  stdin: Stdin,
  state: ShellState,
  piped: boolean,
): string {
  switch (node.type) {
    case 'Redirected': {
      const flow = redirect(machine.shell, node.redirects, stdin, state, scopeOf(machine, state), 'shell')
      return flow.deliver(runNode(machine, node.command, flow.stdin, state, piped))
    }
    case 'Subshell':
      return runList(machine, node.body, stdin, fork(state))
    case 'BraceGroup':
      return runList(machine, node.body, stdin, state)
    case 'CompoundList':
      return runList(machine, node, stdin, state)
    case 'If':
      return runBranches(machine, stdin, state, node.clause, [
        node.then,
        ...node.elif.flatMap(elif => [elif.clause, elif.then]),
        ...(node.else ? [node.else] : []),
      ])
    case 'While':
      machine.shell.unaffirm()
      if (isEndlessLoop(node))
        machine.shell.raise('command.exhausts-machine', 'while', 'an endless loop that starts processes')
      else if (isGreedyLoop(node)) raiseGreed(machine, 'while')
      if (readNames(node.clause).some(name => isGuessing(name, node.body)))
        machine.shell.raise('command.grants-privilege', 'while', 'a loop that tries passwords')
      return runLoop(
        machine,
        stdin,
        state,
        () => runList(machine, node.clause, stdin, state) + runList(machine, node.body, stdin, state),
      )
    case 'ArithmeticFor':
      if (isEndlessLoop(node))
        machine.shell.raise('command.exhausts-machine', 'for', 'an endless loop that starts processes')
      else if (isGreedyLoop(node)) raiseGreed(machine, 'for')
      for (const part of [node.initialize, node.test, node.update])
        visitArithmetic(part, '', scopeOf(machine, state))
      return runLoop(machine, stdin, state, () => runList(machine, node.body, stdin, state))
    case 'For':
    case 'Select':
      return runFor(machine, node.name.value, node.wordlist, node.body, stdin, state)
    case 'Case': {
      expandWord(node.word, scopeOf(machine, state))
      for (const item of node.items)
        for (const pattern of item.pattern) expandWord(pattern, scopeOf(machine, state))
      return runBranches(
        machine,
        stdin,
        state,
        undefined,
        node.items.map(item => item.body),
      )
    }
    case 'Function':
      defineFunction(machine, node.name.value, node.body, state)
      return ''
    case 'Coproc':
      machine.forks++
      // Whatever is written to its descriptor later comes in.
      runNode(machine, node.body, { text: UNKNOWN, connected: true }, fork(state), piped)
      machine.forks--
      return ''
    case 'TestCommand':
      visitTest(machine, node.expression, state)
      return ''
    case 'ArithmeticCommand':
      visitArithmetic(node.expression, node.body, scopeOf(machine, state))
      return ''
  }
}

function raiseGreed(machine: Machine, loop: string): void {
  machine.shell.raise('command.exhausts-machine', loop, 'an endless loop that fills the disk or the memory')
}

function runBranches(
  machine: Machine,
  stdin: Stdin,
  state: ShellState,
  clause: CompoundList | undefined,
  branches: readonly CompoundList[],
): string {
  let out = clause ? runList(machine, clause, stdin, state) : ''
  const start = fork(state)
  for (const branch of branches) {
    const taken = fork(start)
    out += runList(machine, branch, stdin, taken)
    mergeInto(state, taken)
  }
  return out
}

/** What one round leaves in the variables may change what the next one does. */
function runLoop(machine: Machine, _stdin: Stdin, state: ShellState, round: () => string): string {
  const before = new Map(state.variables)
  const out = round()
  const changed =
    state.variables.size !== before.size ||
    [...state.variables].some(([name, value]) => before.get(name) !== value)
  return changed && machine.budget.commands < MOST_COMMANDS / 4 ? out + round() : out
}

function runFor(
  machine: Machine,
  name: string,
  words: readonly Word[] | undefined,
  body: CompoundList,
  stdin: Stdin,
  state: ShellState,
): string {
  if (isCrowd(words?.map(({ text }) => text) ?? [], body))
    machine.shell.raise('command.exhausts-machine', 'for', 'a loop that starts more than the machine bears')
  if (isGuessing(name, body))
    machine.shell.raise('command.grants-privilege', 'for', 'a loop that tries passwords')
  const fields = words
    ? words.flatMap(word => expandWord(word, scopeOf(machine, state)).flat())
    : [...state.positional]
  const distinct = [...new Set(fields)]
  const values = distinct.length > 12 ? [...distinct.slice(0, 200)] : distinct
  if (values.length === 0) values.push(UNKNOWN)
  state.variables.set(
    name,
    values.map(value => [value]),
  )
  if (values.length <= 12) return runLoop(machine, stdin, state, () => runList(machine, body, stdin, state))
  let out = ''
  for (let at = 0; at < values.length; at += 12) {
    state.variables.set(
      name,
      values.slice(at, at + 12).map(value => [value]),
    )
    out += runList(machine, body, stdin, state)
  }
  return out
}

function defineFunction(machine: Machine, name: string, body: FunctionBody, state: ShellState): void {
  state.functions.set(name, body)
  const file = machine.files.at(-1)
  if (file) machine.definedIn.set(body, file)
  if (multiplies(name, body))
    machine.shell.raise('command.exhausts-machine', name, 'a function that multiplies itself')
  machine.shell.unaffirm()
}

function visitTest(machine: Machine, expression: TestExpression, state: ShellState): void {
  const scope = scopeOf(machine, state)
  switch (expression.type) {
    case 'TestUnary':
      for (const text of expandWord(expression.operand, scope).flat())
        if (expression.operator === '-v' && /\[[^\]]*[$`]/.test(text)) scope.evaluate(text)
      return
    case 'TestBinary':
      for (const word of [expression.left, expression.right]) {
        expandWord(word, scope)
        if (/^-(?:eq|ne|lt|le|gt|ge)$/.test(expression.operator)) visitArithmetic(word, word.text, scope)
      }
      return
    case 'TestLogical':
      for (const operand of expression.operands) visitTest(machine, operand, state)
      return
    case 'TestNot':
      visitTest(machine, expression.operand, state)
      return
    case 'TestGroup':
      visitTest(machine, expression.expression, state)
  }
}
