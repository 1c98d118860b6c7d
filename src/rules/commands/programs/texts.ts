import { SECRET, UNKNOWN } from '../../paths/pattern.ts'
import type { Call, Program } from '../acts.ts'
import { readNamed } from '../code/embedded.ts'
import { optionValues, readOptions } from '../dispatch/options.ts'
import { encodings } from './encodings.ts'
import { searchers } from './grep.ts'
import { pagers } from './pagers.ts'
import { streamEditors } from './sed.ts'
import { plain, reader } from './text-reader.ts'

const cat = reader({ fold: text => text })

const lines = (call: Call, fallback: number): number => {
  const given =
    call.args.map(arg => /^-n?=?(\d+)$/.exec(arg)?.[1] ?? /^--lines=(\d+)$/.exec(arg)?.[1]).find(Boolean) ??
    (call.args.includes('-n') ? call.args[call.args.indexOf('-n') + 1] : undefined)
  return Number(given ?? fallback)
}

/** `sort`, `head -5`, `tail -n +6`: nothing but lines of the input. */
const ALWAYS = () => true

const unlessBytes = ({ args }: Call) => !args.some(arg => /^-c|^--bytes/.test(arg))

/** `cut -d: -f6`: one field of each line. */
function cutField(text: string, call: Call): string | undefined {
  const read = readOptions(call.args, { valued: 'dfcb', valuedLong: ['delimiter', 'fields'] })
  const delimiter = optionValues(read, 'd', 'delimiter')[0] ?? '\t'
  const field = optionValues(read, 'f', 'fields')[0] ?? ''
  if (!/^\d{1,3}$/.test(field) || delimiter.length !== 1) return undefined
  return text
    .split('\n')
    .map(line => (line.includes(delimiter) ? (line.split(delimiter)[Number(field) - 1] ?? '') : line))
    .join('\n')
}

const jq: Program = call => {
  const read = readOptions(call.args, {
    valued: 'fL',
    valuedLong: ['from-file', 'arg', 'argjson', 'slurpfile', 'rawfile', 'args', 'indent'],
  })
  if (/\benv\b|\$ENV\b/.test(read.operands[0] ?? '')) return UNKNOWN + SECRET
  return reader({
    valued: 'fL',
    valuedLong: ['from-file', 'arg', 'argjson', 'indent'],
    skip: 1,
    instead: ['f', 'from-file'],
    reads: ['f', 'from-file', 'slurpfile', 'rawfile'],
  })(call)
}

const processes: Program = ({ args }) =>
  args.some(arg => /^-?\w*e\w*$/.test(arg) && !arg.startsWith('-') && arg.includes('e'))
    ? UNKNOWN + SECRET
    : UNKNOWN

/** Programs that read files or streams of text: those that take lines and columns apart here, the others by what they do. */
export const texts: Readonly<Record<string, Program>> = {
  ...searchers,
  ...streamEditors,
  ...encodings,
  ...pagers,
  cat,
  gcat: cat,
  tac: reader({ valued: 's', fold: text => text.split('\n').reverse().join('\n').replace(/^\n/, '') }),
  rev: reader({
    fold: text =>
      text
        .split('\n')
        .map(line => [...line].reverse().join(''))
        .join('\n'),
  }),
  head: reader({
    valued: 'nc',
    valuedLong: ['lines', 'bytes'],
    keepsLines: unlessBytes,
    fold: (text, call) =>
      call.args.some(arg => arg.startsWith('-c') || arg.startsWith('--bytes'))
        ? undefined
        : `${text.split('\n').slice(0, lines(call, 10)).join('\n')}\n`,
  }),
  tail: reader({
    valued: 'nc',
    valuedLong: ['lines', 'bytes', 'pid'],
    keepsLines: unlessBytes,
    fold: (text, call) =>
      call.args.some(arg => /^-c|\+/.test(arg))
        ? undefined
        : `${text.replace(/\n$/, '').split('\n').slice(-lines(call, 10)).join('\n')}\n`,
  }),
  nl: reader({ valued: 'bdfhilnpsvw' }),
  strings: reader({ valued: 'netT' }),
  cut: reader({
    valued: 'dfcb',
    valuedLong: ['delimiter', 'fields', 'characters', 'output-delimiter'],
    fold: cutField,
  }),
  sort: reader({
    valued: 'koStT',
    valuedLong: [
      'key',
      'output',
      'buffer-size',
      'field-separator',
      'temporary-directory',
      'compress-program',
      'files0-from',
      'parallel',
      'sort',
      'batch-size',
      'random-source',
    ],
    writes: ['o', 'output'],
    runs: ['compress-program', 'compress-prog'],
    reads: ['files0-from'],
    keepsLines: ALWAYS,
    fold: text => (text.trim().includes('\n') ? undefined : text),
  }),
  uniq: reader({
    valued: 'fsw',
    keepsLines: ({ args }) => !args.some(arg => /^-\w*c|^--count/.test(arg)),
    fold: text => text,
  }),
  wc: reader({ valuedLong: ['files0-from'], reads: ['files0-from'] }),
  diff: reader({
    valued: 'UCWxIFS',
    valuedLong: ['label', 'exclude', 'unified'],
    recursive: ['r', 'recursive'],
  }),
  colordiff: plain,
  sdiff: reader({ valued: 'ow', writes: ['o'] }),
  cmp: plain,
  comm: plain,
  join: reader({ valued: 'otj12ae' }),
  paste: reader({ valued: 'd', fold: text => (text.includes('\n') ? undefined : text) }),
  column: reader({ valued: 'sNocHEWRrTC' }),
  fold: reader({ valued: 'w' }),
  fmt: reader({ valued: 'w' }),
  expand: plain,
  unexpand: plain,
  pr: plain,
  look: plain,
  split: reader({ valued: 'blanCt', valuedLong: ['filter', 'lines', 'bytes'], runs: ['filter'] }),
  csplit: reader({ valued: 'fnb' }),
  shuf: reader({ valued: 'nio', writes: ['o'] }),
  tsort: plain,
  md5sum: plain,
  sha1sum: plain,
  sha256sum: plain,
  sha512sum: plain,
  shasum: reader({ valued: 'a' }),
  md5: plain,
  b2sum: plain,
  cksum: plain,
  sum: plain,
  jq,
  yq: call => {
    // `load("file")` and its kind read from within the expression.
    for (const arg of call.args) if (/\bload(?:_\w+)?\(/.test(arg)) readNamed(call, arg)
    return reader({ skip: 1 })(call)
  },
  xmllint: reader({ valuedLong: ['xpath', 'schema'] }),
  pandoc: reader({ valued: 'ofFt', writes: ['o'] }),
  ps: processes,
  dos2unix: plain,
  vipe: plain,
}
