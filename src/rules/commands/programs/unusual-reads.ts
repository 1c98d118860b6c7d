import { isUnknown } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import { optionValues, readOptions } from '../dispatch/options.ts'

const MOST_FILES = 50

/** Programs that take the names of files from standard input: always, or where the arguments ask for it. */
const lists: Readonly<Record<string, RegExp>> = {
  cpio: /(?:^|\s)(?:-\w*[op]|--create|--pass-through)/,
  afio: /(?:^|\s)-\w*o/,
  pax: /(?:^|\s)-\w*w/,
  zip: /(?:^|\s)(?:-@|-)(?:\s|$)/,
  tar: /(?:^|\s)(?:-T\s*-|--files-from[= ]-)/,
  bsdtar: /(?:^|\s)(?:-T\s*-|--files-from[= ]-)/,
  rsync: /--files-from[= ]-/,
  wc: /--files0-from[= ]-/,
  sort: /--files0-from[= ]-/,
  gtar: /(?:^|\s)(?:-T\s*-|--files-from[= ]-)/,
}

/** Options of programs that else only look at names, whose file they read and quote in errors. */
const quoting: Readonly<Record<string, readonly string[]>> = {
  file: ['f', 'm', 'files-from', 'magic-file'],
  date: ['f', 'file'],
  du: ['X', 'files0-from', 'exclude-from'],
  tree: ['fromfile', 'gitfile', 'infofile'],
  xargs: ['a', 'arg-file'],
  gxargs: ['a', 'arg-file'],
  parallel: ['a', 'arg-file'],
  make: ['f', 'file', 'makefile'],
  ssh: ['F'],
  bash: ['rcfile', 'init-file'],
}

const IMAGES = /^(?:convert|magick|identify|montage|mogrify|composite|compare|stream|display|animate|gm)$/

/** Files that are read by ways of a program's own. */
export function judgeUnusualReads(call: Call): void {
  const { name, args, stdin, shell, state } = call
  if (
    Object.hasOwn(lists, name) &&
    stdin.connected &&
    !isUnknown(stdin.text) &&
    lists[name]!.test(args.join(' '))
  )
    for (const file of stdin.text.split(/[\n\0]/).slice(0, MOST_FILES))
      if (file !== '') shell.act({ kind: 'read', program: name, target: shell.path(file, state) })
  if (Object.hasOwn(quoting, name)) {
    const options = quoting[name]!
    const read = readOptions(args, {
      valued: options.filter(option => option.length === 1).join(''),
      valuedLong: options.filter(option => option.length > 1),
      stopAtOperand: /xargs|parallel|ssh/.test(name),
    })
    for (const file of optionValues(read, ...options))
      if (file !== '-' && /[/~.]/.test(file))
        shell.act({ kind: 'read', program: name, target: shell.path(file, state) })
  }
  if (IMAGES.test(name)) for (const arg of args) judgeImage(call, arg)
}

/** ImageMagick's `label:@file`, `text:file`, `msl:file` read any file, `ephemeral:file` deletes it. */
function judgeImage({ shell, state, name }: Call, arg: string): void {
  const [, coder = '', file = ''] = /^(?:([a-z0-9]+):)?@?(.+)$/i.exec(arg) ?? []
  if (!/^[/~.]/.test(file) || arg.startsWith('-')) return
  const target = shell.path(file, state)
  if (coder === 'ephemeral') shell.act({ kind: 'delete', program: name, target })
  else if (coder !== '' || arg.startsWith('@')) shell.act({ kind: 'read', program: name, target })
  if (/^(?:msl|mvg)$/.test(coder) && shell.paths.classify(target) !== 'project')
    shell.raise('command.runs-code-of-other-folder', name, target)
}
