import { holdsSecret, isUnknown, marksOf, REMOTE, UNKNOWN } from '../../paths/pattern.ts'
import { type Program, states } from '../acts.ts'
import { hasOption, optionValues, readOptions } from '../dispatch/options.ts'
import { decodeBase64 } from '../shell/decode.ts'
import { isOurs } from './outgoing-data.ts'

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

/** Programs that hold a line to another machine, wait for one, or let others in. */
export const connections: Readonly<Record<string, Program>> = {
  nc: netcat,
  ncat: netcat,
  netcat,
  'nc.traditional': netcat,
  'nc.openbsd': netcat,
  socat,
  openssl,
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
}
