import { isUnknown } from '../../paths/pattern.ts'
import type { Program } from '../acts.ts'
import { hasOption, readOptions } from '../dispatch/options.ts'

const chmod: Program = call => {
  const { shell, state } = call
  const operands = call.args.filter(arg => !/^-[RvcfhHLP]+$|^--(?!reference)/.test(arg))
  const [mode = '', ...targets] = operands
  const recursive = call.args.some(arg => /^-\w*R|^--rec/.test(arg))
  for (const target of targets) {
    const path = shell.path(target, state)
    const kind = shell.paths.classify(path)
    if (kind === 'credential' && path.startsWith('/etc/') && LETS_READ.test(mode))
      shell.raise('command.grants-privilege', call.name, target)
    else if (isOpen(mode) && (kind === 'system' || kind === 'credential' || path.startsWith('/etc/')))
      shell.raise('command.opens-permissions', call.name, target, 'deny')
    else if (
      /(?:^|[,+=])[ugoa]*[+=][rwxXt]*s|^[2-7]\d{3}$|^0[2-7]\d{3}$/.test(mode) &&
      !/^0?1\d{3}$/.test(mode)
    )
      shell.raise('command.grants-privilege', call.name, target)
    else if (
      recursive &&
      shell.paths.catastrophe(path) &&
      !path.startsWith(`${shell.paths.workplace.project}`)
    )
      shell.raise('command.grants-privilege', call.name, path)
    else if (kind !== 'project' && kind !== 'temp' && shell.paths.catastrophe(path))
      shell.raise('command.changes-system', call.name, path)
    else if (isOpen(mode)) shell.raise('command.opens-permissions', call.name, target)
    else if (
      kind === 'own' ||
      kind === 'protected' ||
      kind === 'record' ||
      kind === 'system' ||
      kind === 'agent-settings'
    )
      shell.act({ kind: 'write', program: call.name, target: path })
    else if (isUnknown(path) && recursive) shell.raise('command.writes-unknown-target', call.name, path)
  }
  return ''
}

/** Others than the owner and the group may read, or whoever it was before may. */
const LETS_READ = /^[0-7]?[0-7]{2}[4-7]$|(?:^|,)[ugoa]*[oa][ugoa]*[+=]\w*r|^[+=]\w*r/

function isOpen(mode: string): boolean {
  return /^0?[0-7]?[0-7][0-7][2367]$/.test(mode) || /(?:^|,)[ug]*[oa]+[ugoa]*[+=]\w*w/.test(mode)
}

const chown: Program = call => {
  const { shell, state } = call
  const read = readOptions(call.args, { valued: '', valuedLong: ['from', 'reference'] })
  const recursive = hasOption(read, 'R', 'recursive')
  const [owner = '', ...targets] = read.operands
  for (const target of targets) {
    const path = shell.path(target, state)
    const isRoot = /^(?:root|0)(?:[:.]|$)/.test(owner)
    if (recursive && shell.paths.catastrophe(path) && !path.startsWith(shell.paths.workplace.project))
      shell.raise('command.grants-privilege', call.name, path)
    else if (isRoot) shell.raise('command.raises-privilege', call.name, path)
    else shell.act({ kind: 'write', program: call.name, target: path })
  }
  return ''
}

const chattr: Program = call => {
  for (const target of readOptions(call.args).operands)
    if (!/^[+=-]\w+$/.test(target)) call.shell.raise('command.changes-system', call.name, target)
  return ''
}

/** Programs that change who may use a file. */
export const permissions: Readonly<Record<string, Program>> = {
  chmod,
  chown,
  chgrp: chown,
  chattr,
}
