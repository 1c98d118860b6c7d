import type { Call } from '../acts.ts'

/** A loop without an end that keeps what it makes. */
const HOARDS =
  /(?:while[ \t]{0,4}\(?[ \t]{0,4}(?:True|true|1)\b|for[ \t]{0,4}\([ \t]{0,4};[ \t]{0,4};[ \t]{0,4}\)|\bloop[ \t]{0,4}(?:do\b|\{))[^\n]{0,60}\n?[^\n]{0,60}(?:\.append|\.push|\bpush\b|\+=|\*=|\.=|\[\]\s?=|<<|\.concat|\.extend|malloc|\.alloc)/
const KEEPS = /\.append|\bpush\b|\.concat|\.extend|alloc|<<|\[\]\s?=/
const PAUSES = /\b(?:sleep|break|return|input|recv|accept|await|yield|readline|raise|exit|wait|last|die)\b/

const MANY = String.raw`(?:10\s{0,8}\*\*\s{0,8}(?:1[1-9]|[2-9]\d)|1e(?:1[1-9]|[2-9]\d)|2\s{0,8}\*\*\s{0,8}(?:3[7-9]|[4-9]\d)|1\s{0,8}<<\s{0,8}(?:3[7-9]|[4-9]\d)|\d{12,})`
/** A text or a list repeated, or room taken, beyond what any machine has. */
const TAKES = new RegExp(
  String.raw`["'\])]\s{0,8}(?:\*|\bx)\s{0,8}${MANY}|\b(?:bytearray|bytes|alloc\w*|malloc|calloc|repeat|ones|zeros|empty|Array|Buffer|str_repeat\([^,]{1,40},)\s{0,8}\(?\s{0,8}${MANY}|\blist\(\s{0,8}range\(\s{0,8}${MANY}`,
)

/** Raises code that asks for all the memory there is. */
export function judgeGreed({ shell, name }: Call, code: string): void {
  if (TAKES.test(code)) shell.raise('command.exhausts-machine', name)
  else if (HOARDS.test(code) && !PAUSES.test(code))
    shell.raise('command.exhausts-machine', name, null, KEEPS.test(code) ? 'deny' : 'ask')
}
