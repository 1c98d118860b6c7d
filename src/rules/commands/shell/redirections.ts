import type { Redirection } from 'unbash'
import { bounded, isUnknown, REMOTE } from '../../paths/pattern.ts'
import { normalise } from '../../paths/posix.ts'
import type { Shell, Stdin } from '../acts.ts'
import type { ShellState } from './state.ts'
import { expandHereDoc, expandText, type WordScope } from './words.ts'

/** Where the input of a command comes from and its output goes. */
export interface Flow {
  readonly stdin: Stdin
  /** Hands the output to where it goes; returns what is left for the pipeline. */
  deliver(out: string): string
}

/** Works out the redirections of a command; files it reads or writes are judged on the way. */
export function redirect(
  shell: Shell,
  redirects: readonly Redirection[],
  stdin: Stdin,
  state: ShellState,
  scope: WordScope,
  program: string,
): Flow {
  let input = stdin
  const outputs: { path: string; append: boolean }[] = []
  for (const item of redirects) {
    if (item.type === 'HereDoc') input = { text: expandHereDoc(item, scope), connected: true }
    else if (item.type === 'HereString')
      input = { text: `${item.target ? (expandText(item.target, scope)[0] ?? '') : ''}\n`, connected: true }
    else if (item.target)
      for (const target of expandText(item.target, scope)) {
        if (/^[<>]&$/.test(item.operator) && /^(?:\d+-?|-)$/.test(target)) continue
        if (judgeNetworkFile(shell, target, program, item.operator)) {
          input = { text: REMOTE, connected: true }
          continue
        }
        if (item.operator === '<' || item.operator === '<&' || item.operator === '<>')
          input = {
            text: shell.read(target, program, state),
            connected: true,
            path: shell.path(target, state),
          }
        if (item.operator !== '<' && item.operator !== '<&') {
          if (!(target === '/dev/null' || /^\/dev\/(?:stdout|stderr|tty|fd\/\d+)$/.test(target)))
            shell.unaffirm()
          const isError = item.descriptor?.type === 'FileDescriptor' && item.descriptor.value >= 2
          outputs.push({ path: target, append: item.operator.endsWith('>>') })
          if (isError) shell.write(target, program, state)
        }
      }
  }
  return {
    stdin: input,
    deliver(out) {
      for (const { path, append } of outputs) deliverTo(shell, path, append, out, program, state)
      return outputs.length > 0 ? '' : out
    },
  }
}

function deliverTo(
  shell: Shell,
  path: string,
  append: boolean,
  out: string,
  program: string,
  state: ShellState,
): void {
  const target = shell.path(path, state)
  if (append && shell.paths.classify(target) === 'shell-profile' && isPlainProfileText(out)) {
    shell.act({ kind: 'write', program, target, severity: 'ask' })
    state.files.set(target, bounded((state.files.get(target) ?? '') + out))
    return
  }
  if (!append) judgeEmptied(shell, target, program)
  const before = append ? (shell.contentOf(target, state) ?? '') : ''
  shell.write(path, program, state, bounded(before + out))
}

/** A folder in the place of a file stands for each file below it, as does a name of which nothing is known. */
function judgeEmptied(shell: Shell, target: string, program: string): void {
  const folder = target.replace(/\/[\uE003-\uE005]+$/, '') || '/'
  if (isUnknown(folder) || folder.startsWith('/dev') || folder === shell.paths.workplace.project) return
  if (shell.paths.catastrophe(folder) !== undefined)
    shell.act({ kind: 'delete', program, target: folder, recursive: true })
}

const PLAIN_PROFILE_LINE =
  /^\s*(?:#.*|alias (?!(?:sudo|su|doas|ssh|git|ls|cd|cat)=)[\w.-]+=(?:\w+|'[\w ./~:=@+-]*'|"[\w ./~:=@+-]*")|export (?:EDITOR|VISUAL|PAGER|LANG|LC_\w+|TZ|TERM|[A-Z]\w*_HOME|GOPATH)=["']?[\w./$~-]*["']?|)$/
const FETCHES_OR_RUNS =
  /\b(?:curl|wget|nc|ncat|socat|sh|bash|zsh|eval|exec|source|sudo|rm|dd|python\d?|perl|ruby|node|base64|ssh|scp|crontab)\b|\/tmp\//

/** Names for commands and everyday settings: a person may want them, and no other code is fetched or run by them. */
function isPlainProfileText(text: string): boolean {
  return (
    text.trim() !== '' &&
    text
      .split('\n')
      .every(line => PLAIN_PROFILE_LINE.test(line) && (line.startsWith('#') || !FETCHES_OR_RUNS.test(line)))
  )
}

/** bash opens `/dev/tcp/host/port` as a connection. */
function judgeNetworkFile(shell: Shell, target: string, program: string, operator: string): boolean {
  const match = /^\/dev\/(?:tcp|udp)\/([^/]*)/.exec(normalise(target))
  if (!match) return false
  const host = match[1]!
  shell.act({ kind: 'connect', program, target: host })
  if (/^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host) && !/sh$/.test(program)) return true
  const isShell = /(?:^|\/)(?:(?:ba|da|z|k|a)?sh|exec|shell)$/.test(program)
  if (isShell || operator === '<>' || operator === '>&' || operator === '&>')
    shell.raise('command.opens-reverse-shell', program, host)
  else shell.raise('command.sends-unknown-data', program, host)
  return true
}
