import type { Call } from '../acts.ts'

/** `source("…")`, `do "…"`, `include(download("…"))`: code that another file or an address holds. */
const LOADS =
  /\b(?:source|include|do|load|require_relative|require|dofile|loadfile|import|importScripts|run_path|runfile|execfile|load-file|script)[ \t]{0,4}[( ][ \t]{0,4}(?:[\w.:]{1,60}[ \t]{0,4}\([ \t]{0,4}){0,2}["']([^"'\s]{2,500})["']/g

/** Code loaded from an address is remote code; from elsewhere than the project it is asked about. */
export function judgeLoads(call: Call, code: string): void {
  const { shell, name, state } = call
  for (const [, source = ''] of code.matchAll(LOADS)) {
    if (/^(?:https?|ftp):\/\//.test(source)) shell.raise('command.runs-remote-code', name, source)
    if (!/^[/~]/.test(source)) continue
    const path = shell.path(source, state)
    const kind = shell.paths.classify(path)
    if (kind === 'temp' || kind === 'home' || kind === 'outside')
      shell.raise('command.runs-code-of-other-folder', name, path)
  }
}
