import type { ProgramCall } from './call.ts'
import type { Argument } from './reading.ts'

/** Programs that set modes, and the option that takes one; `operand` when it is the first operand. */
const SETTERS: Readonly<Record<string, string>> = {
  chmod: 'operand',
  install: '-m',
  mkdir: '-m',
  mkfifo: '-m',
  mknod: '-m',
  umask: 'mask',
}

/** Looks for modes that let everybody on the machine write. */
export function judgeModes(call: ProgramCall): void {
  const { name, texts, args } = call
  if (name === 'setfacl' && texts.some(text => /(?:^|,)(?:d(?:efault)?:)?o(?:ther)?::?\w*w/.test(text)))
    tell(call, args[0]!, 'lets everybody write')
  if (name === 'rsync')
    for (const arg of args) if (/^--chmod=/.test(arg.text)) judgeMode(call, arg, arg.text.slice(8))
  const how = Object.hasOwn(SETTERS, name) ? SETTERS[name] : undefined
  if (how === undefined) return
  if (how === 'mask') judgeMask(call)
  if (how === 'operand') {
    const mode = args.find(({ text }) => !/^-(?:[Rvcf]+$|-)/.test(text))
    if (mode) judgeMode(call, mode, mode.text)
    return
  }
  for (const [at, { text }] of args.entries()) {
    const [, attached = ''] = /^(?:-\w*m|--mode=)(.*)$/.exec(text) ?? []
    const mode = attached !== '' ? args[at]! : /^(?:-\w*m|--mode)$/.test(text) ? args[at + 1] : undefined
    if (mode) judgeMode(call, mode, attached || mode.text)
  }
}

function judgeMask(call: ProgramCall): void {
  const words = call.args.find(({ text }) => /(?:^|,)[ug]*[oa][ugoa]*=\w*w/.test(text))
  if (words) tell(call, words, 'the mask leaves new files writable by everybody')
  const mask = call.args.find(({ text }) => /^0*[0-7]{1,3}$/.test(text))
  if (!mask || (Number.parseInt(mask.text, 8) & 2) !== 0) return
  call.report({
    rule: 'configuration.makes-world-writable',
    start: call.start,
    end: mask.end,
    message: 'the mask leaves new files writable by everybody',
    fix: fixOf(mask, '022'),
  })
}

function judgeMode(call: ProgramCall, arg: Argument, mode: string): void {
  if (/^[0-7]{3,5}$/.test(mode)) {
    const bits = Number.parseInt(mode, 8)
    // the sticky bit keeps others from deleting: right for a shared temporary folder
    if ((bits & 0o002) === 0 || (bits & 0o1000) !== 0) return
    tell(call, arg, 'lets everybody on the machine write', fixOf(arg, safer(arg.text, mode)))
  } else if (/(?:^|,)(?:[ug]*[oa][ugoa]*)[+=]\w*w/.test(mode) && !/t/.test(mode))
    tell(call, arg, 'lets everybody on the machine write')
}

/** The same mode without the right of others to write: 777 becomes 775. */
function safer(text: string, mode: string): string {
  const last = String(Number(mode.at(-1)) & 5)
  return text.slice(0, -1) + last
}

function fixOf({ start, end, text }: Argument, replacement: string) {
  return end - start === text.length ? { start, end, replacement } : undefined
}

function tell(call: ProgramCall, arg: Argument, message: string, fix?: ReturnType<typeof fixOf>): void {
  const isAlone = call.reading.surroundings === 'job'
  call.report({
    rule: 'configuration.makes-world-writable',
    start: call.start,
    end: Math.max(arg.end, call.end),
    message,
    fix,
    ...(isAlone && { severity: 'note' as const }),
  })
}
