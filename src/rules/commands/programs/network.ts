import { hostKind } from '../../paths/judge-url.ts'
import {
  DEEP,
  holdsSecret,
  INSTALLER,
  isUnknown,
  marksOf,
  REMOTE,
  STAR,
  UNKNOWN,
} from '../../paths/pattern.ts'
import { isKnownPublisher } from '../../paths/publishers.ts'
import { type Call, type Program, states } from '../acts.ts'
import { decodeBase64 } from '../decode.ts'
import { hasOption, optionValues, readOptions } from '../options.ts'

const NONE = { text: '', connected: false }

/** Publishers whose installers people pipe into a shell; a person still looks. Hosts where anyone may publish are not here. */
const INSTALLERS =
  /^(?:sh\.rustup\.rs|static\.rust-lang\.org|get\.docker\.com|bun\.(?:sh|com)|deno\.land|astral\.sh|install\.python-poetry\.org|get\.pnpm\.io|get\.volta\.sh|get\.sdkman\.io|get\.k3s\.io|get\.helm\.sh|nixos\.org|install\.determinate\.systems|ollama\.com|mise\.run|starship\.rs|claude\.ai|deb\.nodesource\.com|rpm\.nodesource\.com|fly\.io|cli\.github\.com|sdk\.cloud\.google\.com|pyenv\.run|bootstrap\.pypa\.io|brew\.sh|tailscale\.com|raw\.githubusercontent\.com\/(?:nvm-sh\/nvm|homebrew\/install|ohmyzsh\/ohmyzsh|helm\/helm|pyenv\/pyenv-installer|creationix\/nvm)\/.*)$/i

interface Address {
  readonly host: string
  readonly path: string
  readonly secure: boolean
}

function addressOf(text: string): Address | undefined {
  const match =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:[^/@\s]*@)?(\[[^\]]*\]|[^/:?#\s]+)(?::\d+)?([/?#].*)?$/i.exec(text)
  if (!match) return undefined
  return { host: match[2]!, path: match[3] ?? '', secure: (match[1] ?? 'http').toLowerCase() === 'https' }
}

function isInstallerAddress(address: Address): boolean {
  return (
    address.secure && (INSTALLERS.test(address.host) || INSTALLERS.test(`${address.host}${address.path}`))
  )
}

/** States a connection and what its address alone gives away. */
function connect(call: Call, word: string): Address | undefined {
  // A `?` or `*` that matches no file stays what it is.
  const url = word.replace(/\uE004/g, '?').replace(/\uE003/g, '*')
  const { shell, name } = call
  if (/^file:/i.test(url)) {
    shell.read(
      decodeURIComponent(url.replace(/^file:(?:\/\/[^/]*)?/i, '').replace(/%(?![0-9a-f]{2})/gi, '%25')),
      name,
      call.state,
    )
    return undefined
  }
  const address = addressOf(url)
  const host = address?.host ?? null
  shell.act({ kind: 'connect', program: name, target: host })
  if (holdsSecret(url)) shell.raise('command.sends-secret', name, host)
  if (host !== null && !isUnknown(host) && hostKind(host.replace(/^\[|\]$/g, '')) === 'metadata')
    shell.raise('command.connects-to-metadata-service', name, host)
  if (
    isUnknown(url) &&
    host !== null &&
    !isUnknown(host) &&
    !isOurs(host) &&
    (/[?&=][^/]*[\uE000-\uE002]/.test(url) || !isKnownPublisher(host))
  )
    shell.raise('command.sends-unknown-data', name, host)
  // The names that a listing prints are data of this machine.
  else if (host !== null && !isOurs(host) && word.includes('?') && word.includes(STAR, word.indexOf('?')))
    shell.raise('command.sends-unknown-data', name, host)
  // A name is data too: whoever serves the domain reads the queries for it.
  if (host !== null && /[\uE000-\uE002]/.test(host) && /\.[\w-]+\.[a-z]{2,}$/i.test(host))
    shell.raise('command.sends-unknown-data', name, host)
  return address
}

function isOurs(host: string | null): boolean {
  return host !== null && !isUnknown(host) && hostKind(host.replace(/^\[|\]$/g, '')) === 'local'
}

/** States that `data` leaves for the hosts. */
function send(call: Call, data: string, host: string | null): void {
  const { shell, name, state } = call
  const file = (/^(?:[^=]*=)?[@<](.+)$/s.exec(data) ?? /^[\w.-]+@([^=\s]+)$/s.exec(data))?.[1]?.replace(
    /;.*$/,
    '',
  )
  if (file === '-') {
    sendText(call, call.stdin.text, host)
    return
  }
  if (file !== undefined) {
    const path = shell.path(file.replace(/^~(?=\/)/, shell.paths.workplace.home), state)
    shell.act({ kind: 'read', program: name, target: path })
    if (!isOurs(host))
      shell.raise(isSecret(call, path) ? 'command.sends-secret' : 'command.sends-file', name, host)
    return
  }
  sendText(call, data, host)
}

function isSecret(call: Call, path: string): boolean {
  const { shell, state } = call
  return (
    shell.paths.classify(path) === 'credential' ||
    (shell.paths.classify(path) === 'record' && /history$/.test(path)) ||
    shell.originOf(path)?.secret === true ||
    holdsSecret(shell.contentOf(path, state) ?? '')
  )
}

function sendText(call: Call, text: string, host: string | null): void {
  if (holdsSecret(text)) call.shell.raise('command.sends-secret', call.name, host)
  else if ((isUnknown(text) || text.includes(STAR) || text.includes(DEEP)) && !isOurs(host))
    call.shell.raise('command.sends-unknown-data', call.name, host)
}

/** A whole index, database or core of a search engine or document store, here or elsewhere. */
const WHOLE_INDEX =
  /:(?:9200|9201|5984|8983|8086|8123|7474|6333|8108|7700)\/(?:_all|\*|\uE003|[\w.*-]+)?\/?(?:\?.*)?$/

const curl: Program = call => {
  const read = readOptions(call.args, {
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
  })
  const { shell, state, name } = call
  const urls = [...read.operands, ...optionValues(read, 'url')]
  const addresses = urls.map(url => connect(call, url))
  const host = addresses.find(address => address && !isOurs(address.host))?.host ?? addresses[0]?.host ?? null
  const deletes = optionValues(read, 'X', 'request').some(method => /^(?:DELETE|PURGE)$/i.test(method))
  for (const [index, address] of addresses.entries())
    if (address && deletes && WHOLE_INDEX.test(urls[index] ?? ''))
      shell.raise('command.destroys-data', name, urls[index] ?? null)
    else if (address && !isOurs(address.host) && (deletes || /\/_delete_by_query\b/.test(urls[index] ?? '')))
      shell.raise('command.destroys-data', name, urls[index] ?? null)
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
  for (const file of optionValues(read, 'K', 'config')) {
    const settings = file === '-' ? call.stdin.text : (state.files.get(shell.path(file, state)) ?? '')
    if (settings !== '' && !isUnknown(settings))
      shell.runArgv(['curl', ...argsOfSettings(settings)], NONE, state)
  }
  for (const file of optionValues(read, 'K', 'config', 'E', 'cert', 'key', 'netrc-file'))
    if (optionValues(read, 'K', 'config').includes(file)) shell.read(file, name, state)
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
  if (optionValues(read, 'unix-socket').some(socket => /docker\.sock|containerd/.test(socket)))
    shell.raise('command.escapes-container', name, 'docker.sock')
  if (hasOption(read, 'O', 'remote-name', 'remote-name-all'))
    for (const url of urls)
      save(call, url.replace(/[?#].*$/, '').replace(/.*\//, '') || 'index.html', addresses)
  const outputs = optionValues(read, 'o', 'output')
  const printsAnyway =
    outputs.length < urls.length || outputs.some(file => file === '-' || file.startsWith('/dev/'))
  if ((outputs.length > 0 && !printsAnyway) || hasOption(read, 'O', 'remote-name')) return ''
  return downloaded(addresses)
}

/** The options that a curl configuration holds, a line each. */
function argsOfSettings(settings: string): string[] {
  return settings.split('\n').flatMap(line => {
    const [, name = '', value = ''] = /^\s*-{0,2}([\w-]{1,40})\s*[=:\s]?\s*"?([^"]*?)"?\s*$/.exec(line) ?? []
    if (name === '' || name === 'config' || name === 'K') return []
    return [name.length === 1 ? `-${name}` : `--${name}`, ...(value === '' ? [] : [value])]
  })
}

function downloaded(addresses: readonly (Address | undefined)[]): string {
  if (addresses.length > 0 && addresses.every(address => address && isOurs(address.host))) return UNKNOWN
  const trusted = addresses.length > 0 && addresses.every(address => address && isInstallerAddress(address))
  return REMOTE + (trusted ? INSTALLER : '')
}

function save(call: Call, file: string, addresses: readonly (Address | undefined)[]): void {
  call.shell.write(file, call.name, call.state, downloaded(addresses))
}

const wget: Program = call => {
  const read = readOptions(call.args, {
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
  })
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

/** Raw connections: what runs behind them is remote control, what goes in leaves. */
const netcat: Program = call => {
  const read = readOptions(call.args, {
    valued: 'ecgGiopqsTwXxIPV',
    valuedLong: ['exec', 'sh-exec', 'lua-exec', 'proxy', 'wait', 'source'],
  })
  const { shell, name, stdin } = call
  const programs = optionValues(read, 'e', 'c', 'exec', 'sh-exec', 'lua-exec')
  const host = read.operands[0] ?? null
  if (programs.length > 0 || hasOption(read, 'e', 'exec', 'sh-exec'))
    shell.raise('command.opens-reverse-shell', name, host)
  const listens = hasOption(read, 'l', 'listen')
  const probes = hasOption(read, 'z')
  shell.act({ kind: 'connect', program: name, target: host })
  if (listens) shell.raise('command.opens-listener', name, host)
  else if (!probes && stdin.connected && holdsSecret(stdin.text))
    shell.raise('command.sends-secret', name, host)
  else if (!probes && stdin.connected && !isOurs(host)) shell.raise('command.sends-file', name, host)
  return REMOTE
}

const socat: Program = call => {
  const text = call.args.join(' ')
  if (/\b(?:exec|system|shell)\b/i.test(text))
    call.shell.raise('command.opens-reverse-shell', call.name, text)
  else if (/listen|recv/i.test(text)) call.shell.raise('command.opens-listener', call.name, text)
  else if (!/localhost|127\.0\.0\.1/.test(text)) call.shell.raise('command.sends-file', call.name, text)
  for (const arg of call.args) {
    const file = /^(?:file|open|gopen|create):([^,]+)/i.exec(arg)?.[1]
    if (file) call.shell.read(file, call.name, call.state)
  }
  return REMOTE
}

const openssl: Program = call => {
  const { args, shell, state } = call
  const verb = args[0]
  const value = (name: string) => args[args.indexOf(name) + 1]
  if (verb === 's_client') {
    const host = (value('-connect') ?? '').split(':')[0] ?? null
    shell.act({ kind: 'connect', program: call.name, target: host })
    if (holdsSecret(call.stdin.text)) shell.raise('command.sends-secret', call.name, host)
    else if (call.stdin.connected && isUnknown(call.stdin.text) && !isOurs(host))
      shell.raise('command.sends-file', call.name, host)
    return REMOTE
  }
  if (verb === 's_server') shell.raise('command.opens-listener', call.name, 's_server')
  if (args.includes('-in')) {
    const file = value('-in') ?? ''
    // A certificate or public key is printed for everyone; a private key is not.
    const isPublic = /^(?:x509|req|verify|crl|dgst|s_client)$/.test(verb ?? '') || args.includes('-pubin')
    if (!isPublic) shell.read(file, call.name, state)
    if (
      /^(?:enc|base64)$/.test(verb ?? '') &&
      args.includes('-out') &&
      args.some(arg => /^-(?:k|pass|e|K)$/.test(arg))
    )
      shell.unaffirm()
  }
  if (
    (verb === 'base64' || verb === 'enc') &&
    args.includes('-d') &&
    (verb === 'base64' || args.includes('-base64') || args.includes('-a'))
  ) {
    const text = call.stdin.text
    return decodeBase64(text) ?? UNKNOWN + marksOf(text).replace(UNKNOWN, '')
  }
  return undefined
}

const copy: Program = call => {
  const read = readOptions(call.args, { valued: 'cDFiJloPSX' })
  const { shell, name, state } = call
  for (const code of optionValues(read, 'S')) shell.raise('command.runs-unknown-code', name, code)
  for (const option of optionValues(read, 'o'))
    if (/^(?:ProxyCommand|LocalCommand)/i.test(option)) {
      shell.raise('command.runs-unknown-code', name, option)
      shell.runText(option.replace(/^\w+[= ]/, ''), NONE, state)
    }
  const target = read.operands.at(-1)
  const isFar = (place: string | undefined) => place !== undefined && /^[^/]+:/.test(place)
  for (const source of read.operands.slice(0, -1)) {
    if (isFar(source)) continue
    const path = shell.path(source, state)
    shell.act({ kind: 'read', program: name, target: path, recursive: true })
    if (isFar(target))
      shell.raise(isSecret(call, path) ? 'command.sends-secret' : 'command.sends-file', name, target ?? null)
  }
  if (target !== undefined && !isFar(target) && read.operands.length > 1) shell.write(target, name, state)
  return undefined
}

/** Names in a query leave the machine: a secret or unknown text in one is a leak. */
const lookUp: Program = call => {
  const { shell, name } = call
  for (const arg of call.args) {
    if (holdsSecret(arg)) shell.raise('command.sends-secret', name, 'the network')
    else if (isUnknown(arg) && /[\uE000-\uE002]+\.[\w.-]+/.test(arg))
      shell.raise('command.sends-unknown-data', name, arg)
  }
  if (call.args.includes('-f')) shell.read(call.args[call.args.indexOf('-f') + 1] ?? '', name, call.state)
  if (call.args.includes('-p') && name === 'ping' && call.args.some(isUnknown))
    shell.raise('command.sends-unknown-data', name)
  return UNKNOWN
}

/** The entry of the one account whose home is known. */
const account: Program = call => {
  const { home } = call.shell.paths.workplace
  const [table, key] = call.args
  if (table !== 'passwd' || key === undefined || !home.endsWith(`/${key}`)) return lookUp(call)
  return `${key}:x:1000:1000::${home}:/bin/bash\n`
}

const talk: Program = call => {
  const host = call.args.find(arg => !arg.startsWith('-')) ?? null
  call.shell.act({ kind: 'connect', program: call.name, target: host })
  if (holdsSecret(call.stdin.text)) call.shell.raise('command.sends-secret', call.name, host)
  else if (call.stdin.connected && !isOurs(host)) call.shell.raise('command.sends-file', call.name, host)
  for (const arg of call.args)
    if (/^@?(?:\/|~|\.\/)/.test(arg)) call.shell.read(arg.replace(/^@/, ''), call.name, call.state)
  return REMOTE
}

const tunnel = states(call =>
  call.shell.raise('command.opens-listener', call.name, call.args.slice(0, 3).join(' ')),
)

/** Programs that talk to other machines. */
export const network: Readonly<Record<string, Program>> = {
  curl,
  wget,
  wget2: wget,
  http: httpie,
  https: httpie,
  xh: httpie,
  nc: netcat,
  ncat: netcat,
  netcat,
  'nc.traditional': netcat,
  'nc.openbsd': netcat,
  socat,
  openssl,
  scp: copy,
  sftp: copy,
  ping: lookUp,
  ping6: lookUp,
  dig: lookUp,
  nslookup: lookUp,
  host: lookUp,
  drill: lookUp,
  resolvectl: lookUp,
  getent: account,
  whois: lookUp,
  traceroute: lookUp,
  telnet: talk,
  ftp: talk,
  tftp: talk,
  lftp: talk,
  mail: talk,
  mailx: talk,
  sendmail: talk,
  mutt: talk,
  finger: talk,
  smbclient: talk,
  swaks: talk,
  ngrok: call =>
    /^(?:version|help|--version|--help|-[vh]|config check|diagnose)$/.test(call.args.join(' '))
      ? undefined
      : tunnel(call),
  cloudflared: call => (call.args[0] === 'tunnel' ? tunnel(call) : undefined),
  lt: tunnel,
  localtunnel: tunnel,
  chisel: tunnel,
  frpc: tunnel,
  bore: tunnel,
  pwncat: tunnel,
  msfconsole: tunnel,
  msfvenom: tunnel,
  responder: tunnel,
  aria2c: states(call => {
    for (const url of call.args.filter(arg => !arg.startsWith('-'))) connect(call, url)
    if (call.args.some(arg => /^--on-\S+/.test(arg))) call.shell.raise('command.runs-unknown-code', call.name)
  }),
  rclone: states(call => {
    if (/^(?:copy|sync|move|copyto|moveto|rcat|cat|purge|delete)$/.test(call.args[0] ?? ''))
      call.shell.raise('command.sends-file', call.name, call.args.at(-1) ?? null)
  }),
  croc: states(call => call.shell.raise('command.sends-file', call.name)),
  transfer: states(call => call.shell.raise('command.sends-file', call.name)),
}
