import { isUnknown } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import { undoEscapes } from '../shell/decode.ts'
import { fork } from '../shell/state.ts'

const NONE = { text: '', connected: false }
const LONGEST = 4_096
const MOST_PATHS = 12
const MOST_COMMANDS = 20

/** What is written for people names files and commands without touching them. */
const FOR_PEOPLE =
  /^(?:-m|--(?:message|body|title|subject|text|desc(?:ription)?|notes?|comment|prompt|summary|label|name))$/

const PATH = /(?:^|[\s'"`=:@,;({[<>|])((?:~|\/[\w.-])[\w./~+-]{2,200})/g
const HOME = /\$(?:env\(HOME\)|ENV\{['"]?HOME['"]?\}|\{HOME\}|HOME\b)/g

/** Files a text of whatever language names: a delicate one counts as read. */
export function readNamed(call: Call, text: string): void {
  if (text.length > LONGEST || !/[/~]|:\\/.test(text)) return
  const { shell, state, name } = call
  const spelled = text.replace(HOME, shell.paths.workplace.home)
  // Emulators know the same disk by another spelling.
  const plain = /[a-z]:\\/i.test(spelled) ? spelled.replace(/[a-z]:\\|\\/gi, '/') : spelled
  let looked = 0
  for (const [, path = ''] of plain.matchAll(PATH)) {
    if (++looked > MOST_PATHS) return
    const target = shell.path(path, state)
    const kind = shell.paths.classify(target)
    if (kind === 'credential' || kind === 'own' || kind === 'protected')
      shell.act({ kind: 'read', program: name, target })
  }
}

/** Names at whose beginning a text is a command and no prose. */
const COMMAND =
  /^\s*(?:\/[\w/.-]*\/)?(?:rm|dd|shred|mkfs[\w.]*|wipefs|truncate|chmod|chown|mv|cp|tee|cat|curl|wget|nc|ncat|socat|(?:ba|da|z|k|a|c|fi)?sh|sudo|doas|su|env|xargs|eval|exec|find|kill|pkill|busybox|nohup|crontab|systemctl|ssh|scp|base64|perl|ruby|python\d?|node)(?:\s|$)/

/** `!rm`, `:r !rm`, `shell rm`: how the prompts of programs start a shell. */
const BANG = /^[\w%,$.:~\\ \t]{0,24}!+[ \t]*(\S.{0,2000})$/gm
const WORD =
  /^[ \t:.@\\]{0,8}(?:platform[ \t]+)?(?:shell|system|terminal|exec|spawn|sh)[ \t]+(\S.{0,2000})$/gm
/** `system("rm …")`, `(run-program "/bin/rm" …)`, `esyscmd(`rm …')`. */
const CALL =
  /(?<![\w-])(?:e?sys(?:tem|cmd)|exec\w*|popen\w*|spawn\w*|shell[\w-]*|run-program|run|sh|cmd|command)[*!]?[\s([{,]{1,4}(?=["'`])/gi
const LITERAL =
  /[\s,()[\]]{0,6}(?:list\s+)?(?:"((?:[^"\\]|\\.){0,1000})"|'((?:[^'\\]|\\.){0,1000})'|`([^`']{0,1000})['`])/y
/** PostScript pipes, RPM macros, Forth's word after its text. */
const OTHERS = [
  /%`([^`]{1,1000})`/g,
  /^\s*[.\\]\w+\s+\|\s*(\S.{0,1000})$/gm,
  /\(%pipe%([^)]{1,1000})\)/g,
  /%\(([^()]{1,1000})\)/g,
  /\bs"\s([^"]{1,1000})"\s+system\b/g,
]
const BY_COMMAS = /(?:^|=)((?:\/\w+){0,4}\/?(?:ba|da|z)?sh),(-\w+),(.{1,1000})$/

/** The texts that a text of whatever language or prompt hands to a shell. */
export function shellTextsOf(text: string): readonly (readonly string[])[] {
  if (text.length > LONGEST) return []
  const found: string[][] = []
  for (const pattern of [BANG, WORD, ...OTHERS])
    for (const [, code = ''] of text.matchAll(pattern)) found.push([code])
  for (const { index, 0: head } of text.matchAll(CALL)) found.push(literalsFrom(text, index + head.length))
  const byCommas = BY_COMMAS.exec(text)
  if (byCommas) found.push(byCommas.slice(1))
  return found.filter(argv => argv.length > 0).slice(0, MOST_COMMANDS)
}

function literalsFrom(text: string, start: number): string[] {
  const literals: string[] = []
  LITERAL.lastIndex = start
  while (literals.length < 12) {
    const match = LITERAL.exec(text)
    if (!match) break
    literals.push(undoEscapes(match[1] ?? match[2] ?? match[3] ?? ''))
  }
  return literals
}

/** A shell with nothing to run: a prompt for whoever asked. */
export const BARE_SHELL = /^\s*(?:exec\s+)?(?:\/\w+){0,4}\/?(?:ba|da|z|k)?sh(?:\s+-[ip]+)?\s*;?\s*$/

/** Runs what a text of unknown meaning would hand to a shell; only effects speak, so that prose stays prose. */
function runNamed(call: Call, text: string): void {
  const pieces = COMMAND.test(text) && /\s\S/.test(text.trim()) ? [[text]] : []
  for (const argv of [...pieces, ...shellTextsOf(text)]) {
    if (!COMMAND.test(`${argv[0]!} `)) continue
    if (argv.length === 1 && BARE_SHELL.test(argv[0]!))
      call.shell.raise('command.runs-program-in-disguise', call.name, argv[0]!)
    if (argv.length > 1) call.shell.runArgv(argv, NONE, fork(call.state))
    else call.shell.runText(argv[0]!, NONE, fork(call.state))
  }
}

/** A program that is given an address and a delicate place is likely to put the one into the other. */
function judgeFetched({ args, shell, state, name }: Call): void {
  if (!args.some(arg => /^(?:https?|ftp):\/\//.test(arg))) return
  for (const arg of args) {
    if (!/^[/~]/.test(arg)) continue
    const target = shell.path(arg, state)
    if (/^(?:own|protected|agent-settings|persistence|shell-profile)$/.test(shell.paths.classify(target)))
      shell.act({ kind: 'write', program: name, target })
  }
}

/** A program nobody knows: its arguments and its input may be texts that name files and commands. */
export function judgeTexts(call: Call): void {
  for (const [at, arg] of call.args.entries()) {
    if (!/[\s'"(=@;:,{|\\]/.test(arg) || isUnknown(arg) || FOR_PEOPLE.test(call.args[at - 1] ?? '')) continue
    if (FOR_PEOPLE.test(arg.split('=')[0]!)) continue
    const value = /^-{0,2}[\w.-]+=(.*)$/s.exec(arg)?.[1] ?? arg
    readNamed(call, value)
    runNamed(call, value)
  }
  judgeFetched(call)
  if (call.stdin.connected && !isUnknown(call.stdin.text)) runNamed(call, call.stdin.text)
}
