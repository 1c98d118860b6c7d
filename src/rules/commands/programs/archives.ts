import type { Program } from '../acts.ts'
import { hasOption, optionValues, readOptions } from '../dispatch/options.ts'
import { remove } from './deleting.ts'

const NONE = { text: '', connected: false }

const tar: Program = call => {
  const { shell, state } = call
  const first = call.args[0] ?? ''
  const args = first.startsWith('-') || first === '' ? call.args : [`-${first}`, ...call.args.slice(1)]
  const read = readOptions(args, {
    valued: 'fCIXTbKNVHgFL',
    valuedLong: [
      'file',
      'directory',
      'use-compress-program',
      'to-command',
      'checkpoint-action',
      'exclude',
      'transform',
      'strip-components',
      'files-from',
      'exclude-from',
      'info-script',
      'new-volume-script',
      'rsh-command',
      'rmt-command',
      'one-top-level',
    ],
  })
  for (const code of optionValues(
    read,
    'I',
    'use-compress-program',
    'to-command',
    'info-script',
    'F',
    'new-volume-script',
    'rsh-command',
    'rmt-command',
    'checkpoint-action',
  )) {
    if (
      /^(?:gzip|pigz|bzip2|pbzip2|xz|zstd|lz4|lzip|brotli|dot|ttyout.*|echo.*|sleep=\d+)(?: -[\w=-]+)*$/.test(
        code,
      )
    )
      continue
    shell.raise('command.runs-unknown-code', call.name, code)
    shell.runText(code.replace(/^exec=/, ''), NONE, state)
  }
  const files = optionValues(read, 'f', 'file')
  const creates = hasOption(read, 'c', 'create', 'r', 'append', 'u', 'update')
  if (creates) {
    const base = optionValues(read, 'C', 'directory')[0]
    for (const member of read.operands)
      shell.act({
        kind: 'read',
        program: call.name,
        target: shell.path(base && !member.startsWith('/') ? `${base}/${member}` : member, state),
        recursive: true,
      })
    for (const file of files) if (file !== '-') shell.write(file, call.name, state)
    if (hasOption(read, 'remove-files')) for (const member of read.operands) remove(call, member, true)
  } else if (hasOption(read, 'x', 'extract', 'get')) {
    for (const folder of optionValues(read, 'C', 'directory'))
      shell.act({ kind: 'write', program: call.name, target: shell.path(folder, state) })
    if (hasOption(read, 'P', 'absolute-names')) shell.raise('command.writes-unknown-target', call.name)
  }
  return undefined
}

const zip: Program = call => {
  const read = readOptions(call.args, { valued: 'tbnPi', valuedLong: ['unzip-command'] })
  const { shell, state } = call
  for (const code of [
    ...optionValues(read, 'unzip-command'),
    ...call.args.filter((_, index) => call.args[index - 1] === '-TT'),
  ]) {
    shell.raise('command.runs-unknown-code', call.name, code)
    shell.runText(code, NONE, state)
  }
  const [archive, ...members] = read.operands
  if (archive !== undefined) shell.write(archive, call.name, state)
  for (const member of members)
    shell.act({ kind: 'read', program: call.name, target: shell.path(member, state), recursive: true })
  return undefined
}

/** Archivers that delete what they have packed. */
const packAndDelete =
  (pack: Program, deletes: RegExp): Program =>
  call => {
    const read = readOptions(call.args, { valued: 'tbnPTi' })
    if (call.args.some(arg => deletes.test(arg)))
      for (const member of read.operands.slice(/^7z/.test(call.name) ? 2 : 1)) remove(call, member, true)
    return pack(call)
  }

const unpack: Program = call => {
  // `-:` lets members climb out of the folder with `..`.
  if (call.args.some(arg => /^-\w*:/.test(arg))) call.shell.raise('command.writes-unknown-target', call.name)
  const read = readOptions(call.args, { valued: 'dPx' })
  for (const folder of optionValues(read, 'd'))
    call.shell.act({ kind: 'write', program: call.name, target: call.shell.path(folder, call.state) })
  return undefined
}

/** Programs that pack files into an archive or unpack them. */
export const archives: Readonly<Record<string, Program>> = {
  tar,
  gtar: tar,
  bsdtar: tar,
  zip: packAndDelete(zip, /^-\w*m|^--move$/),
  '7z': packAndDelete(zip, /^-sdel$/),
  '7za': packAndDelete(zip, /^-sdel$/),
  '7zz': packAndDelete(zip, /^-sdel$/),
  unzip: unpack,
}
