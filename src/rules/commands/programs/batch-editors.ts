import type { Call } from '../acts.ts'
import { judgeForeignCode } from '../code/foreign-code.ts'

const LINE_EDITORS = /^(?:ed|red|ex|vi|vim|nvim|view|vimx|gvim)$/
const LISP_EDITORS = /^(?:emacs|emacsclient|xemacs)$/

/** Orders that save what an editor has open. */
const SAVES = /(?:^|[|\n;\s'"])(?:%?(?:w|wq|x|xit|wall|wqa|xa|up|update)!?)(?:$|[|\n\s'"])/
/** Code of another language inside an editor's order. */
const FOREIGN = /^:?\s*(?:py(?:thon)?[3x]?|lua|ruby|perl|perldo|pydo|luado|rubydo|mz(?:scheme)?|tcl)\s+(.+)$/s

/** Editors that are given their orders beforehand: they save files, run other languages and Lisp. */
export function judgeBatchEditors(call: Call): void {
  const { shell, name, args, stdin, state } = call
  if (LISP_EDITORS.test(name)) {
    for (const [index, arg] of args.entries()) {
      const code =
        /^--(?:eval|execute)=(.+)$/s.exec(arg)?.[1] ??
        (/^(?:-e|--eval|--execute)$/.test(args[index - 1] ?? '') ? arg : undefined)
      if (code !== undefined) judgeLisp(call, code)
    }
    return
  }
  if (!LINE_EDITORS.test(name)) return
  const orders = args.flatMap((arg, index) =>
    /^(?:-\w*c|--cmd)$/.test(args[index - 1] ?? '') ? [arg] : arg.startsWith('+') ? [arg.slice(1)] : [],
  )
  for (const order of orders) {
    const code = FOREIGN.exec(order)?.[1]
    if (code !== undefined) judgeForeignCode(call, code)
  }
  const text = [...orders, stdin.connected ? stdin.text : ''].join('\n')
  if (!SAVES.test(text)) return
  for (const [index, file] of args.entries())
    if (
      (!/^[-+]/.test(file) && !/^(?:-\w*[cSuUTsw]|--cmd)$/.test(args[index - 1] ?? '-')) ||
      (index === 0 && !/^[-+]/.test(file))
    )
      shell.write(file, name, state)
    else if (/^-\w*s\w*$/.test(args[index - 1] ?? '') && !/^[-+]/.test(file) && !/c$/.test(args[index - 1]!))
      shell.write(file, name, state)
}

const LISP_DELETES = /\((?:delete-(?:file|directory)|dired-delete-file|move-file-to-trash)\s+"([^"]{1,500})"/g
const LISP_READS =
  /\((?:insert-file-contents(?:-literally)?|find-file(?:-noselect)?|load(?:-file)?|view-file)\s+"([^"]{1,500})"/g
const LISP_RUNS =
  /\((?:shell-command(?:-to-string)?|async-shell-command|call-process-shell-command|compile)\s+"((?:[^"\\]|\\.){1,2000})"/g

function judgeLisp(call: Call, code: string): void {
  const { shell, state, name } = call
  for (const [, path = ''] of code.matchAll(LISP_DELETES))
    shell.act({ kind: 'delete', program: name, target: shell.path(path, state), recursive: true })
  for (const [, path = ''] of code.matchAll(LISP_READS)) shell.read(path, name, state)
  for (const [, text = ''] of code.matchAll(LISP_RUNS))
    shell.runText(text.replace(/\\(.)/g, '$1'), { text: '', connected: false }, state)
}

/** `expect -c 'spawn CMD'` starts the command. */
export function judgeSpawns(call: Call): void {
  if (call.name !== 'expect') return
  const text = [...call.args, call.stdin.connected ? call.stdin.text : ''].join('\n')
  for (const [, command = ''] of text.matchAll(
    /(?:^|[;\n\s])(?:spawn|exec|system)\s+(?:-\w+\s+)*([^;\n]{1,2000})/g,
  ))
    call.shell.runText(command, { text: '', connected: false }, call.state)
}
