import { isPattern, isUnknown, UNKNOWN } from '../../paths/pattern.ts'
import { baseName } from '../../paths/posix.ts'
import { type Program, silently } from '../acts.ts'
import { optionValues, readOptions } from '../dispatch/options.ts'
import { filesBelow } from '../shell/listings.ts'
import { archives } from './archives.ts'
import { copying } from './copying.ts'
import { deleting } from './deleting.ts'
import { finders } from './find.ts'
import { permissions } from './permissions.ts'

const writeOperands: Program = call => {
  const read = readOptions(call.args, { valued: 'srdt', valuedLong: ['size', 'reference', 'date'] })
  for (const target of read.operands)
    call.shell.write(target, call.name, call.state, call.state.files.get(call.shell.path(target, call.state)))
  return ''
}

const truncate: Program = call => {
  const read = readOptions(call.args, { valued: 'sr', valuedLong: ['size', 'reference'] })
  for (const target of read.operands) call.shell.write(target, call.name, call.state, '')
  return ''
}

const makeFolder: Program = call => {
  const read = readOptions(call.args, { valued: 'mZ', valuedLong: ['mode', 'context'] })
  for (const target of read.operands) {
    const path = call.shell.path(target, call.state)
    if (isUnknown(path)) continue
    call.shell.act({ kind: 'write', program: call.name, target: path })
  }
  return ''
}

const tee: Program = call => {
  for (const target of readOptions(call.args).operands)
    if (!/^\/dev\/(?:null|stdout|stderr|tty)$/.test(target))
      call.shell.write(target, call.name, call.state, call.stdin.text)
  return call.stdin.text
}

/** What comes in replaces the file, even the one it was made from. */
const sponge: Program = call => {
  for (const file of readOptions(call.args).operands)
    call.shell.write(file, call.name, call.state, call.stdin.text)
  return ''
}

/** What a patch names is known by its text only; the file it is told to change is written. */
const patch: Program = call => {
  const read = readOptions(call.args, {
    valued: 'podirBDFVYgxz',
    valuedLong: ['output', 'input', 'directory', 'strip', 'reject-file'],
  })
  for (const file of [...read.operands.slice(0, 1), ...optionValues(read, 'o', 'output', 'r', 'reject-file')])
    call.shell.write(file, call.name, call.state)
  return undefined
}

/** Names that a listing may print are as vague as the glob for them. */
const ls: Program = ({ args, shell, state }) => {
  const flags = args.filter(arg => arg.startsWith('-')).join('')
  if (/[lRsi]/.test(flags)) return undefined
  const operands = args.filter(arg => !arg.startsWith('-'))
  if (operands.length === 0) return /[aA]/.test(flags) ? '.\uE003\n' : '\uE003\n'
  // Files are listed by the path they were given as; of a folder, its names would be.
  const isFile = (operand: string) =>
    !isUnknown(operand) &&
    (isPattern(operand) || shell.paths.classify(shell.path(operand, state)) === 'credential')
  if (operands.every(isFile)) return `${operands.join('\n')}\n`
  // The names in a folder of the project, wherever they are taken for files next.
  const [folder = ''] = operands
  const isOurs =
    operands.length === 1 && filesBelow({ shell, state }, { folders: [folder], skipsHidden: true })
  return isOurs && !/[aAd]/.test(flags) ? '\uE003\n' : undefined
}

const tree: Program = call => {
  for (const file of optionValues(readOptions(call.args, { valued: 'oLPIHT' }), 'o'))
    call.shell.write(file, call.name, call.state)
  return undefined
}

/** Programs whose operands name files without reading what is in them. */
const nameOnly: Program = () => undefined

/** Where a program would be found; its name stays readable at the end. */
const placeOf = (name: string) => (/^[\w.+-]+$/.test(name) ? `/usr/bin/${name}` : name)

/** Programs that work on files and folders themselves: those that write or list them here, the others by what they do. */
export const files: Readonly<Record<string, Program>> = {
  ...deleting,
  ...copying,
  ...permissions,
  ...finders,
  ...archives,
  touch: writeOperands,
  truncate,
  mkdir: makeFolder,
  tee,
  ls,
  sponge,
  patch,
  ll: nameOnly,
  dir: nameOnly,
  stat: nameOnly,
  du: nameOnly,
  df: nameOnly,
  tree,
  eza: nameOnly,
  exa: nameOnly,
  lsattr: nameOnly,
  file: nameOnly,
  readlink: nameOnly,
  realpath: nameOnly,
  'ssh-add': nameOnly,
  'ssh-copy-id': nameOnly,
  locate: nameOnly,
  basename: ({ args }) =>
    `${baseName(args[0] ?? '').replace(args[1] ? new RegExp(`${args[1].replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) : /$^/, '')}\n`,
  dirname: ({ args }) =>
    `${(args[0] ?? '').includes('/') ? (args[0] ?? '').replace(/\/[^/]*\/?$/, '') || '/' : '.'}\n`,
  mkfifo: writeOperands,
  mknod: silently(call => call.shell.raise('command.changes-system', call.name, call.args[0] ?? null)),
  mktemp: ({ args }) => (args.some(arg => /^-\w*p/.test(arg)) ? UNKNOWN : '/tmp/tmp.made\n'),
  which: ({ args }) =>
    `${args
      .filter(arg => !arg.startsWith('-'))
      .map(placeOf)
      .join('\n')}\n`,
}
