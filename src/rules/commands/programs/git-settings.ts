import type { Call } from '../acts.ts'
import { hasOption } from '../dispatch/options.ts'
import type { Verb } from './git-verb.ts'

const NONE = { text: '', connected: false }

/** Settings that `git config` writes for later runs. */
export const config: Verb = (call, read) => {
  const args = call.args.filter(
    arg => !/^--(?:global|local|system|worktree|add|replace-all|type=.*|bool|int|path)$/.test(arg),
  )
  if (hasOption(read, 'get', 'list', 'l', 'get-all', 'get-regexp', 'show-origin', 'unset', 'unset-all'))
    return
  if (args[0] === 'get' || args[0] === 'list' || args[0] === 'unset') return
  const [key = '', value] = args[0] === 'set' ? args.slice(1) : args
  if (hasOption(read, 'e', 'edit')) call.shell.raise('command.writes-git-internals', 'git', 'config --edit')
  if (value !== undefined) {
    if (
      /^credential\.helper$/i.test(key) &&
      /^(?:store|cache.*|osxkeychain|manager.*|libsecret)$/.test(value)
    )
      return
    if (/^alias\./i.test(key) && !value.startsWith('!')) return
    if (
      /^core\.(?:editor|pager)$|^pager\.|^(?:diff|merge)\.(?:tool|conflictstyle|algorithm|colormoved|renames\w*)$|^init\.defaultbranch$/i.test(
        key,
      ) &&
      /^[\w .-]+$/.test(value) &&
      !/\b(?:rm|sh|bash|curl)\b/.test(value)
    )
      return
    // Repositories of whoever may write here would be trusted, and their settings run.
    if (/^safe\.directory$/i.test(key) && value === '*')
      call.shell.raise('command.poisons-environment', 'git', `${key} ${value}`)
    judgeSetting(call, `${key}=${value}`)
  }
}

/** Settings whose value git runs. */
const RUN_SETTINGS =
  /^(?:core\.(?:fsmonitor|sshcommand|pager|editor|hookspath|gitproxy|askpass|alternaterefscommand)|pager\.[\w-]+|diff\..*|difftool\..*|merge\..*\.driver|mergetool\..*|filter\..*|alias\..*|credential\..*helper|credential\.helper|gpg\.(?:program|.*\.program)|sequence\.editor|interactive\.difffilter|uploadpack\..*|receive\..*|init\.templatedir|include\.path|includeif\..*|http\.(?:proxy|sslverify)|url\..*\.(?:insteadof|pushinsteadof)|protocol\..*|remote\..*\.(?:uploadpack|receivepack|proxy|vcs)|submodule\..*\.update|trailer\..*|browser\..*|man\..*|web\.browser|sendemail\..*|transfer\..*)$/i

/** States what a `key=value` makes git run. */
export function judgeSetting(call: Call, setting: string): void {
  const [key = '', ...rest] = setting.split('=')
  const value = rest.join('=')
  if (!RUN_SETTINGS.test(key) || /^(?:core\.pager|pager\.\w+)=(?:cat|less|false|)$/i.test(setting)) return
  call.shell.raise('command.runs-unknown-code', call.name, key)
  call.shell.runText(value.replace(/^!/, ''), NONE, call.state)
}
