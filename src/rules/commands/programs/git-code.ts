import type { Call } from '../acts.ts'
import { optionValues, readOptions } from '../dispatch/options.ts'
import { discards } from './git-losses.ts'
import type { Verb } from './git-verb.ts'

const NONE = { text: '', connected: false }

/** Tools that git itself knows how to start. */
const KNOWN_TOOL =
  /^(?:(?:g|n)?vimdiff[123]?|meld|kdiff3|opendiff|kompare|tkdiff|xxdiff|bc[34]?|diffuse|diffmerge|p4merge|araxis|winmerge|smerge|emerge|ecmerge|vscode|deltawalker|codecompare|examdiff|guiffy)$/

/** Programs git starts at the other end, or hooks from elsewhere; also in shortened form (`--upload-pa`). */
export function judgeTransportOptions(call: Call, args: readonly string[]): void {
  for (const [index, arg] of args.entries()) {
    if (arg === '--') return
    const name = /^--([\w-]+)/.exec(arg)?.[1] ?? ''
    const runs =
      (name.length > 5 && ('upload-pack'.startsWith(name) || 'receive-pack'.startsWith(name))) ||
      (name.length > 4 && 'open-files-in-pager'.startsWith(name)) ||
      name === 'extcmd' ||
      /^(?:gpg-sign-program|template)$/.test(name) ||
      (name === 'tool' && !KNOWN_TOOL.test(arg.split('=')[1] ?? args[index + 1] ?? ''))
    const isExternal =
      /^ext::/.test(arg) ||
      (arg === '-u' && call.args.some(verb => /^(?:ls-remote|clone)$/.test(verb))) ||
      (/^-O\S*/.test(arg) && call.args.includes('grep'))
    if (!runs && !isExternal) continue
    if (
      name === 'template' &&
      call.shell.paths.classify(call.shell.path(arg.split('=')[1] ?? args[index + 1] ?? '', call.state)) ===
        'project'
    )
      continue
    call.shell.raise('command.runs-unknown-code', call.name, arg)
    call.shell.runText(
      (arg.includes('=')
        ? arg.slice(arg.indexOf('=') + 1)
        : arg.startsWith('ext::')
          ? arg.slice(5)
          : (args[index + 1] ?? '')
      ).replace(/%S/g, ''),
      NONE,
      call.state,
    )
  }
}

const runs =
  (skip: readonly string[]): Verb =>
  call => {
    const rest = call.args.filter(arg => !skip.includes(arg) && !arg.startsWith('-'))
    call.shell.runText(rest.join(' '), NONE, call.state)
  }

/** An option whose value git runs. */
function runsOption(call: Call, codes: readonly string[]): void {
  for (const code of codes) {
    call.shell.raise('command.runs-unknown-code', 'git', code)
    call.shell.runText(code, NONE, call.state)
  }
}

/** Verbs that run what their arguments say. */
export const codeVerbs: Readonly<Record<string, Verb>> = {
  bisect: call =>
    call.args[0] === 'run' ? call.shell.runArgv(call.args.slice(1), NONE, call.state) : undefined,
  submodule: call =>
    call.args[0] === 'foreach'
      ? runs(['foreach', '--recursive'])(call, readOptions([]))
      : call.args[0] === 'deinit' && call.args.includes('-f')
        ? discards(call, readOptions(call.args))
        : undefined,
  archive: call =>
    runsOption(call, optionValues(readOptions(call.args, { valued: 'o', valuedLong: ['exec'] }), 'exec')),
  difftool: call =>
    runsOption(
      call,
      optionValues(readOptions(call.args, { valued: 'xt', valuedLong: ['extcmd', 'tool'] }), 'x', 'extcmd'),
    ),
}
