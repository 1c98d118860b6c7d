import { isUnknown } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'

/** Programs for which a word is text: they search, print, store or edit it, and run nothing of it. */
const TEXT_PROGRAMS =
  /^(?:echo|printf|grep|egrep|fgrep|rg|ag|ack|git|gh|cat|bat|less|more|head|tail|sed|awk|gawk|jq|yq|find|fd|ls|stat|touch|mkdir|cp|mv|rm|diff|wc|sort|tee|cd|test|\[|tr|cut|man|export|read|true|:)$/

const OWN_PROGRAM = /portcullis(?!\.\w+$)|(?:^|[\\/])cli[\\/]main\.[cm]?[jt]s$|portcullis\.[cm]?js$/i

/** The program and its verb in one text: what a terminal, an expect script or another machine is told to type. */
const TYPED =
  /(?:portcullis|cli[\\/]main\.[cm]?[jt]s)\S*['"]?[\s,]+.*(?:break-glass|scripts\b['"\s,]+.*\bpin\b)|v1\/break-glass/is

/**
 * Raises what asks to break the glass, to pin hook scripts, or talks to the decision service, through whatever program: only
 * a person may.
 */
export function judgeGuardTalk(call: Call): void {
  const { name, args, shell } = call
  if (TEXT_PROGRAMS.test(name)) return
  const words = [name, ...args]
  const isAsked =
    args.includes('break-glass') &&
    words.some(word => OWN_PROGRAM.test(word) || /^--(?:minutes|reason)(?:=|$)/.test(word))
  const isPinned =
    args.includes('scripts') && args.includes('pin') && words.some(word => OWN_PROGRAM.test(word))
  if (isPinned) shell.raise('command.disables-guard', name, 'scripts pin')
  const typed = args.find(word => TYPED.test(word))
  if (isAsked || typed !== undefined) shell.raise('command.disables-guard', name, 'break-glass')
  for (const word of args) judgeSocket(call, word)
}

/** `--unix-socket=x`, `UNIX-CONNECT:x`, `unix://x`, `x` alone: a socket of ours, by its place or its name. */
function judgeSocket({ name, shell, state }: Call, word: string): void {
  if (!/\.sock|portcullis/i.test(word) || word.length > 4_096) return
  const path = word
    .replace(/^-[^=]*=/, '')
    .replace(/^(?:unix(?:-connect|-client|-sendto)?|gopen|abstract-connect)(?::\/\/|:)/i, '')
    .replace(/,.*$/s, '')
  if (/\s/.test(path) || isUnknown(path[0] ?? '')) return
  const target = shell.path(path, state)
  if (/(?:^|\/)portcullis\.sock$/.test(path)) shell.raise('command.touches-portcullis', name, target)
  else if (path.endsWith('.sock') && shell.paths.classify(target) === 'own')
    shell.act({ kind: 'connect', program: name, target, rule: 'command.touches-portcullis' })
}
