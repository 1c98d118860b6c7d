import { isUnknown } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import { optionValue } from './options.ts'

/** Options that name where a program writes, as nearly all programs spell them. */
const OUTPUT =
  /^(?:-[owOdCP]|-o[A-Z]|--?(?:out|output|outfile|out-?file|out-?dir|dir|directory|target-dir|prefix|output-?file|file|log-?file|dest|destination|save|write|export|report-?file))(?:=|$)/

/** A stranger's output is only looked at where writing would do lasting harm. */
function judgeOutput({ shell, state, name }: Call, file: string | undefined): void {
  if (file === undefined || file === '' || /[\s:]/.test(file) || !/[/~.]/.test(file)) return
  const target = shell.path(file, state)
  if (
    /^(?:own|protected|agent-settings|persistence|shell-profile|record|device)$/.test(
      shell.paths.classify(target),
    )
  )
    shell.act({ kind: 'write', program: name, target })
}

/** Any argument that names a file may be read: a delicate one speaks, whatever the program. */
export function readMentioned(call: Call): undefined {
  const { shell, state, name } = call
  for (const [at, arg] of call.args.entries())
    if (OUTPUT.test(arg)) judgeOutput(call, optionValue(call.args, at))
  for (const arg of call.args) {
    const text =
      /^-[^=]*=(.+)$/s.exec(arg)?.[1] ?? /^\w+=([/~.].*)$/s.exec(arg)?.[1] ?? /^@(.+)$/s.exec(arg)?.[1] ?? arg
    if (text === '' || text.startsWith('-') || /[\s:]/.test(text) || text.length > 4_096) continue
    const target = shell.path(text, state)
    if (isUnknown(target[0] ?? '')) continue
    const kind = shell.paths.classify(target)
    if (kind === 'credential' || kind === 'own' || kind === 'protected')
      shell.act({ kind: 'read', program: name, target })
  }
  return undefined
}
