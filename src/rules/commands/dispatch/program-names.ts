import { baseName } from '../../paths/posix.ts'
import { shells, wrappers } from './wrappers.ts'

/** Programs that destroy, fetch or run: a name that matches one of them by a glob counts as it. */
export const GLOB_TARGETS = [
  'rm',
  'cat',
  'sh',
  'bash',
  'dd',
  'curl',
  'wget',
  'nc',
  'chmod',
  'mkfs',
  'shred',
  'find',
  'python3',
  'perl',
  'base64',
  'tac',
  'head',
  'tail',
  'less',
  'sudo',
  'kill',
  'mv',
  'cp',
]

/** `/usr/bin/rm` is rm; `python3.12` is python. */
export function canonicalName(name: string): string {
  if (/(?:^|\/)ld-(?:linux|musl)[\w.-]*$|(?:^|\/)ld\.so(?:\.\d+)?$/.test(name)) return 'ld.so'
  const base = baseName(name).replace(/\.exe$/i, '')
  const versioned = /^(python|pip|perl|ruby|node|nodejs|php|lua|tclsh|gcc|clang|pwsh|bash)-?[\d.]+$/.exec(
    base,
  )
  return versioned ? versioned[1]! : base
}

/** A shell, a wrapper, or a program that destroys, fetches or runs. */
export function isRunnable(name: string): boolean {
  return shells.test(name) || Object.hasOwn(wrappers, name) || isDestroyer(name)
}

/** A program that destroys, fetches or runs others, so that its name among the arguments is worth a look. */
export function isDestroyer(name: string): boolean {
  return (
    shells.test(name) ||
    /^(?:rm|dd|shred|mkfs(?:\..*)?|wipefs|sudo|doas|su|env|xargs|eval|exec|curl|wget|nc|ncat|socat|chmod|chown|python|perl|ruby|node|find|kill|pkill|busybox|nohup|timeout|crontab|systemctl|ssh|scp)$/.test(
      name,
    )
  )
}
