import { isPattern, isUnknown } from '../paths/pattern.ts'
import type { Call } from './acts.ts'

interface Schema {
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
}

const schema = (
  flags: string,
  valued = '',
  long: readonly string[] = [],
  more: Partial<Schema> = {},
): Schema => ({ flags, valued, long, operands: 'files', ...more })
const text = (flags = '', long: readonly string[] = []): Schema => ({ flags, long, operands: 'text' })

const GIT_READS =
  /^(?:status|log|diff|show|branch|rev-parse|describe|blame|shortlog|ls-files|ls-tree|remote|tag|stash|cat-file|merge-base|rev-list|name-rev|whatchanged|grep|count-objects|var|check-ignore)$/
const GIT_FLAGS =
  /^(?:-(?:\d+|[abpqrsvwzLSGnM]|[aruvs]{1,3}|n\s*\d+|U\d+|M\d*%?)|--(?:oneline|graph|all|stat|shortstat|numstat|name-only|name-status|cached|staged|short|porcelain(?:=v\d)?|branch|decorate(?:=\w+)?|no-color|color(?:=\w+)?|patch|no-patch|pretty=[^%\s]*|pretty=(?:format|tformat):.*|format=.*|abbrev-ref|abbrev-commit|abbrev(?:=\d+)?|show-toplevel|show-current|verify|is-inside-work-tree|git-dir|tags|always|dirty|long|list|merged|no-merged|contains|remotes|since=.*|until=.*|after=.*|before=.*|author=.*|grep=.*|follow|reverse|first-parent|merges|no-merges|word-diff(?:=\w+)?|ignore-all-space|ignore-space-change|diff-filter=\w+|max-count=\d+|date=[\w:-]+|untracked-files(?:=\w+)?|ignored|others|exclude-standard|modified|deleted|summary|left-right|count|sort=[\w:-]+|no-renames|relative|raw|full-index|compact-summary|unified=\d+|no-ext-diff|no-pager|cumulative|dirstat))$/

/** `git` with no settings given and a verb that only reads. */
function isReadingGit(args: readonly string[]): boolean {
  const rest = args[0] === '--no-pager' ? args.slice(1) : args
  const [verb = '', ...words] = rest
  if (!GIT_READS.test(verb)) return false
  const flags = words.filter(word => word.startsWith('-') && word !== '--')
  const operands = words.filter(word => !word.startsWith('-'))
  if (!flags.every(flag => GIT_FLAGS.test(flag))) return false
  if (verb === 'grep') return false
  if (verb === 'branch' || verb === 'tag')
    return (
      operands.length === 0 || flags.some(flag => /^--(?:list|contains|merged|no-merged)$|^-l$/.test(flag))
    )
  if (verb === 'remote') return operands.length === 0 || /^(?:show|get-url)$/.test(operands[0]!)
  if (verb === 'stash') return /^(?:list|show)$/.test(operands[0] ?? '')
  return true
}

const FIND_TESTS =
  /^-(?:name|iname|path|ipath|regex|iregex|type|maxdepth|mindepth|size|mtime|mmin|atime|amin|ctime|cmin|newer|empty|user|group|perm|print|print0|not|and|or|a|o|prune|depth|follow|xdev|mount|ls|quit|true|false|readable|writable|executable|printf|wholename|lname|regextype|daystart|links)$/

const isReadingFind = (args: readonly string[]) =>
  args.every(arg => !arg.startsWith('-') || FIND_TESTS.test(arg) || /^-(?:[HLP]|O\d|\d+)$/.test(arg))

/** `sed -n` with addresses and `p`, `q`, `=`: nothing that writes or runs. */
function isPrintingSed(args: readonly string[]): boolean {
  const flags = args.filter(arg => arg.startsWith('-'))
  if (!flags.every(flag => /^-[nEr]+$/.test(flag))) return false
  const script = args.find(arg => !arg.startsWith('-')) ?? ''
  return (
    /^\s*(?:\d+|\$|\/[^/]*\/)?(?:,(?:\d+|\$|\+\d+|\/[^/]*\/))?\s*[pqd=]?(?:;\s*(?:\d+|\$)?(?:,(?:\d+|\$))?[pqd=])*\s*$/.test(
      script,
    ) || /^s\/[^/\\]*\/[^/\\]*\/[gpiI]*$/.test(script)
  )
}

const schemas: Readonly<Record<string, Schema>> = {
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
  tail: schema('qvzfF', 'nc', ['lines', 'bytes', 'quiet', 'follow'], { number: true }),
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
  df: schema('ahHikmPlTx', 'tB', ['human-readable', 'output', 'type', 'total']),
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
  printf: { operands: 'text', only: args => args[0] !== '-v' },
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
  uniq: schema('cdDiuz', 'fsw', ['count', 'repeated', 'unique'], {
    only: args => args.filter(arg => !arg.startsWith('-')).length < 2,
  }),
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
  seq: text('w'),
  test: { operands: 'text', only: () => true, flags: 'abcdefghijklmnopqrstuvwxyzGLNOSR', long: [] },
  '[': { operands: 'text', flags: 'abcdefghijklmnopqrstuvwxyzGLNOSR' },
  grep: schema(
    'EFGPivwxcoqsnHhlLrRabzUZI',
    'eABCmd',
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
    { skip: 1, number: true },
  ),
  rg: schema(
    'ivwxcoqsnHhlLNIFPSp0',
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
    { skip: 1 },
  ),
  find: { only: isReadingFind, operands: 'files', flags: '*' },
  git: { only: isReadingGit, operands: 'text', flags: '*' },
  sed: { only: isPrintingSed, operands: 'files', skip: 1, flags: '*' },
  jq: schema(
    'rcMCSjaseRn',
    '',
    ['raw-output', 'compact-output', 'slurp', 'sort-keys', 'exit-status', 'tab'],
    {
      skip: 1,
      only: args => !args.some(arg => /\benv\b|\$ENV|\binput_filename\b|\bimport\b|\binclude\b/.test(arg)),
    },
  ),
  cd: schema('LP'),
  sleep: text(),
  exit: text(),
  ps: {
    only: args => args.every(arg => /^-?[aAfFxuljw]+$/.test(arg) && !/^[a-z]*e/.test(arg)),
    operands: 'text',
    flags: '*',
  },
}

/** Readers that an option turns into something else. */
const OPTIONS_ACT = new Set(['date', 'find', 'git', 'jq', 'rg', 'sed', 'sort', 'tree', 'uniq'])

/** Transparent wrappers are judged by what they wrap. */
const TRANSPARENT = new Set(['command', 'builtin', 'time', 'timeout', 'nice', 'stdbuf'])

/** Whether every word of the call is known to only read, and only what lies in the open. */
export function isReadOnly(call: Call): boolean {
  if (call.args.some(arg => isUnknown(arg))) return false
  // A file may be called `--output=x`; where options do more than shape what is printed, no pattern may become one.
  if (OPTIONS_ACT.has(call.name) && call.args.some(arg => /^[\uE003-\uE005]/.test(arg))) return false
  if (TRANSPARENT.has(call.name)) return true
  const known = Object.hasOwn(schemas, call.name) ? schemas[call.name] : undefined
  if (!known || call.name.includes('/')) return false
  if (known.only && !known.only(call.args)) return false
  if (
    call.name === 'git' &&
    call.args.some(
      arg =>
        call.shell.paths.classify(call.shell.path(arg.replace(/^[^:]*:/, ''), call.state)) === 'credential',
    )
  )
    return false
  if (call.name === 'grep' && searchesSecrets(call)) return false
  const operands = operandsOf(call.args, known)
  if (operands === undefined) return false
  if (known.operands === 'none') return operands.length === 0
  return known.operands === 'text' || operands.slice(known.skip ?? 0).every(path => isOpenPlace(call, path))
}

/** A recursive search from the top, or one whose files are named by an option, may print what is in `.env`. */
function searchesSecrets(call: Call): boolean {
  const isRecursive = call.args.some(arg => /^-\w*[rR]|^--(?:dereference-)?rec/.test(arg))
  if (!isRecursive) return false
  const root = call.shell.path('.', { ...call.state, cwd: call.shell.paths.workplace.project })
  const places = call.args.filter(arg => !arg.startsWith('-'))
  return (
    places.length < 2 ||
    places.some(place => call.shell.path(place, call.state) === root) ||
    call.args.some(arg => /^--include.*\.env|^--include.*(?:pem|key|id_)/.test(arg))
  )
}

/** The operands, or undefined when a flag is not in the schema. */
function operandsOf(args: readonly string[], known: Schema): string[] | undefined {
  if (known.flags === '*') return args.filter(arg => !arg.startsWith('-'))
  const operands: string[] = []
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!
    if (arg === '--') return [...operands, ...args.slice(at + 1)]
    if (!arg.startsWith('-') || arg === '-') operands.push(arg)
    else if (arg.startsWith('--')) {
      const name = arg.slice(2).split('=')[0]!
      if (!known.long?.includes(name)) return undefined
      if (!arg.includes('=') && VALUED_LONG.has(name)) at++
    } else if (known.number && /^-\d+$/.test(arg)) continue
    else {
      const end = clusterEnd(arg, known)
      if (end === undefined) return undefined
      if (end === 'next') at++
    }
  }
  return operands
}

const VALUED_LONG = new Set([
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

function clusterEnd(arg: string, known: Schema): 'next' | 'here' | undefined {
  for (let at = 1; at < arg.length; at++) {
    if (known.valued?.includes(arg[at]!)) return at + 1 < arg.length ? 'here' : 'next'
    if (!known.flags?.includes(arg[at]!)) return undefined
  }
  return 'here'
}

/** Files of the project, of temporary folders and plain files of the system lie in the open. */
function isOpenPlace(call: Call, text: string): boolean {
  if (text === '-') return true
  // What a lone star reaches is not known; it may be a key.
  if (/(?:^|\/)[\uE003-\uE005]+$/.test(text)) return false
  const path = call.shell.path(text, call.state)
  if (isUnknown(path)) return false
  const kind = call.shell.paths.classify(path)
  if (kind === 'project' || kind === 'temp' || kind === 'harmless-device' || kind === 'git-internals')
    return true
  return (
    kind === 'system' && path !== '/' && !isPattern(path) && !/^\/(?:proc|sys|dev|root)(?:\/|$)/.test(path)
  )
}
