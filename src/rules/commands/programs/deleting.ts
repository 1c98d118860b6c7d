import { type Call, type Program, silently } from '../acts.ts'
import { hasOption, readOptions } from '../dispatch/options.ts'

/** States that a program deletes what it was told to. */
export function remove(call: Call, target: string, recursive: boolean): void {
  if (recursive && ALL_IF_EMPTY.test(target))
    call.shell.raise('command.deletes-protected-folder', call.name, target)
  call.shell.act({
    kind: 'delete',
    program: call.name,
    target: call.shell.path(target, call.state),
    recursive,
  })
}

/** `rm -rf "$UNSET"/*`: all of the disk where the value is empty; a script of the project may have made sure of it. */
const ALL_IF_EMPTY = /^\uE000+\/+\uE003$/

const rm: Program = call => {
  const read = readOptions(call.args)
  const recursive = hasOption(read, 'r', 'R', 'recursive')
  for (const target of read.operands) remove(call, target, recursive || call.name !== 'rm')
  return ''
}

const shred: Program = call => {
  const read = readOptions(call.args, { valued: 'nsx' })
  for (const target of read.operands) {
    const path = call.shell.path(target, call.state)
    call.shell.act({ kind: 'write', program: call.name, target: path })
    call.shell.act({ kind: 'delete', program: call.name, target: path, recursive: true })
  }
  return ''
}

/** `fallocate -p` and its kind take out what lies in a file. */
const fallocate: Program = call => {
  const read = readOptions(call.args, { valued: 'lo', valuedLong: ['length', 'offset'] })
  const empties = hasOption(read, 'p', 'punch-hole', 'c', 'collapse-range', 'z', 'zero-range')
  for (const file of read.operands) {
    call.shell.write(file, call.name, call.state)
    if (empties) remove(call, file, false)
  }
  return ''
}

/** `gio trash`: the words before the files are the tool's. */
const desktopTrash: Program = call => {
  const [verb = '', ...rest] = call.args.filter(arg => !arg.startsWith('-'))
  if (/^(?:trash|remove|delete|move)$/.test(verb))
    for (const target of verb === 'move' ? rest.slice(0, 1) : rest) remove(call, target, true)
  return undefined
}

/** Programs that delete files, or what is in them. */
export const deleting: Readonly<Record<string, Program>> = {
  rm,
  grm: rm,
  unlink: rm,
  rmdir: silently(call => {
    for (const target of readOptions(call.args).operands) remove(call, target, false)
  }),
  srm: rm,
  wipe: rm,
  trash: rm,
  'trash-put': rm,
  trashy: rm,
  'gvfs-trash': rm,
  rimraf: rm,
  'del-cli': rm,
  shred,
  gshred: shred,
  fallocate,
  gio: desktopTrash,
  kioclient: desktopTrash,
  kioclient5: desktopTrash,
}
