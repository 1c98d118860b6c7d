import { isUnknown } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import { judgeForeignCode } from '../code/foreign-code.ts'
import { fork } from '../shell/state.ts'
import { byProgram } from './by-program.ts'

const NONE = { text: '', connected: false }

interface CodeOptions {
  readonly programs: RegExp
  /** Options whose value is a command. */
  readonly runs?: RegExp
  /** Options whose value is code of another language. */
  readonly codes?: RegExp
  /** Options whose value is a file or folder of code, settings that run, or a library. */
  readonly loads?: RegExp
  /** Options that by themselves let a document or a prompt run commands. */
  readonly opens?: RegExp
}

/**
 * Options that name a command or code, program by program. What is loaded is asked about where it lies elsewhere than in
 * the project; a command always is. A pattern meets the option's name, with its dashes and without a value.
 */
const table: readonly CodeOptions[] = [
  { programs: /^[gmn]?awk$/, loads: /^(?:-[li]|--load|--include)$/ },
  {
    programs: /^(?:certbot|letsencrypt)$/,
    runs: /^--(?:pre|post|deploy|renew|manual-auth|manual-cleanup)-hook$/,
  },
  { programs: /^(?:restic|borg|rclone|duplicity)$/, runs: /^--(?:password-command|rsh|ssh-cmd)$/ },
  { programs: /^(?:scrot|maim|import)$/, runs: /^(?:-e|--exec)$/ },
  { programs: /^sshuttle$/, runs: /^(?:-e|--ssh-cmd)$/ },
  { programs: /^pip3?$/, runs: /^--editor$/ },
  {
    programs: /^(?:podman|docker|nerdctl|buildah|ctr|crictl)$/,
    loads: /^--(?:runtime|conmon|hooks-dir|runtime-flag|root-helper)$/,
  },
  { programs: /^kubectl$/, runs: /^--exec-command$/ },
  { programs: /^(?:man|apropos)$/, runs: /^(?:-H|--html)$/ },
  { programs: /^zip$/, runs: /^(?:-TT|--unzip-command)$/ },
  {
    programs: /^(?:c99|c89|tcc|cpp|ld|ld\.\w+|as)$/,
    runs: /^-wrapper$/,
    loads: /^(?:-plugin|--plugin|-fplugin|-B|-specs)$/,
  },
  { programs: /^pandoc$/, loads: /^(?:-L|-F|--lua-filter|--filter|--data-dir|-t|--to|-f|--from|-w|-r)$/ },
  { programs: /^(?:minicom|runscript)$/, loads: /^-S$/ },
  { programs: /^cow(?:say|think)$/, loads: /^-f$/ },
  { programs: /^(?:vol(?:atility)?3?|vol\.py)$/, loads: /^(?:-p|--plugins|--plugin-dirs)$/ },
  { programs: /^(?:dvips|odvips)$/, opens: /^-R0$/ },
  { programs: /^(?:wireshark|tshark)$/, loads: /^-X(?:lua_script:.*)?$/ },
  {
    programs: /^(?:nginx|lighttpd|httpd|apache2|haproxy|redis-server|varnishd|dnsmasq|sshd)$/,
    loads: /^(?:-c|-f|-C|--conf-file|--loadmodule)$/,
  },
  { programs: /^facter$/, loads: /^--(?:custom-dir|external-dir)$/ },
  { programs: /^puppet$/, codes: /^(?:-e|--execute)$/, loads: /^--modulepath$/ },
  { programs: /^(?:ruby|perl|python|php|lua)$/, loads: /^-I$/ },
  { programs: /^blender$/, codes: /^--python-expr$/, loads: /^(?:-P|--python)$/ },
  { programs: /^(?:gtester|run-parts|prove|bats)$/, loads: /^--exec$/ },
  {
    programs:
      /^(?:xterm|urxvt|rxvt|konsole|lxterminal|xfce4-terminal|gnome-terminal|terminator|alacritty|st)$/,
    runs: /^(?:-e|-x|--execute|--command)$/,
  },
  { programs: /^(?:msgfilter|recode-sr-latin)$/, runs: /^-P$/ },
  { programs: /^(?:pg_dump|pg_dumpall|pg_basebackup)$/, runs: /^--archive-cleanup-command$/ },
  { programs: /^(?:openvt|setterm)$/, runs: /^--exec$/ },
  { programs: /^(?:exiftool)$/, codes: /^-(?:if|p|api)$/, loads: /^-config$/ },
  { programs: /^lftp$/, loads: /^-f$/ },
  { programs: /^nim$/, codes: /^--eval$/ },
  { programs: /^gem$/, runs: /^(?:-e|--editor)$/ },
  { programs: /^(?:ruby|irb|pry|jruby|rspec|rake|byebug)$/, loads: /^(?:-r|--require|-I)$/ },
  { programs: /^rake$/, codes: /^(?:-e|-E|-p|--execute|--execute-print|--execute-continue)$/ },
  { programs: /^latexmk$/, codes: /^-e$/, loads: /^-r$/ },
  { programs: /^perl(?:bug|thanks)$/, runs: /^-e$/ },
  { programs: /^(?:mysql|mariadb)[\w-]*$/, loads: /^--plugin-dir$/ },
  {
    programs: /^(?:neofetch|conky|polybar|mpv|offlineimap|gunicorn|hypercorn|uwsgi|ipython3?)$/,
    loads: /^(?:-c|--config|--script|--scripts|--ini)$/,
  },
  {
    programs: /^(?:[a-z]*(?:tex|latex)|context|mptopdf)$/,
    opens: /^--?(?:shell-escape|enable-write18|shell-restricted)$/,
  },
  { programs: /^bun$/, codes: /^(?:-e|-p|--eval|--print)$/ },
  { programs: /^osascript$/, codes: /^-e$/ },
  { programs: /^php$/, codes: /^--execute$/ },
  { programs: /^nvim$/, loads: /^-l$/ },
]

/** Options that load code into whatever program is built with the library behind them. */
const LOADS_ANYWHERE =
  /^--(?:gtk-module|plugin|plugins|preload|load-extension|lua-filter|init-script|startup-script)$/
/** Options whose name says that the value is a command. */
const RUNS_ANYWHERE = /^--(?:[a-z]+-)*(?:command|cmd|hook|exec|editor|browser|askpass|launcher|wrapper)$/

const rowsOf = byProgram(table)

/** Raises what options hand control to. */
export function judgeCodeOptions(call: Call): void {
  const rows = rowsOf(call.name)
  for (const [at, arg] of call.args.entries()) {
    if (!arg.startsWith('-')) continue
    for (const row of rows) judgeRow(call, row, arg, call.args[at + 1])
    judgeTransport(call, arg)
    if (!arg.startsWith('--')) continue
    const { name, value = call.args[at + 1] } = partsOf(arg)
    if (value === undefined) continue
    if (LOADS_ANYWHERE.test(name)) judgeLoaded(call, name, value)
    if (RUNS_ANYWHERE.test(name) && isShellOrElsewhere(call, value)) judgeRun(call, name, value)
  }
}

/** Settings of SSH that name a program, whichever program hands them on. */
const TRANSPORT =
  /(?:^|,|\s)(?:-o)?(?:ProxyCommand|LocalCommand|KnownHostsCommand|ssh_command|sftp_server)[= ]\s*(?!none\b)(\S.{0,2000})$/i

/** No setting of a transport is longer; the pattern would look for its end from many places. */
const LONGEST_SETTING = 4_096

function judgeTransport(call: Call, option: string): void {
  const next = /^-[oO]$/.test(option) ? (call.args[call.args.indexOf(option) + 1] ?? '') : option
  const command = next.length > LONGEST_SETTING ? undefined : TRANSPORT.exec(next)?.[1]
  if (command !== undefined && !/^(?:ssh|scp|sftp|autossh)$/.test(call.name)) judgeRun(call, option, command)
}

function partsOf(arg: string): { name: string; value?: string } {
  const match = /^(-[^=:\s]+)[=:](.*)$/s.exec(arg)
  return match ? { name: match[1]!, value: match[2]! } : { name: arg }
}

/** `-x value`, `-xvalue`, `--name value`, `--name=value`. */
function valueFor(option: RegExp, arg: string, next: string | undefined): string | undefined {
  const { name, value } = partsOf(arg)
  if (option.test(name)) return value ?? next
  if (!arg.startsWith('--') && arg.length > 2 && option.test(arg.slice(0, 2))) return arg.slice(2)
  return undefined
}

function judgeRow(call: Call, row: CodeOptions, arg: string, next: string | undefined): void {
  const command = row.runs && valueFor(row.runs, arg, next)
  if (command !== undefined) judgeRun(call, arg, command)
  const text = row.codes && valueFor(row.codes, arg, next)
  if (text !== undefined) judgeForeignCode(call, text)
  const code = row.loads && valueFor(row.loads, arg, next)
  if (code !== undefined) judgeLoaded(call, arg, code)
  if (row.opens?.test(arg)) call.shell.raise('command.runs-unknown-code', call.name, arg)
}

function judgeRun({ shell, name, state }: Call, option: string, command: string): void {
  shell.raise('command.runs-unknown-code', name, option)
  shell.runText(command, NONE, fork(state))
}

function judgeLoaded(call: Call, option: string, value: string): void {
  const { shell, name, state } = call
  if (!/[/~]/.test(value) && !isUnknown(value)) return
  const path = shell.path(value.replace(/^lua_script:/, ''), state)
  const kind = shell.paths.classify(path)
  if (isUnknown(path)) shell.raise('command.runs-unknown-code', name, option)
  else if (kind !== 'project' && kind !== 'git-internals' && kind !== 'system' && kind !== 'harmless-device')
    shell.raise('command.runs-code-of-other-folder', name, path)
}

function isShellOrElsewhere({ shell, state }: Call, command: string): boolean {
  const [program = ''] = command.trim().split(/\s/)
  if (/^(?:\/(?:usr\/)?bin\/)?(?:ba|da|z|k)?sh$/.test(program)) return command.trim() !== program
  return program.startsWith('/') && shell.paths.classify(shell.path(program, state)) === 'temp'
}
