import type { Call } from '../acts.ts'
import { judgeOrigin } from '../code/code-origin.ts'
import { interpreterOf, searchFile } from '../code/foreign-files.ts'
import { judgeHiddenProgram } from './disguise.ts'
import { runCode, runShellFile } from './shell-code.ts'

/** Whether a program of this name is looked for where the system keeps its own. */
export function isInSystem(name: string): boolean {
  return !name.includes('/') || /^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$/.test(name)
}

/** Where a program would be found; its name stays readable at the end. */
export function placeOf(name: string): string {
  return /^[\w.+-]+$/.test(name) ? `/usr/bin/${name}` : name
}

/** `./ls` is not ls: a name with a path is known only where the system keeps its programs. */
export function judgeProgramPlace(call: Call): void {
  const { name, shell, state } = call
  if (isInSystem(name)) return
  shell.unaffirm()
  const path = shell.path(name, state)
  const isOwnWork = state.files.has(path) || path.startsWith('/lib')
  if (!isOwnWork && shell.paths.classify(path) === 'temp') {
    shell.raise('command.runs-code-of-other-folder', name, path)
    judgeHiddenProgram(call, path)
  }
}

/** A program of this name that the command itself has put into a folder of its search path. */
export function runShadow(call: Call): void {
  const { name, shell, state, args } = call
  if (name.includes('/') || state.files.size === 0) return
  for (const [folders = ''] of state.variables.get('PATH') ?? [])
    for (const folder of folders.split(':').slice(0, 12)) {
      const text = /^[/~.]/.test(folder) ? state.files.get(shell.path(`${folder}/${name}`, state)) : undefined
      if (text !== undefined) runCode({ ...call, name: folder }, text, args)
    }
}

/** A file run by its own path: what its first line names reads it, else the shell. */
export function runByName(call: Call): void {
  const path = call.shell.path(call.name, call.state)
  // A link or copy that this command has made of a program of the system.
  if (isInSystem(path) && path !== call.name && call.state.links.size > 0) {
    call.shell.runArgv([path, ...call.args], call.stdin, call.state)
    return
  }
  const written = call.state.files.get(path)
  if (written !== undefined) {
    runCode(call, written, call.args)
    return
  }
  const code = call.shell.codeAt(path)
  judgeOrigin(call, path, code)
  const interpreter = code && interpreterOf(code)
  if (interpreter === 'sh') runShellFile(call, code!, call.args)
  else if (interpreter) searchFile({ ...call, name: interpreter }, code!)
}
