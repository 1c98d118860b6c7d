import { isUnknown } from '../paths/pattern.ts'
import type { Call } from './acts.ts'

/** Any argument that names a file may be read: a delicate one speaks, whatever the program. */
export function readMentioned(call: Call): undefined {
  const { shell, state, name } = call
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
