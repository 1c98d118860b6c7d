import { isPattern } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import { judgeTexts } from '../code/embedded.ts'
import { ordinary } from '../programs/ordinary.ts'
import { fork } from '../shell/state.ts'
import { readMentioned } from './mentions.ts'
import { canonicalName, isDestroyer, isRunnable } from './program-names.ts'
import { runCode } from './shell-code.ts'
import { shells } from './wrappers.ts'

/** A program without a table: its paths may still be secrets, its arguments another program. */
export function runStranger(call: Call): string | undefined {
  const { name, args, shell, state } = call
  const path = call.name
  const original = state.files.get(shell.path(path, state))
  if (original !== undefined) return runCode(call, original, args)
  readMentioned(call)
  if (ordinary.has(name)) return undefined
  judgeTexts(call)
  judgeAfterDashes(call)
  const at = args.findIndex(arg => !isPattern(arg) && isRunnable(canonicalName(arg)))
  if (at < 0) return undefined
  const inner = args.slice(at)
  if (inner.length < 2 && !shells.test(canonicalName(inner[0]!))) return undefined
  if (isDestroyer(canonicalName(inner[0]!))) {
    shell.raise('command.runs-program-in-disguise', name, inner[0]!)
    shell.runArgv(inner, call.stdin, state)
  }
  return undefined
}

/** Many a tool runs what stands behind `--`; only what that would do speaks. */
function judgeAfterDashes({ args, shell, state, stdin }: Call): void {
  const inner = args.slice(args.indexOf('--') + 1)
  if (inner.length < 2 || inner.length === args.length || !isDestroyer(canonicalName(inner[0]!))) return
  shell.runArgv(inner, stdin, fork(state))
}
