import { STAR, UNKNOWN } from '../../paths/pattern.ts'
import type { ProgramCall } from './call.ts'
import { downloadOf } from './downloads.ts'
import { FRESH } from './marks.ts'
import type { Argument } from './reading.ts'

/** Folders where every user of the machine may put a file or a link before us. */
export const SHARED_FOLDER = /^\/(?:var\/|private\/)?tmp\/|^\/dev\/shm\//

/** Programs that write the files they name, all of them or the last one. */
const WRITERS: Readonly<Record<string, 'all' | 'last'>> = {
  tee: 'all',
  touch: 'all',
  truncate: 'all',
  cp: 'last',
  install: 'last',
}

/** Looks for files in shared folders whose name somebody else can know beforehand. */
export function judgeTemporaryFiles(call: ProgramCall): void {
  const { name, args, texts, reading } = call
  if (name === 'mktemp') judgeMktemp(call)
  if (name === 'trap' || reading.surroundings === 'image') return
  for (const { target } of call.writes) judgeName(call, target)
  const operands = args.filter(({ text }) => !text.startsWith('-'))
  const writer = Object.hasOwn(WRITERS, name) ? WRITERS[name] : undefined
  if (writer === 'all') for (const arg of operands) judgeName(call, arg)
  if (writer === 'last' && operands.length > 1) judgeName(call, operands.at(-1)!)
  if (name === 'dd')
    for (const arg of args)
      if (arg.text.startsWith('of=')) judgeName(call, { ...arg, text: arg.text.slice(3) })
  // without -p it fails where somebody else was first
  if (name === 'mkdir' && !texts.some(text => /^-\w*p|^--parents/.test(text)))
    for (const arg of operands) reading.made.add(arg.text)
  if (name === 'mkdir' && texts.some(text => /^-\w*p|^--parents/.test(text)))
    for (const arg of operands) judgeName(call, arg)
  for (const [at, { text }] of args.entries())
    if (/^(?:-o|--output|-out|--output-file)$/.test(text) && args[at + 1] && !downloadOf(call))
      judgeName(call, args[at + 1]!)
  const files = downloadOf(call)?.files ?? []
  for (const file of files) {
    const place = args.find(({ text }) => text === file || text.endsWith(file)) ?? call.program
    judgeName(call, { ...place, text: file })
  }
}

function judgeMktemp({ texts, report, start, end }: ProgramCall): void {
  if (texts.some(text => /^-\w*u\w*$|^--dry-run$/.test(text)))
    report({
      rule: 'configuration.uses-predictable-temporary-file',
      start,
      end,
      message: '`mktemp -u` only makes up a name; somebody else can take it before it is used',
    })
}

function judgeName(call: ProgramCall, { text, start, end }: Argument): void {
  const [folder] = SHARED_FOLDER.exec(text) ?? []
  if (folder === undefined || text.includes(FRESH)) return
  const name = text.slice(folder.length)
  // nothing of the name is known: whoever gives it may have made it up well
  if (
    name
      .replaceAll(UNKNOWN, '')
      .replaceAll(STAR, '')
      .replace(/[/._-]/g, '') === ''
  )
    return
  // a folder made beforehand by mktemp, or one below a folder that was
  if (name.startsWith(UNKNOWN)) return
  if ([...call.reading.made].some(made => text.startsWith(`${made}/`))) return
  call.report({
    rule: 'configuration.uses-predictable-temporary-file',
    start,
    end,
    message: 'writes a file in a shared folder under a name that anybody can know beforehand',
    ...(call.reading.surroundings === 'job' && { severity: 'note' as const }),
  })
}
