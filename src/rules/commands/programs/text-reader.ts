import { coversCredentials } from '../../paths/classify.ts'
import { isPattern, marksOf, patternOfGlob, SECRET, UNKNOWN } from '../../paths/pattern.ts'
import type { Call, Program } from '../acts.ts'
import {
  hasOption,
  type OptionShape,
  optionValues,
  type ReadOptions,
  readOptions,
} from '../dispatch/options.ts'
import { isListing } from '../shell/listings.ts'

const NONE = { text: '', connected: false }

/** What the arguments of a program that prints texts mean, and what it makes of what it reads. */
export interface Reader extends OptionShape {
  /** Operands before the files: a pattern or a script. */
  readonly skip?: number
  readonly recursive?: readonly string[]
  /** Options whose value is written to. */
  readonly writes?: readonly string[]
  /** Options whose value is a program. */
  readonly runs?: readonly string[]
  /** Options whose value is a file that is read. */
  readonly reads?: readonly string[]
  /** An option that stands for the skipped operand. */
  readonly instead?: readonly string[]
  readonly fold?: (text: string, call: Call) => string | undefined
  /** Prints some of the lines it reads, and nothing else. */
  readonly keepsLines?: (call: Call) => boolean
}

/** A program that prints what it makes of the files it is given, or of its standard input. */
export const reader =
  (shape: Reader): Program =>
  call => {
    const { shell, name, state, stdin } = call
    const read = readOptions(call.args, shape)
    const skips = hasOption(read, ...(shape.instead ?? [])) ? 0 : (shape.skip ?? 0)
    const recursive = shape.recursive !== undefined && hasOption(read, ...shape.recursive)
    for (const file of valuesOf(read, shape, shape.writes)) shell.write(file, name, state)
    for (const file of optionValues(read, ...(shape.reads ?? []))) shell.read(file, name, state)
    if (name.endsWith('grep') || name === 'rg')
      for (const glob of optionValues(read, 'include', 'glob', 'g'))
        if (!glob.startsWith('!')) shell.read(patternOfGlob(glob.replace(/^\*\*\//, '')), name, state)
    for (const code of valuesOf(read, shape, shape.runs)) {
      if (PAGERS.test(code)) continue
      shell.raise('command.runs-unknown-code', name, code)
      shell.runText(code, NONE, state)
    }
    let text = ''
    let taint = ''
    const files = read.operands.slice(skips)
    for (const file of files) {
      if (file === '-') {
        text += stdin.text
        continue
      }
      const target = shell.path(file, state)
      const content = shell.read(file, name, state)
      if (recursive) shell.act({ kind: 'read', program: name, target, recursive: true })
      if (skips > 0 && hunts(call, read.operands[0] ?? '', target, recursive))
        shell.raise('command.reads-credential', name, target)
      if (shell.paths.classify(target) === 'credential') taint = SECRET
      text += content
    }
    if (files.length === 0) text = recursive ? UNKNOWN : stdin.text
    if (shape.keepsLines?.(call) && taint === '' && text !== '' && isListing(text)) return text
    const folded = isPattern(text) ? undefined : shape.fold?.(text, call)
    if (name.endsWith('grep') && asksForNoSecret(read.operands[0], call.args))
      text = text.replaceAll(SECRET, '')
    return folded ?? UNKNOWN + taint + marksOf(text).replace(UNKNOWN, '')
  }

/** Programs that only show what they are given. */
const PAGERS = /^(?:cat|less|more|most|bat)(?: -[A-Za-z]+)*$/

/** Values of options, also where a name was shortened: `--comp=sh`. */
function valuesOf(read: ReadOptions, shape: Reader, names: readonly string[] = []): string[] {
  const shortened = [...read.options.keys()].filter(
    given =>
      given.length > 2 &&
      !names.includes(given) &&
      !shape.valuedLong?.includes(given) &&
      names.some(name => name.startsWith(given)),
  )
  return optionValues(read, ...names, ...shortened)
}

/** A search for secrets: in what was typed, or for keys in a whole home. */
function hunts({ shell }: Call, pattern: string, target: string, recursive: boolean): boolean {
  const looksForKeys = KEY_MATERIAL.test(pattern)
  if (recursive && looksForKeys && coversCredentials(target, shell.paths.workplace.home)) return true
  const isHistory = shell.paths.classify(target) === 'record' && /history$/.test(target)
  return isHistory && (looksForKeys || NAMES_OF_SECRETS.test(pattern))
}

/** What secrets look like. */
const KEY_MATERIAL =
  /BEGIN[\w .*\\+-]*(?:OPENSSH|PRIVATE|RSA|DSA|EC\b|PGP)|PRIVATE KEY|AKIA|gh[pousr]_|xox[abp]-|sk-ant|_authToken/i

/** What people call them. */
const NAMES_OF_SECRETS = /passw|passphrase|secret|token|credential|api[_.-]?key/i

/** `env | grep NODE` shows what it names and no secret beside it. */
function asksForNoSecret(pattern: string | undefined, args: readonly string[]): boolean {
  if (
    pattern === undefined ||
    args.some(arg => /^-\w*[vefABC]|^--(?:invert|file|context|after|before)/.test(arg))
  )
    return false
  return NAMES_VARIABLES.test(pattern) && !/key|token|secret|pass|cred|auth|api|pwd/i.test(pattern)
}

const NAMES_VARIABLES = /^(?:[\w^=-]{3,}|\^?\(\w{2,}(?:\|\w{2,})*\)=)$/

/** Prints what is not known from what it reads. */
export const plain = reader({})

/** Prints what it reads, as it stands. */
export const same = reader({ fold: text => text })
