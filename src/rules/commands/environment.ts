import { isUnknown } from '../paths/pattern.ts'
import { isWithin } from '../paths/posix.ts'
import type { Shell } from './acts.ts'
import type { ShellState } from './state.ts'

/** Variables that make programs load or run something. */
const CODE =
  /^(?:LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|DYLD_\w+|BASH_ENV|ENV|PERL5OPT|PERL5LIB|PERL5DB|RUBYOPT|RUBYLIB|PYTHONSTARTUP|PYTHONHOME|PYTHONINSPECT|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|GCONV_PATH|GLIBC_TUNABLES|BASH_FUNC_.*|SHELLOPTS|BASHOPTS|PS4|ZDOTDIR|LESSOPEN|LESSCLOSE|LESSKEY(?:IN)?|R_PROFILE|RIPGREP_CONFIG_PATH|WGETRC|CURL_HOME|INPUTRC|PSQLRC|GIT_TEMPLATE_DIR|npm_config_(?:script_shell|node_gyp|userconfig))$/

/** Variables whose value is run as a command. */
const COMMAND =
  /^(?:PROMPT_COMMAND|GIT_(?:SSH_COMMAND|SSH|EXTERNAL_DIFF|PAGER|EDITOR|SEQUENCE_EDITOR|PROXY_COMMAND|ASKPASS)|PAGER|MANPAGER|LESSEDIT|EDITOR|VISUAL|FCEDIT|BROWSER|SSH_ASKPASS|SUDO_ASKPASS|RSYNC_RSH|CVS_RSH|MANROFFOPT|SYSTEMD_PAGER|GH_PAGER|AWS_PAGER|PSQL_PAGER)$/

const HARMLESS_COMMANDS =
  /^(?:|cat|less(?: -[A-Za-z]+)?|more|true|:|vim?|nano|emacs|code(?: --wait)?|ssh(?: -[ip] [^\s;|&$`-]+| -o (?:StrictHostKeyChecking|BatchMode|ConnectTimeout|IdentitiesOnly)=[\w-]+)*)$/

/** Variables that lead agents, guards or their clients elsewhere. */
const GUARD =
  /^(?:ANTHROPIC_BASE_URL|CLAUDE_CONFIG_DIR|CLAUDE_CODE_SIMPLE|CODEX_HOME|GEMINI_CLI_HOME|PORTCULLIS_\w+|DISABLE_HOOKS)$/

const RECORDS = /^(?:HISTFILE|HISTSIZE|HISTFILESIZE|HISTCONTROL|HISTIGNORE)$/

const PLAIN = /^(?:LC_\w+|LANG|LANGUAGE|TZ|NO_COLOR|FORCE_COLOR|CI|TERM|COLUMNS|CLICOLOR)$/

/** Judges a variable that later programs will see. */
export function judgeAssignment(
  shell: Shell,
  name: string,
  value: string,
  state: ShellState,
  isPrefix: boolean,
): void {
  if (!PLAIN.test(name)) shell.unaffirm()
  if (GUARD.test(name)) shell.raise('command.disables-guard', name)
  if (RECORDS.test(name) && /^(?:\/dev\/null|0|)$/.test(value)) shell.raise('command.erases-record', name)
  if (CODE.test(name) && value !== '') shell.raise('command.poisons-environment', name)
  if (/^(?:BASH_ENV|ENV)$/.test(name)) {
    const startup = state.files.get(shell.path(value, state))
    if (startup !== undefined) shell.runText(startup, { text: '', connected: false }, state)
  }
  if (
    /^GIT_(?:DIR|WORK_TREE|COMMON_DIR|TEMPLATE_DIR|OBJECT_DIRECTORY|INDEX_FILE)$/.test(name) &&
    isElsewhere(shell.path(value, state), shell)
  )
    shell.raise('command.poisons-environment', name)
  if (
    /^GIT_CONFIG(?:_(?:GLOBAL|SYSTEM|COUNT|KEY_\d+|VALUE_\d+|PARAMETERS))?$/.test(name) &&
    value !== '/dev/null' &&
    value !== ''
  )
    shell.raise('command.poisons-environment', name)
  if (
    name === 'NODE_OPTIONS' &&
    /(?:^|\s)(?:-r|--require|--import|--loader|--experimental-loader|--inspect)/.test(value)
  )
    shell.raise('command.poisons-environment', name)
  if (name === 'PYTHONPATH' && (isElsewhere(value, shell) || isUnknown(value)))
    shell.raise('command.poisons-environment', name)
  if (name === 'NODE_TLS_REJECT_UNAUTHORIZED' && value === '0')
    shell.raise('command.poisons-environment', name)
  if (name === 'PATH' && value.split(':').some(entry => entry === '.' || isElsewhere(entry, shell)))
    shell.raise('command.poisons-environment', name)
  if (COMMAND.test(name) && !HARMLESS_COMMANDS.test(value)) {
    shell.raise('command.poisons-environment', name)
    shell.runText(value, { text: '', connected: false }, state)
  }
  if (name === 'HOME' && isPrefix) shell.unaffirm()
}

/** Folders that everybody may write to, outside the project. */
export function isElsewhere(entry: string, shell: Shell): boolean {
  const { project } = shell.paths.workplace
  if (isWithin(entry, project)) return false
  return /^\/(?:private\/)?(?:tmp|var\/tmp|dev\/shm)(?:\/|$)/.test(entry)
}
