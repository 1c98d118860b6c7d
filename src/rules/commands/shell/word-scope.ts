import { isUnknown, UNKNOWN } from '../../paths/pattern.ts'
import type { Stdin } from '../acts.ts'
import { guarded, type Machine } from './machine.ts'
import { fork, type ShellState } from './state.ts'
import type { WordScope } from './words.ts'

/** What is read from the terminal. */
const NO_INPUT: Stdin = { text: '', connected: false }

/** What the words of a command need of the machine; what a substitution does is judged on the way. */
export function scopeOf(machine: Machine, state: ShellState): WordScope {
  return {
    state,
    home: machine.paths.workplace.home,
    substitute: script =>
      script
        ? guarded(machine, () => machine.runScript(script, NO_INPUT, { ...fork(state), isCaptured: true }))
        : UNKNOWN,
    processFile(script, operator) {
      const file = `/dev/fd/${63 + machine.devices++}`
      const input = operator === '>' ? { text: UNKNOWN, connected: true } : NO_INPUT
      const out = script ? guarded(machine, () => machine.runScript(script, input, fork(state))) : UNKNOWN
      state.files.set(file, operator === '<' ? out : UNKNOWN)
      return file
    },
    evaluate(code) {
      machine.shell.unaffirm()
      if (isUnknown(code)) machine.shell.raise('command.runs-unknown-code', 'shell')
      machine.shell.runText(`: "${code.replace(/"/g, '\\"')}"`, NO_INPUT, fork(state))
    },
  }
}
