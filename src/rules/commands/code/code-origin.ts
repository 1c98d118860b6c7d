import type { Call } from '../acts.ts'
import type { CodeFile } from './code-files.ts'

/**
 * What the session's memory says of a file about to run. One that was downloaded is asked about rather than refused:
 * somebody may have read it since. One the session wrote and that cannot be read is unknown code; padding a script
 * beyond what is read must not hide it.
 */
export function judgeOrigin({ shell, name }: Call, path: string, code: CodeFile | null): void {
  const origin = shell.originOf(path)
  if (origin?.remote) shell.raise('command.runs-remote-code', name, path, 'ask')
  else if (origin && !code && /^(?:project|temp)$/.test(shell.paths.classify(path)))
    shell.raise('command.runs-unknown-code', name, path)
}
