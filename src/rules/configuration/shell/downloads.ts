import { type ReadOptions, readOptions } from '../../commands/dispatch/options.ts'
import { CURL_OPTIONS, WGET_OPTIONS } from '../../commands/programs/downloads.ts'
import { isUnknown } from '../../paths/pattern.ts'
import { isLocal, isPlainHttp } from './addresses.ts'
import type { ProgramCall } from './call.ts'
import { fileNameOf, pathOf } from './code-runs.ts'
import { FRESH } from './marks.ts'
import type { Argument } from './reading.ts'

/** What a downloading program would fetch, and where it puts it. */
interface Download {
  readonly urls: readonly Argument[]
  /** Files it writes; `-` is standard output. */
  readonly files: readonly string[]
}

type Reader = (call: ProgramCall) => Download

const readers: Readonly<Record<string, Reader>> = {
  curl: call => {
    const read = readOptions(call.texts, CURL_OPTIONS)
    const urls = placesOf(call, [...read.operands, ...valuesOf(read, 'url')])
    const isUpload = ['T', 'upload-file'].some(name => read.options.has(name))
    if (isUpload) return { urls, files: [] }
    const named = valuesOf(read, 'o', 'output')
    const remote =
      read.options.has('O') || read.options.has('remote-name') || read.options.has('remote-name-all')
    const folder = valuesOf(read, 'output-dir')[0]
    const files = named.length > 0 ? named : remote ? urls.map(nameOf) : ['-']
    return { urls, files: folder === undefined ? files : files.map(file => `${folder}/${file}`) }
  },
  wget: call => {
    const read = readOptions(call.texts, WGET_OPTIONS)
    const urls = placesOf(call, read.operands)
    const named = valuesOf(read, 'O', 'output-document')
    if (read.options.has('spider')) return { urls, files: [] }
    const folder = valuesOf(read, 'P', 'directory-prefix')[0]
    const places = urls.map(url => (folder === undefined ? nameOf(url) : `${folder}/${nameOf(url)}`))
    return { urls, files: named.length > 0 ? named : places }
  },
  aria2c: call => {
    const read = readOptions(call.texts, { valued: 'osxdjk', valuedLong: ['out', 'dir', 'split', 'header'] })
    const urls = placesOf(call, read.operands)
    const named = valuesOf(read, 'o', 'out')
    return { urls, files: named.length > 0 ? named : urls.map(nameOf) }
  },
  fetch: call => {
    const read = readOptions(call.texts, { valued: 'oTw', valuedLong: ['output'] })
    const urls = placesOf(call, read.operands)
    return {
      urls,
      files: valuesOf(read, 'o', 'output').length > 0 ? valuesOf(read, 'o', 'output') : urls.map(nameOf),
    }
  },
  lynx: call => ({
    urls: placesOf(
      call,
      call.texts.filter(text => /^https?:/i.test(text)),
    ),
    files: ['-'],
  }),
  http: call => ({
    urls: placesOf(
      call,
      call.texts.filter(text => /^https?:/i.test(text)),
    ),
    files: ['-'],
  }),
}

const alike: Readonly<Record<string, string>> = {
  wget2: 'wget',
  https: 'http',
  xh: 'http',
  w3m: 'lynx',
  axel: 'aria2c',
  curlie: 'curl',
}

/** What the program would download; undefined for other programs. */
export function downloadOf(call: ProgramCall): Download | undefined {
  const name = alike[call.name] ?? call.name
  return Object.hasOwn(readers, name) ? readers[name]!(call) : undefined
}

/** Whether what the call prints has come over the network. */
export function printsDownload(call: ProgramCall): boolean {
  const download = downloadOf(call)
  if (!download || download.urls.length === 0 || download.urls.every(({ text }) => isLocal(text)))
    return false
  return download.files.some(isStandardOutput)
}

function isStandardOutput(file: string): boolean {
  return file === '-' || file === '/dev/stdout' || file === '/dev/fd/1'
}

/** Files whose content is run, unpacked or trusted. */
const CODE =
  /\.(?:sh|bash|py|pl|rb|js|mjs|ps1|tar|tgz|gz|bz2|xz|zst|zip|deb|rpm|apk|whl|jar|war|run|bin|exe|msi|dmg|pkg|AppImage|so|gem|crx|vsix|key|gpg|asc|pem|crt|repo|list|img|iso|phar)(?:$|[?#])/i

export function judgeDownload(call: ProgramCall): void {
  judgeClones(call)
  const download = downloadOf(call)
  if (!download) return
  const { reading, report, start, end } = call
  const http = download.urls.filter(({ text }) => isPlainHttp(text))
  const files = [
    ...download.files.filter(file => !isStandardOutput(file)),
    ...call.writes.map(({ target }) => target.text),
  ]
  for (const url of http)
    if (CODE.test(url.text) || files.some(file => CODE.test(file)))
      report({
        rule: 'configuration.fetches-code-over-http',
        start: url.start,
        end: url.end,
        message:
          'fetches code or a package over plain HTTP, so anybody on the way can put other code in its place',
        fix: toHttps(call, url),
      })
  if (download.urls.every(({ text }) => isLocal(text))) return
  for (const file of files)
    if (file !== '' && !isUnknownName(file) && !file.startsWith('/dev/'))
      reading.fetched.set(pathOf(file), { start, end, isHttp: http.length > 0 })
}

/** A name without any known part may be any file. */
function isUnknownName(file: string): boolean {
  return isUnknown(file) && !file.includes(FRESH) && file.replace(/[\uE000-\uE00B/.]/g, '') === ''
}

/** Programs that fetch code by an address among their arguments. */
const CLONES: Readonly<Record<string, RegExp>> = {
  git: /^(?:clone|fetch|pull|submodule|remote)$/,
  pip: /^(?:install|download)$/,
  pip3: /^(?:install|download)$/,
  pipx: /^install$/,
  npm: /^(?:i|install|add|ci)$/,
  yarn: /^add$/,
  pnpm: /^(?:add|i|install)$/,
  gem: /^install$/,
  rpm: /^-[iUF]\w*$|^--import$/,
  dnf: /^install$/,
  yum: /^install$/,
  helm: /^(?:repo|install|upgrade|pull)$/,
  svn: /^(?:co|checkout|export)$/,
}

function judgeClones(call: ProgramCall): void {
  const verbs = Object.hasOwn(CLONES, call.name) ? CLONES[call.name]! : undefined
  if (!verbs || !call.texts.some(text => verbs.test(text))) return
  for (const arg of call.args) {
    const [url] = /(?:http|git):\/\/[^\s,]+/.exec(arg.text) ?? []
    if (url === undefined || !isPlainHttp(url.replace(/^git:/, 'http:')) || /^--proxy\b/.test(arg.text))
      continue
    call.report({
      rule: 'configuration.fetches-code-over-http',
      start: arg.start,
      end: arg.end,
      message: `\`${call.name}\` fetches code without encryption, so anybody on the way can put other code in its place`,
      fix: toHttps(call, arg),
    })
  }
}

function toHttps({ reading }: ProgramCall, { start, end }: Argument) {
  const at = reading.text.slice(start, end).search(/(?:http|git):\/\//i)
  if (at < 0) return undefined
  const length = reading.text.indexOf(':', start + at) - start - at
  return { start: start + at, end: start + at + length, replacement: 'https' }
}

function nameOf({ text }: Argument): string {
  return fileNameOf(text)
}

function valuesOf({ options }: ReadOptions, ...names: readonly string[]): string[] {
  return names.flatMap(name => [...(options.get(name) ?? [])])
}

/** The arguments that hold these texts. */
function placesOf({ args }: ProgramCall, texts: readonly string[]): Argument[] {
  return texts.map(text => {
    const place = args.find(arg => arg.text === text) ?? args.find(arg => arg.text.endsWith(text)) ?? args[0]!
    return { ...place, text }
  })
}
