import { isPattern } from '../../paths/pattern.ts'
import { isReadingGit } from './reading-git.ts'

/** What a program that only reads may be given; anything else takes the affirmation away. */
export interface Reader {
  /** Short flags that only change what is printed. */
  readonly flags?: string
  /** Short flags with a value. */
  readonly valued?: string
  readonly long?: readonly string[]
  readonly operands?: 'files' | 'text' | 'none'
  /** Operands before the files. */
  readonly skip?: number
  /** Everything else an argument list must meet. */
  readonly only?: (args: readonly string[]) => boolean
  readonly number?: boolean
  /** Another operand than these is written: each must be known. */
  readonly most?: number
  /** Options that give what is searched for, so that the first operand is a file already. */
  readonly instead?: RegExp
}

const schema = (
  flags: string,
  valued = '',
  long: readonly string[] = [],
  more: Partial<Reader> = {},
): Reader => ({ flags, valued, long, operands: 'files', ...more })
const text = (flags = '', long: readonly string[] = []): Reader => ({ flags, long, operands: 'text' })

const FIND_TESTS =
  /^-(?:name|iname|path|ipath|regex|iregex|type|maxdepth|mindepth|size|mtime|mmin|atime|amin|ctime|cmin|newer|empty|user|group|perm|print|print0|not|and|or|a|o|prune|depth|follow|xdev|mount|ls|quit|true|false|readable|writable|executable|printf|wholename|lname|regextype|daystart|links)$/

const isReadingFind = (args: readonly string[]) =>
  args.every(arg => !arg.startsWith('-') || FIND_TESTS.test(arg) || /^-(?:[HLP]|O\d|\d+)$/.test(arg))

/** `sed -n` with addresses and `p`, `q`, `=`: nothing that writes or runs. A `\/` in an address would hide where it ends. */
function isPrintingSed(args: readonly string[]): boolean {
  const flags = args.filter(arg => arg.startsWith('-'))
  if (!flags.every(flag => /^-[nEr]+$/.test(flag))) return false
  const script = args.find(arg => !arg.startsWith('-')) ?? ''
  return (
    /^\s*(?:\d+|\$|\/[^/\\]*\/)?(?:,(?:\d+|\$|\+\d+|\/[^/\\]*\/))?\s*[pqd=]?(?:;\s*(?:\d+|\$)?(?:,(?:\d+|\$))?[pqd=])*\s*$/.test(
      script,
    ) || /^s\/[^/\\]*\/[^/\\]*\/[gpiI]*$/.test(script)
  )
}

/** What does not know the cluster `-auxe` reads it as `auxe`, which prints the environment of every process. */
function isReadingPs(args: readonly string[]): boolean {
  const clusters = args.filter(arg => /^-\w/.test(arg)).join('')
  return (
    !(clusters.includes('e') && /[ux]/.test(clusters)) &&
    args.every(
      arg =>
        /^(?:-[aAefFxuljwTH]+|[afFxuljwT]+|--sort=[-\w,%]+|--no-headers)$/.test(arg) ||
        PS_COLUMNS.test(arg) ||
        /^-[aAef]*o$/.test(arg),
    )
  )
}

/** A subscript is evaluated by bash for `-v`, and by zsh wherever it wants a number: commands in it are run. */
const holdsNoSubscript = (args: readonly string[]) => !args.some(arg => arg.includes('[') || isPattern(arg))

/** A width may be a gigabyte; zsh evaluates what is printed as a number. */
function isPrintingText(args: readonly string[]): boolean {
  return (
    args[0] !== '-v' &&
    holdsNoSubscript(args.slice(1)) &&
    !args.some(arg => /%[^%A-Za-z]*(?:\*|\d{4})/.test(arg))
  )
}

/** Reads what it is given, and neither the environment nor more than fits into the memory. */
const JQ_MORE =
  /\b(?:env|ENV|import|include|input_filename|modulemeta|def|range|repeat|until|while|limit|recurse|combinations|infinite)\b|\*|\d{5}|\d[eE]\d/

const PS_COLUMNS =
  /^(?:(?:pid|ppid|pgid|user|uid|comm|stat|state|start|stime|etime|time|tty|rss|vsz|ni|pri|nlwp|psr|%cpu|%mem|pcpu|pmem|cmd|args|command)=?,?)+$/

const grep = schema(
  'EFGPivwxcoqsnHhlLrRabzUZI',
  'eABCm',
  [
    'include',
    'exclude',
    'exclude-dir',
    'color',
    'colour',
    'line-number',
    'ignore-case',
    'recursive',
    'files-with-matches',
    'count',
    'only-matching',
    'invert-match',
    'word-regexp',
    'extended-regexp',
    'fixed-strings',
    'perl-regexp',
    'context',
    'after-context',
    'before-context',
    'max-count',
    'no-filename',
    'with-filename',
    'quiet',
    'regexp',
    'null',
  ],
  { skip: 1, number: true, instead: /^-\w*e|^--regexp/ },
)

/** Programs that only read, with every flag that leaves them so. */
export const readers: Readonly<Record<string, Reader>> = {
  ls: schema('aAlhrtRS1dFGgiknopsuxXcCmqLHTvBNQUZbf', 'Iw', [
    'all',
    'almost-all',
    'human-readable',
    'recursive',
    'color',
    'sort',
    'time',
    'reverse',
    'group-directories-first',
    'directory',
    'size',
    'full-time',
  ]),
  cat: schema('AbeEnstTuv', '', ['number', 'number-nonblank', 'show-all', 'show-ends', 'show-tabs']),
  tac: schema('br'),
  nl: schema('p', 'bvw'),
  rev: schema(''),
  head: schema('qvz', 'nc', ['lines', 'bytes', 'quiet', 'verbose'], { number: true }),
  // To follow a file has no end.
  tail: schema('qvz', 'nc', ['lines', 'bytes', 'quiet'], { number: true }),
  wc: schema('clmwL', '', ['lines', 'words', 'chars', 'bytes']),
  stat: schema('Ltx', 'cf', ['format', 'printf', 'terse']),
  file: schema('bihLkz', '', ['mime', 'mime-type', 'brief']),
  du: schema('abchHkmsSxLD0', 'dtB', [
    'max-depth',
    'human-readable',
    'summarize',
    'total',
    'all',
    'apparent-size',
  ]),
  df: text('ahHikmPlTx', ['human-readable', 'output', 'total']),
  tree: schema('adfilgpsuDFhrtCnNJvcxQ', 'LIP', [
    'dirsfirst',
    'gitignore',
    'prune',
    'noreport',
    'du',
    'charset',
  ]),
  pwd: { flags: 'LP', operands: 'none' },
  true: text(),
  false: text(),
  ':': text(),
  echo: text('neE'),
  printf: { operands: 'text', only: isPrintingText },
  basename: text('az', ['suffix', 'multiple']),
  dirname: text('z'),
  realpath: schema('emsqzLP', '', ['relative-to']),
  readlink: schema('femnqvz'),
  which: text('as', ['all']),
  type: text('aftpP'),
  whoami: text(),
  id: text('ugGnrz'),
  groups: text(),
  uname: text('asnrvmpio'),
  arch: text(),
  nproc: text('', ['all']),
  uptime: text('ps'),
  hostname: { flags: 'fsidI', operands: 'none' },
  tty: text(),
  locale: { flags: 'a', operands: 'none' },
  cal: text('3jy'),
  free: { flags: 'bkmghtw', operands: 'none' },
  lscpu: { operands: 'none' },
  lsblk: { flags: 'afp', operands: 'none' },
  date: {
    flags: 'uR',
    valued: 'dI',
    long: ['utc', 'iso-8601', 'rfc-3339', 'date', 'universal'],
    operands: 'text',
    only: args => args.every(arg => arg.startsWith('+') || arg.startsWith('-') || !/^\d{8,}/.test(arg)),
  },
  cut: schema('ns', 'dfcb', ['delimiter', 'fields', 'output-delimiter', 'complement']),
  uniq: schema('cdDiuz', 'fsw', ['count', 'repeated', 'unique'], { most: 1 }),
  tr: text('cCdst', ['delete', 'squeeze-repeats', 'complement']),
  sort: schema('bdfghiMnrRVcCmsuz', 'kt', [
    'key',
    'reverse',
    'numeric-sort',
    'unique',
    'human-numeric-sort',
    'version-sort',
    'field-separator',
    'check',
  ]),
  diff: schema('abBcdeEiNpqrstTuwy', 'UCWI', [
    'unified',
    'brief',
    'recursive',
    'color',
    'side-by-side',
    'ignore-all-space',
    'exclude',
  ]),
  cmp: schema('bls'),
  comm: schema('123z'),
  fold: schema('bs', 'w'),
  paste: schema('s', 'd'),
  column: schema('tx', 's'),
  md5sum: schema('bt'),
  sha1sum: schema('bt'),
  sha256sum: schema('bt'),
  shasum: schema('b', 'a'),
  cksum: schema(''),
  b2sum: schema('bt'),
  sha512sum: schema('bt'),
  xxd: schema('beiupE', 'lcgs', [], { most: 1 }),
  od: schema('abcdfilosxv', 'AtNjw'),
  hexdump: schema('bcCdovx', 'ns'),
  strings: schema('a', 'nt'),
  expr: text(),
  seq: { flags: 'w', operands: 'text', only: args => args.every(arg => /^(?:-w|-?\d{1,6})$/.test(arg)) },
  test: { operands: 'text', only: holdsNoSubscript, flags: 'abcdefghijklmnopqrstuvwxyzGLNOSR' },
  '[': { operands: 'text', only: holdsNoSubscript, flags: 'abcdefghijklmnopqrstuvwxyzGLNOSR' },
  grep,
  egrep: grep,
  fgrep: grep,
  rg: schema(
    'ivwxcoqsnHhlNIFPSp0',
    'eABCmgtTj',
    [
      'files',
      'glob',
      'type',
      'type-not',
      'ignore-case',
      'smart-case',
      'line-number',
      'files-with-matches',
      'count',
      'context',
      'json',
      'sort',
      'max-count',
      'multiline',
      'only-matching',
      'no-heading',
      'heading',
      'color',
      'fixed-strings',
      'stats',
      'vimgrep',
      'word-regexp',
      'after-context',
      'before-context',
      'max-depth',
    ],
    { skip: 1, instead: /^-\w*e|^--(?:regexp|files)$/ },
  ),
  find: { only: isReadingFind, operands: 'files', flags: '*' },
  git: { only: isReadingGit, operands: 'text', flags: '*' },
  fd: schema(
    'HIsigaplLq0u',
    'tedEdcS',
    ['type', 'extension', 'max-depth', 'hidden', 'no-ignore', 'exclude', 'color', 'absolute-path'],
    {
      skip: 1,
    },
  ),
  sed: { only: isPrintingSed, operands: 'files', skip: 1, flags: '*' },
  jq: schema(
    'rcMCSjaseRn',
    '',
    ['raw-output', 'compact-output', 'slurp', 'sort-keys', 'exit-status', 'tab'],
    {
      skip: 1,
      only: args => !args.some(arg => JQ_MORE.test(arg)),
    },
  ),
  cd: schema('LP'),
  sleep: { operands: 'text', only: args => args.length === 1 && /^\d{0,3}(?:\.\d+)?s?$/.test(args[0]!) },
  exit: { operands: 'text', only: args => args.every(arg => /^\d{1,3}$/.test(arg)) },
  // BSD's `e` prints the environment of every process; the Unix one, with a dash, all processes.
  ps: { only: isReadingPs, operands: 'text', flags: '*' },
}

/** Long options that take the next word as their value. */
export const optionsWithValue: ReadonlySet<string> = new Set([
  'lines',
  'bytes',
  'include',
  'exclude',
  'exclude-dir',
  'max-depth',
  'glob',
  'type',
  'type-not',
  'context',
  'after-context',
  'before-context',
  'max-count',
  'key',
  'field-separator',
  'delimiter',
  'fields',
  'regexp',
  'format',
  'printf',
  'sort',
  'date',
  'suffix',
  'relative-to',
  'output-delimiter',
  'charset',
])
