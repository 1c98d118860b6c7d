import { isUnknown } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import { byProgram } from './by-program.ts'

/** Uses that serve a folder to whoever connects. */
const fileServers: readonly (readonly [programs: RegExp, when: RegExp])[] = [
  [/^(?:python3?|pypy3?)$/, /-m\s+(?:http\.server|SimpleHTTPServer|pyftpdlib|twisted|uploadserver)\b/],
  [/^ruby$/, /(?:^|\s)-run\s+-e\s*['"]?httpd|-run\s+-ehttpd/],
  [/^php$/, /(?:^|\s)-S\s*\S/],
  [/^busybox$/, /^(?:httpd|ftpd|tcpsvd)\b/],
  [
    /^(?:httpd|webfsd|darkhttpd|miniserve|static-web-server|http-server|serve|live-server|simplehttpserver|quark|tftpd|thttpd|mini_httpd|vsftpd|uftpd|filebrowser|dufs|updog|goshs)$/,
    /./,
  ],
  [/^(?:npx|bunx|pnpx)$/, /^(?:-y\s+|--yes\s+)?(?:http-server|serve|live-server|local-web-server)\b/],
  [/^caddy$/, /^file-server\b/],
  [/^twistd3?$/, /\bweb\b.{0,200}--path/],
  [/^rclone$/, /^serve\b/],
  [/^plackup$/, /App::Directory|-MPlack/],
  [/^(?:tftp|ftp)d$/, /./],
]

/** Programs that share a terminal of this machine through a relay or a page. */
const SHARED_TERMINALS =
  /^(?:tmate|ttyd|gotty|upterm|sshx|teleconsole|wetty|shellinaboxd?|tty-share|warpd-share|termpair|screego)$/

/** Prompts for code that a browser opens, and the options that let more than this machine reach them. */
const NOTEBOOKS =
  /^(?:jupyter(?:-\w+)?|code-server|openvscode-server|rserver|theia|zeppelin|livebook|polynote|marimo)$/
const FOR_EVERYBODY =
  /--(?:ip|host|bind-addr|bind|listen)[= ](?:0\.0\.0\.0|\*|::|\[::\])|(?:token|password)=(?:''|""|\s|$)|--auth[= ]none|--no-token/

/** Shells with sockets of their own. */
const RAW_SOCKETS = /^(?:ztcp|zsocket)$/

/** `--inspect=0.0.0.0`: a prompt for code on more than this machine. */
const OPEN_DEBUGGER =
  /^--(?:inspect(?:-brk|-wait|-port)?|remote-debugging-address|debug-host|listen-host)=(?!127\.|localhost|\[::1\]|::1|\d+$)/

const fileServersOf = byProgram(fileServers)

/** Asks about folders beside the project, terminals and debuggers that others would reach. */
export function judgeServers(call: Call): void {
  const { shell, name, args, state } = call
  if (SHARED_TERMINALS.test(name) && !/^(?:--help|--version|-h|-V)$/.test(args.join(' ')))
    shell.raise('command.opens-listener', name, args.join(' ') || null)
  if (RAW_SOCKETS.test(name)) shell.raise('command.opens-reverse-shell', name, args.join(' ') || null)
  if (NOTEBOOKS.test(name) && FOR_EVERYBODY.test(args.join(' ')))
    shell.raise('command.opens-listener', name, args.join(' '))
  if (
    /^(?:ssh|autossh|mosh)$/.test(name) &&
    args.some(arg => /^-\w*A\w*$|^(?:-o)?ForwardAgent[= ]yes/i.test(arg))
  )
    shell.raise('command.opens-listener', name, 'the key agent')
  for (const arg of args) if (OPEN_DEBUGGER.test(arg)) shell.raise('command.opens-listener', name, arg)
  const servers = fileServersOf(name)
  if (servers.length === 0) return
  const text = args.join(' ')
  if (!servers.some(([, when]) => when.test(text))) return
  for (const arg of args) {
    const folder = arg.replace(/^--?[\w-]+=/, '')
    if (!/^[/~]|^\.\.(?:\/|$)/.test(folder)) continue
    const path = shell.path(folder, state)
    const kind = shell.paths.classify(path)
    if (
      isUnknown(path) ||
      kind === 'home' ||
      kind === 'outside' ||
      kind === 'system' ||
      shell.paths.catastrophe(path)
    )
      shell.raise('command.opens-listener', name, path)
  }
}
