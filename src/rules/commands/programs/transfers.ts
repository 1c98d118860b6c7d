import { type Program, states } from '../acts.ts'
import { optionValues, readOptions } from '../dispatch/options.ts'
import { isSecret } from './outgoing-data.ts'

const NONE = { text: '', connected: false }

const copy: Program = call => {
  const read = readOptions(call.args, { valued: 'cDFiJloPSX' })
  const { shell, name, state } = call
  for (const code of optionValues(read, 'S')) shell.raise('command.runs-unknown-code', name, code)
  for (const option of optionValues(read, 'o'))
    if (/^(?:ProxyCommand|LocalCommand)/i.test(option)) {
      shell.raise('command.runs-unknown-code', name, option)
      shell.runText(option.replace(/^\w+[= ]/, ''), NONE, state)
    }
  const target = read.operands.at(-1)
  const isFar = (place: string | undefined) => place !== undefined && /^[^/]+:/.test(place)
  for (const source of read.operands.slice(0, -1)) {
    if (isFar(source)) continue
    const path = shell.path(source, state)
    shell.act({ kind: 'read', program: name, target: path, recursive: true })
    if (isFar(target))
      shell.raise(isSecret(call, path) ? 'command.sends-secret' : 'command.sends-file', name, target ?? null)
  }
  if (target !== undefined && !isFar(target) && read.operands.length > 1) shell.write(target, name, state)
  return undefined
}

/** Programs that copy files to and from other machines. */
export const transfers: Readonly<Record<string, Program>> = {
  scp: copy,
  sftp: copy,
  rclone: states(call => {
    if (/^(?:copy|sync|move|copyto|moveto|rcat|cat|purge|delete)$/.test(call.args[0] ?? ''))
      call.shell.raise('command.sends-file', call.name, call.args.at(-1) ?? null)
  }),
  croc: states(call => call.shell.raise('command.sends-file', call.name)),
  transfer: states(call => call.shell.raise('command.sends-file', call.name)),
}
