import { UNKNOWN } from '../../paths/pattern.ts'
import type { ProgramCall } from './call.ts'
import { pathOf } from './code-runs.ts'
import { printsDownload } from './downloads.ts'
import { allMarksOf, FRESH, REMOTE_TEXT } from './marks.ts'

/** Programs that compare content with a checksum or a signature. */
const CHECKS =
  /^(?:(?:sha\d*|md5|b2|b3|ck)sums?|shasum|gpgv?2?|sha256|cosign|minisign|signify|rhash|slsa-verifier|openssl|codesign|spctl|tuf)$/
const CHECKING_VERB: Readonly<Record<string, RegExp>> = {
  gpg: /^--verify|^--decrypt/,
  gpg2: /^--verify/,
  openssl: /^(?:dgst|sha\d+|cms|pkeyutl|md5)$/,
  gh: /^attestation$/,
  sq: /^verify$/,
}

/** Programs whose output has nothing of what they read. */
const SILENT =
  /^(?:mkdir|chmod|chown|rm|mv|cp|touch|ln|test|\[|cd|export|set|true|false|exit|return|shift|local|read|wait|sleep|trap)$/

/** Programs that print what they read as numbers or names, which are no code. */
const MEASURES = /^(?:wc|(?:sha\d*|md5|b2|ck)sum|shasum|file|stat|du|cmp|diff)$/

/** What a program prints: text where it is known, marks of where it comes from where it is not. */
export function outputOf(call: ProgramCall): string {
  const { name, texts, stdin, reading } = call
  if (isCheck(name, texts)) reading.checks.push(call.start)
  if (SILENT.test(name)) return moveFiles(call)
  if (MEASURES.test(name)) return UNKNOWN
  if (printsDownload(call)) return REMOTE_TEXT
  switch (name) {
    case '':
      return stdin
    case 'mktemp':
    case 'tempfile':
      return texts.some(text => /^-\w*u|^--dry-run/.test(text)) ? UNKNOWN : UNKNOWN + FRESH
    case 'echo':
    case 'printf':
      return printed(texts.filter(text => !/^-[neE]+$/.test(text)))
    case 'which':
    case 'basename':
      return texts.findLast(text => !text.startsWith('-')) ?? name
    // anybody can know what these print
    case 'date':
    case 'whoami':
    case 'hostname':
    case 'id':
    case 'uname':
      return name
    case 'cat':
      if (texts.length === 0) return stdin
      return contentOfAll(call)
    case 'tee':
      for (const file of texts) if (!file.startsWith('-')) noteCopy(call, stdin, file)
      return stdin
    default:
      if (reading.functions.has(name)) return reading.functions.get(name)!.prints
      return contentOfAll(call)
  }
}

/** What comes out of a program may be of anything it is given. */
function contentOfAll(call: ProgramCall): string {
  const { stdin, texts } = call
  return UNKNOWN + allMarksOf([stdin, ...texts, ...texts.map(text => contentMarks(call, text))].join(''))
}

function isCheck(name: string, texts: readonly string[]): boolean {
  const verb = Object.hasOwn(CHECKING_VERB, name) ? CHECKING_VERB[name] : undefined
  return verb ? texts.some(text => verb.test(text)) : CHECKS.test(name)
}

function printed(texts: readonly string[]): string {
  const text = texts.join(' ')
  return text.length > 4_096 ? UNKNOWN + allMarksOf(text) : text
}

function contentMarks({ reading }: ProgramCall, path: string): string {
  return reading.fetched.has(pathOf(path)) ? REMOTE_TEXT : ''
}

function noteCopy({ reading, start, end }: ProgramCall, content: string, file: string): void {
  if (content.includes(REMOTE_TEXT)) reading.fetched.set(pathOf(file), { start, end, isHttp: false })
}

/** A file that is moved or copied stays the file that was fetched; `read` takes its variables from what comes in. */
function moveFiles({ name, texts, reading, stdin }: ProgramCall): string {
  const operands = texts.filter(text => !text.startsWith('-'))
  if (name === 'read')
    for (const variable of operands) reading.state.variables.set(variable, [[stdin || UNKNOWN]])
  if (!/^(?:mv|cp)$/.test(name) || operands.length !== 2) return ''
  const fetched = reading.fetched.get(pathOf(operands[0]!))
  if (fetched) reading.fetched.set(pathOf(operands[1]!), fetched)
  return ''
}
