import { isUnknown } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import { judgeForeignCode } from '../code/foreign-code.ts'
import { fork } from '../shell/state.ts'
import { byProgram } from './by-program.ts'

const NONE = { text: '', connected: false }

interface Runner {
  readonly programs: RegExp
  /** The arguments, joined, of a use that runs something. */
  readonly when: RegExp
  /** How the operands are meant: files of code, code itself, shell text, or an argv behind `--`. */
  readonly takes: 'files' | 'code' | 'shell' | 'argv'
}

/** Uses of larger tools that run a file or a text. */
const runners: readonly Runner[] = [
  { programs: /^go$/, when: /^(?:run|generate|vet)\s/, takes: 'files' },
  {
    programs: /^(?:dart|crystal|zig|v|odin|nim|lean|cabal|stack)$/,
    when: /^(?:run|r|runghc|runhaskell|compile-time)\s|^--run\s/,
    takes: 'files',
  },
  {
    programs: /^(?:dart|rust-script|cargo-script|dotnet-script|csi|fsi)$/,
    when: /^[^-\s]*[./]/,
    takes: 'files',
  },
  { programs: /^(?:bun|deno)$/, when: /^(?:run|test|bench|serve|x)\s|^[^-\s]*[./]/, takes: 'files' },
  { programs: /^cargo$/, when: /^(?:script|-Zscript)\s/, takes: 'files' },
  { programs: /^dotnet$/, when: /^(?:fsi|script|exec)\s|^run\s.*\.cs\b/, takes: 'files' },
  { programs: /^jupyter(?:-\w+)?$/, when: /(?:^|\s)(?:--execute|execute|run)\b/, takes: 'files' },
  {
    programs: /^(?:papermill|nbterm|runipy|ipython3?|streamlit|marimo|gradio)$/,
    when: /\.(?:ipynb|py)\b/,
    takes: 'files',
  },
  {
    programs:
      /^(?:gtester|run-parts|prove|bats|shunit2|shellspec|gtester-report|daemon|runscript|startx|xinit)$/,
    when: /[/~]/,
    takes: 'files',
  },
  { programs: /^(?:crystal|mix|nim)$/, when: /^(?:eval|e)\s/, takes: 'code' },
  { programs: /^mix$/, when: /^run\s.*(?:-e|--eval)\s/, takes: 'code' },
  { programs: /^(?:rails|bin\/rails|spring)$/, when: /^(?:runner|r)\s/, takes: 'code' },
  {
    programs: /^(?:npm|pnpm|yarn|lerna|nx|rush)$/,
    when: /(?:^|\s)(?:explore|exec|foreach)\s/,
    takes: 'argv',
  },
  {
    programs: /^virsh$/,
    when: /(?:^|\s)(?:\w+-)?(?:define|create|attach-device|restore)(?:-as)?\s/,
    takes: 'files',
  },
  {
    programs: /^(?:snap|flatpak|toolbox|distrobox)$/,
    when: /--shell\b|--command[= ](?:ba|da|z)?sh\b/,
    takes: 'shell',
  },
  { programs: /^(?:gh|glab)$/, when: /^alias\s+set\s/, takes: 'shell' },
  { programs: /^(?:npm|pnpm|yarn)$/, when: /^(?:set-script|pkg\s+set|run-script\s+--set)\s/, takes: 'shell' },
  { programs: /^composer$/, when: /^config\s+scripts\./, takes: 'shell' },
]

const runnersOf = byProgram(runners)

/** Judges what the verbs of larger tools run. */
export function judgeRunners(call: Call): void {
  const rows = runnersOf(call.name)
  if (rows.length === 0) return
  const text = call.args.join(' ')
  for (const { when, takes } of rows) {
    if (!when.test(text)) continue
    if (takes === 'argv') {
      runInner(call)
      continue
    }
    for (const arg of call.args) {
      if (arg.startsWith('-') || arg === '') continue
      if (takes === 'files') judgeFile(call, arg)
      else if (takes === 'code') judgeCode(call, arg)
      else if (/\s/.test(arg))
        call.shell.runText(arg.replace(/^(?:!|scripts\.[\w:-]+=)/, ''), NONE, fork(call.state))
    }
  }
}

/** `pnpm -r exec rm x`, `npm explore x -- rm y`, `lerna exec 'rm x'`: an argv behind the verb or the dashes, or one text. */
function runInner({ args, shell, state }: Call): void {
  const verb = args.findLastIndex(arg => /^(?:exec|explore|foreach)$/.test(arg))
  const dashes = args.indexOf('--')
  const behind = args.findIndex((arg, at) => at > verb && !arg.startsWith('-') && !/^(?:run|exec)$/.test(arg))
  const isPlace = args[verb] === 'explore'
  const inner = args.slice(dashes >= 0 && (isPlace || behind < 0 || behind > dashes) ? dashes + 1 : behind)
  if (inner.length === 0 || (behind < 0 && dashes < 0)) return
  if (inner.length === 1 && /\s/.test(inner[0]!)) shell.runText(inner[0]!, NONE, fork(state))
  else shell.runArgv(inner, NONE, fork(state))
}

function judgeCode(call: Call, arg: string): void {
  if (/[\s("']/.test(arg) || isUnknown(arg)) judgeForeignCode(call, arg)
  else judgeFile(call, arg)
}

function judgeFile(call: Call, arg: string): void {
  const { shell, state, name } = call
  if (!/[/~]/.test(arg) && !/\.\w+$/.test(arg)) return
  if (/^\w+:\/\//.test(arg)) return
  const path = shell.path(arg, state)
  const written = state.files.get(path)
  if (written !== undefined) {
    judgeForeignCode(call, written)
    return
  }
  const kind = shell.paths.classify(path)
  if (isUnknown(path)) shell.raise('command.runs-unknown-code', name, arg)
  else if (/^(?:[~/]|\.\.\/)/.test(arg) && kind !== 'project' && kind !== 'git-internals')
    shell.raise('command.runs-code-of-other-folder', name, path)
}
