import { holdsSecret, INSTALLER, isUnknown, REMOTE, UNKNOWN } from '../../paths/pattern.ts'
import { type Call, type Program, states } from '../acts.ts'
import { hasOption, optionValues, type ReadOptions, readOptions } from '../dispatch/options.ts'
import { type Address, addressOf, connect, isOurs, send, sendText } from './outgoing-data.ts'

const NONE = { text: '', connected: false }

/** Options of curl that take a value. */
export const CURL_OPTIONS = {
  valued: 'AbcCdDeEFHhKmoPQrtTuUwxXyYz',
  valuedLong: [
    'data',
    'data-raw',
    'data-binary',
    'data-urlencode',
    'data-ascii',
    'json',
    'form',
    'form-string',
    'header',
    'output',
    'output-dir',
    'upload-file',
    'user',
    'user-agent',
    'referer',
    'request',
    'url',
    'cookie',
    'cookie-jar',
    'config',
    'proxy',
    'cert',
    'key',
    'cacert',
    'capath',
    'max-time',
    'connect-timeout',
    'retry',
    'retry-delay',
    'retry-max-time',
    'write-out',
    'dump-header',
    'resolve',
    'connect-to',
    'proto',
    'proto-default',
    'proto-redir',
    'tls-max',
    'ciphers',
    'limit-rate',
    'max-redirs',
    'max-filesize',
    'range',
    'netrc-file',
    'unix-socket',
    'interface',
    'dns-servers',
    'trace',
    'trace-ascii',
    'stderr',
    'libcurl',
    'etag-save',
    'etag-compare',
    'hsts',
    'alt-svc',
    'aws-sigv4',
    'oauth2-bearer',
    'variable',
    'url-query',
    'quote',
    'mail-from',
    'mail-rcpt',
    'socks5',
    'socks5-hostname',
    'preproxy',
  ],
}

const curl: Program = call => {
  const read = readOptions(call.args, CURL_OPTIONS)
  const urls = [...read.operands, ...optionValues(read, 'url')]
  const addresses = urls.map(url => connect(call, url))
  const host = addresses.find(address => address && !isOurs(address.host))?.host ?? addresses[0]?.host ?? null
  judgeDeletions(call, read, urls, addresses)
  sendBodies(call, read, host)
  sendHeadersAndFiles(call, read, host)
  readSettings(call, read)
  saveOutputs(call, read, addresses)
  judgeSocket(call, read)
  saveByRemoteNames(call, read, urls, addresses)
  const outputs = optionValues(read, 'o', 'output')
  const printsAnyway =
    outputs.length < urls.length || outputs.some(file => file === '-' || file.startsWith('/dev/'))
  if ((outputs.length > 0 && !printsAnyway) || hasOption(read, 'O', 'remote-name')) return ''
  return downloaded(addresses)
}

/** A whole index, database or core of a search engine or document store, here or elsewhere. */
const WHOLE_INDEX =
  /:(?:9200|9201|5984|8983|8086|8123|7474|6333|8108|7700)\/(?:_all|\*|\uE003|[\w.*-]+)?\/?(?:\?.*)?$/

function judgeDeletions(
  { shell, name }: Call,
  read: ReadOptions,
  urls: readonly string[],
  addresses: readonly (Address | undefined)[],
): void {
  const deletes = optionValues(read, 'X', 'request').some(method => /^(?:DELETE|PURGE)$/i.test(method))
  for (const [index, address] of addresses.entries())
    if (address && deletes && WHOLE_INDEX.test(urls[index] ?? ''))
      shell.raise('command.destroys-data', name, urls[index] ?? null)
    else if (address && !isOurs(address.host) && (deletes || /\/_delete_by_query\b/.test(urls[index] ?? '')))
      shell.raise('command.destroys-data', name, urls[index] ?? null)
}

function sendBodies(call: Call, read: ReadOptions, host: string | null): void {
  for (const data of optionValues(
    read,
    'd',
    'data',
    'data-binary',
    'data-urlencode',
    'data-ascii',
    'json',
    'F',
    'form',
    'url-query',
    'variable',
  ))
    send(call, data, host)
}

function sendHeadersAndFiles(call: Call, read: ReadOptions, host: string | null): void {
  const { shell, state, name } = call
  for (const data of optionValues(
    read,
    'data-raw',
    'form-string',
    'H',
    'header',
    'b',
    'cookie',
    'A',
    'user-agent',
    'e',
    'referer',
    'u',
    'user',
    'oauth2-bearer',
    'X',
    'mail-rcpt',
  ))
    if (holdsSecret(data)) shell.raise('command.sends-secret', name, host)
    else if (/^@/.test(data)) send(call, data, host)
  for (const jar of optionValues(read, 'b', 'cookie'))
    if (!/[=;]/.test(jar) && jar !== '' && !isUnknown(jar)) shell.read(jar, name, state)
  for (const file of optionValues(read, 'T', 'upload-file'))
    send(call, file === '.' ? '@-' : `@${file}`, host)
}

function readSettings(call: Call, read: ReadOptions): void {
  const { shell, state, name } = call
  for (const file of optionValues(read, 'K', 'config')) {
    const settings = file === '-' ? call.stdin.text : (state.files.get(shell.path(file, state)) ?? '')
    if (settings !== '' && !isUnknown(settings))
      shell.runArgv(['curl', ...argsOfSettings(settings)], NONE, state)
  }
  for (const file of optionValues(read, 'K', 'config', 'E', 'cert', 'key', 'netrc-file'))
    if (optionValues(read, 'K', 'config').includes(file)) shell.read(file, name, state)
}

/** The options that a curl configuration holds, a line each. */
function argsOfSettings(settings: string): string[] {
  return settings.split('\n').flatMap(line => {
    const [, name = '', value = ''] = /^\s*-{0,2}([\w-]{1,40})\s*[=:\s]?\s*"?([^"]*?)"?\s*$/.exec(line) ?? []
    if (name === '' || name === 'config' || name === 'K') return []
    return [name.length === 1 ? `-${name}` : `--${name}`, ...(value === '' ? [] : [value])]
  })
}

function saveOutputs(call: Call, read: ReadOptions, addresses: readonly (Address | undefined)[]): void {
  for (const file of optionValues(
    read,
    'o',
    'output',
    'D',
    'dump-header',
    'c',
    'cookie-jar',
    'trace',
    'trace-ascii',
    'libcurl',
    'stderr',
    'etag-save',
  ))
    if (file !== '-' && file !== '/dev/null') save(call, file, addresses)
}

function judgeSocket({ shell, name }: Call, read: ReadOptions): void {
  if (optionValues(read, 'unix-socket').some(socket => /docker\.sock|containerd/.test(socket)))
    shell.raise('command.escapes-container', name, 'docker.sock')
}

function saveByRemoteNames(
  call: Call,
  read: ReadOptions,
  urls: readonly string[],
  addresses: readonly (Address | undefined)[],
): void {
  if (!hasOption(read, 'O', 'remote-name', 'remote-name-all')) return
  for (const url of urls)
    save(call, url.replace(/[?#].*$/, '').replace(/.*\//, '') || 'index.html', addresses)
}

/** Options of wget that take a value. */
export const WGET_OPTIONS = {
  valued: 'oOaiBtTwQPUeADRIXl',
  valuedLong: [
    'output-document',
    'output-file',
    'append-output',
    'input-file',
    'directory-prefix',
    'post-data',
    'post-file',
    'body-data',
    'body-file',
    'header',
    'user-agent',
    'tries',
    'timeout',
    'wait',
    'user',
    'password',
    'execute',
    'config',
    'use-askpass',
    'method',
    'level',
    'quota',
    'load-cookies',
    'save-cookies',
    'accept',
    'reject',
    'domains',
    'limit-rate',
    'ca-certificate',
  ],
}

const wget: Program = call => {
  const read = readOptions(call.args, WGET_OPTIONS)
  const { shell, name, state } = call
  const addresses = read.operands.map(url => connect(call, url))
  const host = addresses[0]?.host ?? null
  for (const data of optionValues(read, 'post-data', 'body-data', 'header')) sendText(call, data, host)
  for (const file of optionValues(read, 'post-file', 'body-file')) send(call, `@${file}`, host)
  for (const code of optionValues(read, 'use-askpass')) {
    shell.runText(code, NONE, state)
    shell.raise('command.runs-unknown-code', name, code)
  }
  for (const setting of optionValues(read, 'e', 'execute'))
    if (/use_askpass|post_file|output_document/i.test(setting))
      shell.raise('command.runs-unknown-code', name, setting)
  for (const file of optionValues(read, 'i', 'input-file')) shell.read(file, name, state)
  const target = optionValues(read, 'O', 'output-document')[0]
  for (const arg of call.args) if (/^-\w*O-$/.test(arg)) return downloaded(addresses)
  if (target === '-' || target === '/dev/stdout') return downloaded(addresses)
  if (target !== undefined) save(call, target, addresses)
  else {
    const folder = optionValues(read, 'P', 'directory-prefix')[0] ?? '.'
    for (const url of read.operands)
      save(call, `${folder}/${url.replace(/[?#].*$/, '').replace(/.*\//, '') || 'index.html'}`, addresses)
  }
  return ''
}

const httpie: Program = call => {
  const items = call.args.filter(arg => !arg.startsWith('-'))
  const url = items.find(item => !/^[A-Z]+$/.test(item)) ?? ''
  const host = connect(call, url)?.host ?? null
  for (const item of items) {
    const file = /(?:^@|=@|:=@|@(?=[/~.\w]))(.+)$/.exec(item)?.[1]
    if (item !== url && file) send(call, `@${file}`, host)
    else sendText(call, item, host)
  }
  if (call.stdin.connected) sendText(call, call.stdin.text, host)
  return downloaded([addressOf(url)])
}

function save(call: Call, file: string, addresses: readonly (Address | undefined)[]): void {
  call.shell.write(file, call.name, call.state, downloaded(addresses))
}

function downloaded(addresses: readonly (Address | undefined)[]): string {
  if (addresses.length > 0 && addresses.every(address => address && isOurs(address.host))) return UNKNOWN
  const trusted = addresses.length > 0 && addresses.every(address => address && isInstallerAddress(address))
  return REMOTE + (trusted ? INSTALLER : '')
}

/** Publishers whose installers people pipe into a shell; a person still looks. Hosts where anyone may publish are not here. */
const INSTALLERS =
  /^(?:sh\.rustup\.rs|static\.rust-lang\.org|get\.docker\.com|bun\.(?:sh|com)|deno\.land|astral\.sh|install\.python-poetry\.org|get\.pnpm\.io|get\.volta\.sh|get\.sdkman\.io|get\.k3s\.io|get\.helm\.sh|nixos\.org|install\.determinate\.systems|ollama\.com|mise\.run|starship\.rs|claude\.ai|deb\.nodesource\.com|rpm\.nodesource\.com|fly\.io|cli\.github\.com|sdk\.cloud\.google\.com|pyenv\.run|bootstrap\.pypa\.io|brew\.sh|tailscale\.com|raw\.githubusercontent\.com\/(?:nvm-sh\/nvm|homebrew\/install|ohmyzsh\/ohmyzsh|helm\/helm|pyenv\/pyenv-installer|creationix\/nvm)\/.*)$/i

function isInstallerAddress(address: Address): boolean {
  return (
    address.secure && (INSTALLERS.test(address.host) || INSTALLERS.test(`${address.host}${address.path}`))
  )
}

/** Programs that fetch what an address names; some send as well. */
export const downloads: Readonly<Record<string, Program>> = {
  curl,
  wget,
  wget2: wget,
  http: httpie,
  https: httpie,
  xh: httpie,
  aria2c: states(call => {
    for (const url of call.args.filter(arg => !arg.startsWith('-'))) connect(call, url)
    if (call.args.some(arg => /^--on-\S+/.test(arg))) call.shell.raise('command.runs-unknown-code', call.name)
  }),
}
