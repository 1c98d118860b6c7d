import { isPattern } from '../../paths/pattern.ts'
import type { Call, Program } from '../acts.ts'
import { hasOption, optionValues, readOptions } from '../dispatch/options.ts'
import { filesBelow } from '../shell/listings.ts'
import { type Reader, reader } from './text-reader.ts'

/** `grep -l` and its kind print names of files. */
const searching =
  (shape: Reader, skipsHidden: (call: Call) => boolean): Program =>
  call => {
    const out = reader(shape)(call)
    const read = readOptions(call.args, shape)
    if (!hasOption(read, 'l', 'L', 'files-with-matches', 'files-without-match', 'files')) return out
    const operands = read.operands.slice(hasOption(read, ...(shape.instead ?? [])) ? 0 : (shape.skip ?? 0))
    const recursive = call.name === 'rg' || call.name === 'ag' || hasOption(read, ...(shape.recursive ?? []))
    if (!recursive) return operands.length > 0 && operands.every(isPattern) ? `${operands.join('\n')}\n` : out
    const globs = optionValues(read, 'include', 'g', 'glob').filter(glob => !glob.startsWith('!'))
    const files = filesBelow(call, {
      folders: operands.length > 0 ? operands : ['.'],
      names: globs.every(glob => !glob.includes('/')) ? globs : [],
      skipsHidden: skipsHidden(call),
    })
    return files ?? out
  }

/** Not the part that matches, numbers or other lines. */
function printsWholeLines({ args }: Call): boolean {
  return !args.some(arg =>
    /^-\w*[ocnlLHABCbZzr0]|^--(?!invert-match|extended-regexp|fixed-strings|ignore-case|color)/.test(arg),
  )
}

const grepShape: Reader = {
  valued: 'efmABCDd',
  valuedLong: [
    'regexp',
    'file',
    'max-count',
    'after-context',
    'before-context',
    'context',
    'include',
    'exclude',
    'exclude-dir',
    'exclude-from',
    'color',
    'colour',
  ],
  skip: 1,
  instead: ['e', 'regexp', 'f', 'file'],
  recursive: ['r', 'R', 'recursive', 'dereference-recursive'],
  reads: ['f', 'file'],
}

const grep = searching({ ...grepShape, keepsLines: printsWholeLines }, () => false)

const rg = searching(
  {
    valued: 'efmABCgtTjMrdE',
    valuedLong: [
      'regexp',
      'file',
      'max-count',
      'after-context',
      'before-context',
      'context',
      'glob',
      'iglob',
      'type',
      'type-not',
      'max-depth',
      'replace',
      'sort',
      'color',
      'pre',
      'pre-glob',
      'hostname-bin',
      'threads',
      'encoding',
      'max-columns',
      'max-filesize',
      'ignore-file',
    ],
    skip: 1,
    instead: ['e', 'regexp', 'f', 'file', 'files', 'type-list'],
    recursive: ['u', 'hidden', 'unrestricted', '.'],
    reads: ['f', 'file'],
    runs: ['pre', 'hostname-bin'],
    keepsLines: printsWholeLines,
  },
  call => !call.args.some(arg => /^-\w*[u.]|^--(?:hidden|unrestricted|no-ignore)/.test(arg)),
)

/** Programs that look for lines in files. */
export const searchers: Readonly<Record<string, Program>> = {
  grep,
  egrep: grep,
  fgrep: grep,
  zgrep: grep,
  ggrep: grep,
  ag: rg,
  ack: reader({ skip: 1, recursive: [], valuedLong: ['pager'], runs: ['pager'] }),
  rg,
  ugrep: rg,
}
