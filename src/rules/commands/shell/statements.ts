import type { AndOr, CompoundList, Pipeline, PipelineNode, Statement } from 'unbash'
import { bounded, UNKNOWN } from '../../paths/pattern.ts'
import type { Stdin } from '../acts.ts'
import { type Machine, MOST_COMMANDS } from './machine.ts'
import { leavesNames, unpackedBy } from './pipe-contents.ts'
import { judgeFlow } from './pipelines.ts'
import { fork, mergeInto, type ShellState } from './state.ts'

/** Runs one statement after the other; returns what they print together. */
export function runStatements(
  machine: Machine,
  statements: readonly Statement[],
  stdin: Stdin,
  state: ShellState,
): string {
  let out = ''
  for (const statement of statements) {
    if (machine.depth === 1) machine.report.statement?.(statement.pos, statement.end)
    if (statement.background) machine.forks++
    out = bounded(out + runPipelineNode(machine, statement.command, stdin, state, false))
    if (statement.background) machine.forks--
  }
  return out
}

/** Runs the statements of a body or a clause. */
export function runList(machine: Machine, list: CompoundList, stdin: Stdin, state: ShellState): string {
  return runStatements(machine, list.commands, stdin, state)
}

function runPipelineNode(
  machine: Machine,
  node: PipelineNode | AndOr,
  stdin: Stdin,
  state: ShellState,
  piped: boolean,
): string {
  if (node.type === 'AndOr') return runAndOr(machine, node, stdin, state)
  if (node.type === 'Pipeline') return runPipeline(machine, node, stdin, state, piped)
  return machine.runNode(node, stdin, state, piped)
}

function runAndOr(machine: Machine, node: AndOr, stdin: Stdin, state: ShellState): string {
  let out = ''
  let cwd = state.cwd
  node.commands.forEach((command, index) => {
    // The folder was not there: what follows happens where the shell still is.
    if (node.operators[index - 1] === '||' && state.cwd !== cwd && !leaves(command)) {
      const other = { ...fork(state), cwd }
      for (const later of node.commands.slice(index)) runPipelineNode(machine, later, stdin, other, false)
      mergeInto(state, { ...other, cwd: state.cwd })
    }
    cwd = state.cwd
    if (node.operators[index - 1] !== '||') {
      out += runPipelineNode(machine, command, stdin, state, false)
      return
    }
    const other = fork(state)
    out += runPipelineNode(machine, command, stdin, other, false)
    mergeInto(state, { ...other, cwd: state.cwd })
  })
  return out
}

/** `cd X || exit`: nothing follows. */
function leaves(node: PipelineNode): boolean {
  return node.type === 'Command' && /^(?:exit|return|break|continue|logout)$/.test(node.name?.value ?? '')
}

function runPipeline(
  machine: Machine,
  node: Pipeline,
  stdin: Stdin,
  state: ShellState,
  piped: boolean,
): string {
  if (node.commands.length === 1) return machine.runNode(node.commands[0]!, stdin, state, piped)
  judgePipeline(machine, node)
  // Nothing more is run, and that was told; what a pipeline is by itself still counts.
  if (machine.budget.commands > MOST_COMMANDS) return UNKNOWN
  machine.forks++
  let input = stdin
  // The first beyond the bound tells that it is one.
  node.commands.slice(0, MOST_COMMANDS + 1).forEach((command, index) => {
    const isLast = index === node.commands.length - 1
    const text = machine.runNode(command, input, fork(state), piped || !isLast)
    if (leavesNames(node.commands, index)) input = { text: UNKNOWN, connected: true }
    else input = { text, connected: true, ...unpackedBy(machine.shell, command, state) }
  })
  machine.forks--
  return input.text
}

/** A shell between two network programs is remote control, whatever the text that passes. */
function judgePipeline(machine: Machine, node: Pipeline): void {
  const names = node.commands.map(command =>
    command.type === 'Command' ? (command.name?.value.split('/').pop() ?? '') : '',
  )
  if (/^(?:history|fc)$/.test(names[0] ?? '') && searchesForSecret(node.commands.slice(1)))
    machine.shell.raise('command.prints-credential', names[0]!, 'what was typed')
  for (const { rule, program, target } of judgeFlow(node)) machine.shell.raise(rule, program, target, 'deny')
  const shellAt = names.findIndex(name => /^(?:ba|da|z|k|a)?sh$/.test(name))
  if (shellAt < 0) return
  const network = /^(?:nc|ncat|netcat|telnet|socat|openssl|nc\.\w+)$/
  const sink = names.findIndex((name, index) => index > shellAt && network.test(name))
  if (sink >= 0) machine.shell.raise('command.opens-reverse-shell', names[shellAt]!, names[sink]!)
  const source = names.findIndex((name, index) => index < shellAt && network.test(name) && name !== 'openssl')
  if (source >= 0) machine.shell.raise('command.opens-reverse-shell', names[shellAt]!, names[source]!)
}

/** `grep -i pass` over what was typed looks for what should not have been. */
function searchesForSecret(commands: Pipeline['commands']): boolean {
  return commands.some(
    command =>
      command.type === 'Command' &&
      /^(?:[efr]?grep|rg|ag|awk|sed)$/.test(command.name?.value ?? '') &&
      command.args.some(
        argument => 'text' in argument && /pass|secret|token|api_?key|credential|auth/i.test(argument.text),
      ),
  )
}
