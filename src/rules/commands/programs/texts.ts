import { coversCredentials } from '../../paths/classify.ts'
import { isPattern, isUnknown, marksOf, patternOfGlob, SECRET, UNKNOWN } from '../../paths/pattern.ts'
import type { Call, Program } from '../acts.ts'
import { decodeBase32, decodeBase64, decodeHex, translate } from '../decode.ts'
import { readNamed } from '../embedded.ts'
import { filesBelow, isListing } from '../listings.ts'
import { hasOption, type OptionShape, optionValues, type ReadOptions, readOptions } from '../options.ts'

const NONE = { text: '', connected: false }

interface Reader extends OptionShape {
  /** Operands before the files: a pattern or a script. */
  readonly skip?: number
  readonly recursive?: readonly string[]
  /** Options whose value is written to. */
  readonly writes?: readonly string[]
  /** Options whose value is a program. */
  readonly runs?: readonly string[]
  /** Options whose value is a file that is read. */
  readonly reads?: readonly string[]
  /** An option that stands for the skipped operand. */
  readonly instead?: readonly string[]
  readonly fold?: (text: string, call: Call) => string | undefined
  /** Prints some of the lines it reads, and nothing else. */
  readonly keepsLines?: (call: Call) => boolean
}

/** Programs that only show what they are given. */
const PAGERS = /^(?:cat|less|more|most|bat)(?: -[A-Za-z]+)*$/

/** A program that prints what it makes of the files it is given, or of its standard input. */
const reader =
  (shape: Reader): Program =>
  call => {
    const { shell, name, state, stdin } = call
    const read = readOptions(call.args, shape)
    const skips = hasOption(read, ...(shape.instead ?? [])) ? 0 : (shape.skip ?? 0)
    const recursive = shape.recursive !== undefined && hasOption(read, ...shape.recursive)
    for (const file of valuesOf(read, shape, shape.writes)) shell.write(file, name, state)
    for (const file of optionValues(read, ...(shape.reads ?? []))) shell.read(file, name, state)
    if (name.endsWith('grep') || name === 'rg')
      for (const glob of optionValues(read, 'include', 'glob', 'g'))
        if (!glob.startsWith('!')) shell.read(patternOfGlob(glob.replace(/^\*\*\//, '')), name, state)
    for (const code of valuesOf(read, shape, shape.runs)) {
      if (PAGERS.test(code)) continue
      shell.raise('command.runs-unknown-code', name, code)
      shell.runText(code, NONE, state)
    }
    let text = ''
    let taint = ''
    const files = read.operands.slice(skips)
    for (const file of files) {
      if (file === '-') {
        text += stdin.text
        continue
      }
      const target = shell.path(file, state)
      const content = shell.read(file, name, state)
      if (recursive) shell.act({ kind: 'read', program: name, target, recursive: true })
      if (skips > 0 && hunts(call, read.operands[0] ?? '', target, recursive))
        shell.raise('command.reads-credential', name, target)
      if (shell.paths.classify(target) === 'credential') taint = SECRET
      text += content
    }
    if (files.length === 0) text = recursive ? UNKNOWN : stdin.text
    if (shape.keepsLines?.(call) && taint === '' && text !== '' && isListing(text)) return text
    const folded = isPattern(text) ? undefined : shape.fold?.(text, call)
    if (name.endsWith('grep') && asksForNoSecret(read.operands[0], call.args))
      text = text.replaceAll(SECRET, '')
    return folded ?? UNKNOWN + taint + marksOf(text).replace(UNKNOWN, '')
  }

/** Values of options, also where a name was shortened: `--comp=sh`. */
function valuesOf(read: ReadOptions, shape: Reader, names: readonly string[] = []): string[] {
  const shortened = [...read.options.keys()].filter(
    given =>
      given.length > 2 &&
      !names.includes(given) &&
      !shape.valuedLong?.includes(given) &&
      names.some(name => name.startsWith(given)),
  )
  return optionValues(read, ...names, ...shortened)
}

/** What secrets look like. */
const KEY_MATERIAL =
  /BEGIN[\w .*\\+-]*(?:OPENSSH|PRIVATE|RSA|DSA|EC\b|PGP)|PRIVATE KEY|AKIA|gh[pousr]_|xox[abp]-|sk-ant|_authToken/i
/** What people call them. */
const NAMES_OF_SECRETS = /passw|passphrase|secret|token|credential|api[_.-]?key/i

/** A search for secrets: in what was typed, or for keys in a whole home. */
function hunts({ shell }: Call, pattern: string, target: string, recursive: boolean): boolean {
  const looksForKeys = KEY_MATERIAL.test(pattern)
  if (recursive && looksForKeys && coversCredentials(target, shell.paths.workplace.home)) return true
  const isHistory = shell.paths.classify(target) === 'record' && /history$/.test(target)
  return isHistory && (looksForKeys || NAMES_OF_SECRETS.test(pattern))
}

const NAMES_VARIABLES = /^(?:[\w^=-]{3,}|\^?\(\w{2,}(?:\|\w{2,})*\)=)$/

/** `env | grep NODE` shows what it names and no secret beside it. */
function asksForNoSecret(pattern: string | undefined, args: readonly string[]): boolean {
  if (
    pattern === undefined ||
    args.some(arg => /^-\w*[vefABC]|^--(?:invert|file|context|after|before)/.test(arg))
  )
    return false
  return NAMES_VARIABLES.test(pattern) && !/key|token|secret|pass|cred|auth|api|pwd/i.test(pattern)
}

const lines = (call: Call, fallback: number): number => {
  const given =
    call.args.map(arg => /^-n?=?(\d+)$/.exec(arg)?.[1] ?? /^--lines=(\d+)$/.exec(arg)?.[1]).find(Boolean) ??
    (call.args.includes('-n') ? call.args[call.args.indexOf('-n') + 1] : undefined)
  return Number(given ?? fallback)
}

const cat = reader({ fold: text => text })

const decoder =
  (decode: (text: string) => string | undefined, flags: readonly string[]): Program =>
  call => {
    const read = readOptions(call.args, { valued: 'wbiocls' })
    const isDecoding = hasOption(read, ...flags)
    return reader({
      valued: 'wbiocls',
      writes: ['o'],
      reads: ['i'],
      fold: text => (isDecoding ? decode(text) : undefined),
    })(call)
  }

/** sed: `w` writes, `e` runs, `r` reads; `-i` writes the operands. */
const sed: Program = call => {
  const read = readOptions(call.args, { valued: 'efl', valuedLong: ['expression', 'file', 'line-length'] })
  const { shell, name, state } = call
  const scripts = optionValues(read, 'e', 'expression')
  const scriptFiles = optionValues(read, 'f', 'file')
  const given = scripts.length > 0 || scriptFiles.length > 0
  const inPlace = [...read.options.keys()].some(option => option === 'i' || option.startsWith('in-place'))
  const operands = inPlace && read.operands[0] === '' ? read.operands.slice(1) : read.operands
  for (const script of given ? scripts : operands.slice(0, 1)) judgeSed(call, script)
  for (const file of scriptFiles)
    for (const line of (shell.contentOf(shell.path(file, state), state) ?? '').split('\n'))
      judgeSed(call, line)
  const files = given ? operands : operands.slice(1)
  if (inPlace) for (const file of files) shell.write(file, name, state)
  if (
    inPlace &&
    files.some(isPattern) &&
    [...scripts, operands[0] ?? ''].some(script => SETS_AGENTS.test(script))
  )
    shell.raise('command.changes-agent-settings', name, null, 'ask')
  return reader({
    valued: 'efl',
    valuedLong: ['expression', 'file'],
    skip: given ? 0 : 1,
    fold: text => substitute(text, given ? (scripts[0] ?? '') : (operands[0] ?? '')),
  })({ ...call, args: given ? call.args : ['--', ...operands] })
}

/** What only settings of agents say; in files that are not known it would be meant for them. */
const SETS_AGENTS =
  /bypassPermissions|permissionDecision|defaultMode|dangerously|mcpServers|PreToolUse|PostToolUse|autoApprove|approval_policy|sandbox_mode|"(?:allow|deny|hooks|permissions)"/

function judgeSed(call: Call, script: string): void {
  const { shell, name, state } = call
  if (isUnknown(script)) shell.unaffirm()
  const bare = script.replace(
    /^\s*(?:\d+(?:~\d+)?|\$|\/(?:[^/\\]|\\.)*\/[IM]*)?(?:,(?:[+~]?\d+|\$|\/(?:[^/\\]|\\.)*\/[IM]*))?\s*!?\s*/,
    '',
  )
  const runs =
    /^e(?:\s+(.*))?$/s.exec(bare) ?? /[;{\n]\s*(?:\d+|\$)?e(?:\s+([^;}]*))?(?:$|[;}\n])/.exec(script)
  const flags = /^s([^\w\s\\])(?:[^\\]|\\.)*?\1(?:[^\\]|\\.)*?\1([gpimIMe0-9]*)(?:w\s*(\S+))?/s.exec(bare)
  if (runs || flags?.[2]?.includes('e')) {
    shell.raise('command.runs-unknown-code', name, script)
    // A bare `e` runs each line that comes in.
    shell.runText(runs && !runs[1] ? call.stdin.text : (runs?.[1] ?? ''), NONE, state)
  }
  for (const [, kind, file = ''] of script.matchAll(/(?:^|[;{\n\d$/!g])\s*([wWrR])\s+([^;}\n]+)/g))
    if (kind!.toLowerCase() === 'w') shell.write(file.trim(), name, state)
    else shell.read(file.trim(), name, state)
  for (const part of script.split(/[;{\n]/)) {
    const [, kind, file = ''] =
      /^\s*(?:\d+(?:~\d+)?|\$|\/(?:[^/\\]|\\.)*\/[IM]*)?(?:,(?:[+~]?\d+|\$))?\s*!?([wWrR])\s*([^\s}][^}]*)$/.exec(
        part,
      ) ?? []
    if (kind?.toLowerCase() === 'w') shell.write(file.trim(), name, state)
    else if (kind) shell.read(file.trim(), name, state)
  }
  if (flags?.[3]) shell.write(flags[3], name, state)
}

/** A plain `s/a/b/` on known text, folded; anything else stays unknown. */
function substitute(text: string, script: string): string | undefined {
  const match = /^s([/|,#])([\w .~$:@-]*)\1([\w .~$:@/-]*)\1(g?)$/.exec(script)
  if (!match) return undefined
  return match[4] ? text.replaceAll(match[2]!, match[3]!) : text.replace(match[2]!, () => match[3]!)
}

const tr: Program = ({ args, stdin }) => {
  const read = readOptions(args)
  if (isPattern(stdin.text) || hasOption(read, 'c', 'C', 's', 't'))
    return UNKNOWN + marksOf(stdin.text).replace(UNKNOWN, '')
  const [from = '', to] = read.operands
  return translate(stdin.text, from, hasOption(read, 'd', 'delete') ? undefined : (to ?? ''))
}

const xxd: Program = call => {
  const reverses = call.args.some(arg => /^-\w*r/.test(arg))
  return reader({
    valued: 'clgso',
    fold: text =>
      reverses ? decodeHex(text.replace(/^[0-9a-f]+:\s*((?:[0-9a-f]{2,4} ?)+) .*$/gim, '$1')) : undefined,
  })(call)
}

/** Not the part that matches, numbers or other lines. */
function printsWholeLines({ args }: Call): boolean {
  return !args.some(arg =>
    /^-\w*[ocnlLHABCbZzr0]|^--(?!invert-match|extended-regexp|fixed-strings|ignore-case|color)/.test(arg),
  )
}

/** `sort`, `head -5`, `tail -n +6`: nothing but lines of the input. */
const ALWAYS = () => true
const unlessBytes = ({ args }: Call) => !args.some(arg => /^-c|^--bytes/.test(arg))

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

const counted = reader({ valued: 'nc', valuedLong: ['lines', 'bytes'] })
const plain = reader({})
const same = reader({ fold: text => text })

/** `less +!command` runs it. */
const pager: Program = call => {
  for (const arg of call.args) {
    const code = /^\+!(.*)$/s.exec(arg)?.[1]
    if (code === undefined) continue
    call.shell.raise('command.runs-unknown-code', call.name, code)
    call.shell.runText(code, NONE, call.state)
  }
  return counted(call)
}

/** Programs that read files or streams of text. */
export const texts: Readonly<Record<string, Program>> = {
  cat,
  bat: reader({
    valued: 'lrHmp',
    valuedLong: ['language', 'line-range', 'style', 'theme', 'pager', 'color', 'paging', 'map-syntax'],
    runs: ['pager'],
    fold: text => text,
  }),
  batcat: plain,
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
  less: pager,
  more: counted,
  most: plain,
  nl: reader({ valued: 'bdfhilnpsvw' }),
  od: reader({ valued: 'AjNStw' }),
  hexdump: reader({ valued: 'efns' }),
  hd: plain,
  xxd,
  strings: reader({ valued: 'netT' }),
  base64: decoder(decodeBase64, ['d', 'D', 'decode', 'i']),
  gbase64: decoder(decodeBase64, ['d', 'D', 'decode']),
  base32: decoder(decodeBase32, ['d', 'D', 'decode']),
  basenc: decoder(decodeBase64, ['d', 'decode']),
  uudecode: reader({ valued: 'o', writes: ['o'] }),
  uuencode: plain,
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
  grep,
  egrep: grep,
  fgrep: grep,
  zgrep: grep,
  ggrep: grep,
  ag: rg,
  ack: reader({ skip: 1, recursive: [], valuedLong: ['pager'], runs: ['pager'] }),
  rg,
  ugrep: rg,
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
  // Letters stay letters in whatever encoding.
  iconv: reader({ valued: 'fto', writes: ['o'], fold: text => text }),
  md5sum: plain,
  sha1sum: plain,
  sha256sum: plain,
  sha512sum: plain,
  shasum: reader({ valued: 'a' }),
  md5: plain,
  b2sum: plain,
  cksum: plain,
  sum: plain,
  zcat: same,
  gzcat: same,
  bzcat: same,
  xzcat: same,
  zstdcat: same,
  zless: plain,
  // Packed text is unpacked again before anybody runs it: it stays readable here.
  gzip: same,
  gunzip: same,
  bzip2: same,
  bunzip2: same,
  xz: reader({ valued: 'T', fold: text => text }),
  unxz: same,
  zstd: same,
  unzstd: same,
  lz4: same,
  sed,
  gsed: sed,
  tr,
  jq,
  yq: call => {
    // `load("file")` and its kind read from within the expression.
    for (const arg of call.args) if (/\bload(?:_\w+)?\(/.test(arg)) readNamed(call, arg)
    return reader({ skip: 1 })(call)
  },
  xmllint: reader({ valuedLong: ['xpath', 'schema'] }),
  glow: plain,
  pandoc: reader({ valued: 'ofFt', writes: ['o'] }),
  man: reader({ valued: 'PCMH', skip: 99, runs: ['P', 'H', 'pager', 'html'], valuedLong: ['pager', 'html'] }),
  ps: processes,
  dos2unix: plain,
  highlight: plain,
  vipe: plain,
  rot13: reader({ fold: text => translate(text, 'A-Za-z', 'N-ZA-Mn-za-m') }),
  caesar: reader({ fold: text => translate(text, 'A-Za-z', 'N-ZA-Mn-za-m') }),
}
