import { baseName } from '../../paths/posix.ts'
import type { Call, Program } from '../acts.ts'
import { hasOption, optionValues, type ReadOptions, readOptions } from '../dispatch/options.ts'

const NONE = { text: '', connected: false }

/** The source of a move disappears; the target is written. */
const mv: Program = call => {
  const read = readOptions(call.args, { valued: 'tS', valuedLong: ['target-directory', 'suffix'] })
  const { sources, target } = transferOf(read)
  for (const source of sources) {
    const path = call.shell.path(source, call.state)
    call.shell.act({ kind: 'read', program: call.name, target: path })
    call.shell.act({ kind: 'delete', program: call.name, target: path, recursive: true })
  }
  transfer(call, sources, target)
  return ''
}

const cp: Program = call => {
  const read = readOptions(call.args, {
    valued: 'tSmogZ',
    valuedLong: ['target-directory', 'suffix', 'mode', 'owner', 'group'],
  })
  const recursive = hasOption(read, 'r', 'R', 'a', 'recursive', 'archive')
  const { sources, target } = transferOf(read)
  for (const source of sources)
    call.shell.act({
      kind: 'read',
      program: call.name,
      target: call.shell.path(source, call.state),
      recursive,
    })
  transfer(call, sources, target)
  if (optionValues(read, 'm', 'mode').some(mode => /^[24567]\d{3}$|s/.test(mode)))
    call.shell.raise('command.grants-privilege', call.name, target ?? null)
  return ''
}

const ln: Program = call => {
  const read = readOptions(call.args, { valued: 'tS', valuedLong: ['target-directory', 'suffix'] })
  const { sources, target } = transferOf(read)
  const { shell, state } = call
  const source = sources[0] ?? target
  if (source === undefined || target === undefined) return ''
  const place = sources.length === 0 ? baseName(target) : target
  const pointed = shell.path(source, state)
  shell.write(place, call.name, state)
  state.files.delete(shell.path(place, state))
  for (const name of [place, `${place}/${baseName(source)}`])
    state.links.set(shell.path(name, state), pointed)
  const kind = shell.paths.classify(pointed)
  if (kind === 'credential' || kind === 'own' || kind === 'protected')
    shell.act({ kind: 'read', program: call.name, target: pointed })
  return ''
}

function transferOf(read: ReadOptions): { sources: readonly string[]; target: string | undefined } {
  const folder = optionValues(read, 't', 'target-directory')[0]
  if (folder !== undefined) return { sources: read.operands, target: folder }
  return { sources: read.operands.slice(0, -1), target: read.operands.at(-1) }
}

function transfer(call: Call, sources: readonly string[], target: string | undefined): void {
  if (target === undefined || sources.length === 0) return
  const { shell, state } = call
  for (const source of sources) {
    const origin = shell.path(source, state)
    const content = shell.contentOf(origin, state)
    const inside = `${target}/${baseName(source)}`
    if (shell.paths.classify(shell.path(target, state)) === 'harmless-device') continue
    shell.write(target, call.name, state, content)
    const kind = shell.paths.classify(shell.path(inside, state))
    if (kind !== 'credential' && kind !== 'project' && kind !== 'temp')
      shell.write(inside, call.name, state, content)
    // A copy of a program of the system is that program.
    if (/^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$/.test(origin))
      state.links.set(shell.path(target, state), origin)
  }
}

const rsync: Program = call => {
  const read = readOptions(call.args, {
    valued: 'efMTB@',
    valuedLong: [
      'rsh',
      'exclude',
      'include',
      'filter',
      'files-from',
      'exclude-from',
      'log-file',
      'port',
      'bwlimit',
      'temp-dir',
      'backup-dir',
      'partial-dir',
      'rsync-path',
      'password-file',
      'chmod',
      'chown',
    ],
  })
  const { shell, state } = call
  for (const code of optionValues(read, 'e', 'rsh', 'rsync-path'))
    if (
      !/^ssh(?:\s+-[ip]\s+\S+|\s+-o\s*(?!\w*Command|PKCS|Security|Proxy|XAuth|Include)\w+=[\w./~-]+)*$/i.test(
        code,
      )
    ) {
      shell.runText(code, NONE, state)
      shell.raise('command.runs-unknown-code', call.name, code)
    }
  const target = read.operands.at(-1)
  const sources = read.operands.slice(0, -1)
  const isRemote = (place: string) => /^[^/]*:/.test(place) || place.startsWith('rsync://')
  for (const source of sources)
    if (!isRemote(source))
      shell.act({ kind: 'read', program: call.name, target: shell.path(source, state), recursive: true })
  if (hasOption(read, 'remove-source-files'))
    for (const source of sources)
      if (!isRemote(source))
        shell.act({ kind: 'delete', program: call.name, target: shell.path(source, state), recursive: true })
  if (target === undefined || sources.length === 0) return undefined
  if (isRemote(target)) shell.raise('command.sends-file', call.name, target)
  else {
    shell.write(target, call.name, state)
    if (hasOption(read, 'delete', 'del', 'delete-before', 'delete-after', 'delete-during', 'delete-excluded'))
      shell.act({ kind: 'delete', program: call.name, target: shell.path(target, state), recursive: true })
  }
  return undefined
}

/** Programs that copy, move or link files from one place to another. */
export const copying: Readonly<Record<string, Program>> = {
  mv,
  gmv: mv,
  cp,
  gcp: cp,
  install: cp,
  rsync,
  ln,
  link: ln,
}
