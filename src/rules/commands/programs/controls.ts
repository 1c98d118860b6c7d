import type { Call } from '../acts.ts'
import { optionValue } from '../dispatch/options.ts'
import { byProgram } from './by-program.ts'
import { judgeGuardTalk } from './guard.ts'

/**
 * Options by which a program runs, loads or obeys something the option names. Adding a row is all a new one needs;
 * the rows follow what GTFOBins and the published argument injections use. Patterns meet one argument.
 */
const controls: readonly (readonly [programs: RegExp, options: RegExp])[] = [
  [/^less$/, /^(?:-[kK]|--lesskey-(?:file|src|content))/],
  [/^(?:ssh|scp|sftp|autossh)$/, /^-F/],
  [/^wget2?$/, /^(?:-e|--exec|--config)/],
  [/^curl$/, /^(?:-K|--config|--engine)/],
  [/^(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|gfortran|gnat)$/, /^(?:-wrapper|-fplugin=|-B|-specs=|-Xclang$)/],
  [/^(?:cargo|rustc)$/, /^(?:--config|-Clinker=|linker=)/],
  [/^nmap$/, /^--(?:script|datadir|interactive)/],
  [
    /^php$/,
    /^(?:-d\s?)?(?:auto_(?:pre|ap)pend_file|extension|zend_extension|disable_functions|sendmail_path)=/,
  ],
  [/^php$/, /^-d(?:auto_|ext|zend|disable|sendmail)/],
  [/^openssl$/, /^-(?:engine|provider|provider-path|dynamic)$/],
  [/^yarn$/, /^--use-yarnrc/],
  [/^(?:npm|npx|pnpm)$/, /^--(?:script-shell|userconfig|globalconfig|node-options|git|node-gyp|prefix=\/)/],
  [/^pip3?$/, /^--(?:config|global-option|install-option|build-option)/],
  [
    /^openvpn$/,
    /^--(?:up|down|plugin|script-security|route-up|ipchange|tls-verify|auth-user-pass-verify|config)/,
  ],
  [/^(?:gimp|gimp-console)$/, /^(?:-b|--batch)/],
  [/^jjs$/, /^-scripting/],
  [/^(?:pic|troff|groff|eqn|tbl|nroff)$/, /^-\w*U/],
  [/^apt(?:-get|itude)?$/, /^(?:-o)?(?:Dir::|APT::.*(?:Invoke|Pager)|DPkg::)/i],
  [/^screen$/, /^-[fc]$/],
  [/^tmux$/, /^-f$/],
  [/^(?:vim?|nvim|ex|view|gvim)$/, /^(?:-[uUS]$|--cmd)/],
  [/^emacs(?:client)?$/, /^(?:-l|-f|--load|--funcall|--eval|--batch|--script)/],
  [/^(?:nano|pico)$/, /^(?:-s|--speller)/],
  [/^mutt$/, /^-[Fe]/],
  [/^java$/, /^-(?:javaagent|agentpath|agentlib|XX:On(?:OutOfMemory)?Error)/],
  [/^(?:sqlite3|duckdb)$/, /^--?init$/],
  [/^(?:kubectl|helm)$/, /^--(?:kubeconfig|post-renderer)/],
  [/^(?:svn|hg|bzr|fossil)$/, /^--(?:config|config-option|editor-cmd|diff-cmd|diff3-cmd)/],
  [/^terraform$/, /^-(?:plugin-dir|backend-config=.*exec)/],
  [/^(?:logrotate|anacron|cron|crond|monit|supervisord|runsvdir)$/, /^[^-].*[./]/],
  [/^(?:start-stop-daemon|daemonize)$/, /^(?:-[xa]|--exec|--startas)/],
  [/^ctags$/, /^--(?:options|_interactive)/],
  [/^(?:dosbox|qemu-system-\w+|wine)$/, /^-(?:c|conf|monitor|chardev)$/],
  [/^(?:ghc|ghci|runghc)$/, /^-pgm\w/],
  [/^(?:lualatex|luatex|pdflatex|xelatex|latex|tex)$/, /^--?(?:shell-escape|enable-write18)/],
  [/^(?:mysql|mariadb)$/, /^--(?:plugin-dir|default-auth|pager)/],
  [/^(?:git)$/, /^-O\.?\//],
  [/^(?:enscript|a2ps|lpr)$/, /^(?:-I|--filter)/],
  [/^(?:socat|ncat|dnsmasq|dhclient|wpa_cli|hping3)$/, /^(?:-sf|-a\/|--dhcp-script)/],
]

const controlsOf = byProgram(controls)

/** Raises what an option hands control to, and reads its value as shell text. */
export function judgeControls(call: Call): void {
  judgeGuardTalk(call)
  for (const [, options] of controlsOf(call.name)) {
    const at = call.args.findIndex(
      (arg, place) => options.test(arg) && !/^(?:NONE|NORC)$/.test(call.args[place + 1] ?? ''),
    )
    if (at < 0) continue
    call.shell.raise('command.runs-unknown-code', call.name, call.args[at]!)
    const value = optionValue(call.args, at)
    if (value !== undefined)
      call.shell.runText(
        value,
        { text: '', connected: false },
        { ...call.state, variables: new Map(call.state.variables) },
      )
  }
}
