import type { Report } from '../../configuration/rule.ts'
import { readMakefile } from '../../configuration/shell/makefile.ts'
import type { Argument, SeenCall } from '../../configuration/shell/reading.ts'
import { readShell } from '../../configuration/shell/script.ts'
import { pathFrom, type Reading } from '../reading.ts'
import { addTrustedVariables, quoted } from './commands.ts'
import { readRun } from './run.ts'

const MAKEFILE = /(?:^|\/)(?:GNU)?[Mm]akefile(?:\.[\w-]+)?$|\.mk$/

/** What every shell sets, seen from where the audit runs. */
function known(file: string): [string, string][] {
  return [
    ['HOME', '~'],
    ['PWD', pathFrom(file, '.') || '.'],
  ]
}

/** Reads a shell text for the containers it starts, through variables, functions and wrappers. */
export function readScript(file: string, text: string, reading: Reading): void {
  const first = reading.specs.length
  const watch = (call: SeenCall) => void readCall(file, text, call, reading)
  const report: Report = ({ rule, start, end, message }) => {
    if (rule === 'configuration.could-not-be-read')
      reading.troubles.push({ place: { file, start, end }, why: message })
  }
  if (MAKEFILE.test(file)) readMakefile(text, report, watch)
  else readShell(text, report, 'machine', new Map(known(file)), watch)
  for (const spec of reading.specs.slice(first)) addTrustedVariables(spec)
}

function readCall(
  file: string,
  text: string,
  { name, program, args, isMade }: SeenCall,
  reading: Reading,
): void {
  const place = { file, start: program.start, end: Math.max(program.start, program.end) }
  const isPlain =
    !isMade && args.some(argument => /^(?:run|create)$/.test(text.slice(argument.start, argument.end)))
  const words = isMade
    ? args
    : args.map(argument => asWritten(argument, text.slice(argument.start, argument.end)))
  if (
    readRun({ file, program: name, place, args: words, isPlain }, reading) &&
    takesWords(text, program, args)
  )
    reading.troubles.push({
      place,
      why: 'words of the command come from whoever calls the script or its function',
    })
}

/** `"$@"` and its kin are no word at all as long as nobody knows them. */
function takesWords(text: string, program: Argument, args: readonly Argument[]): boolean {
  const end = text.indexOf('\n', Math.max(program.end, args.at(-1)?.end ?? 0))
  return /\$\{?[@*1-9]/.test(text.slice(program.start, end < 0 ? text.length : end))
}

/** What the shell's reader leaves open, but stands in the text all the same. */
function asWritten(argument: Argument, written: string): Argument {
  if (/\$\(\s*id\s+-u\s+(?:root|0)\s*\)/.test(written)) return { ...argument, text: '0' }
  if (/\$\(\s*pwd[^)]*\)|`\s*pwd[^`]*`/.test(written))
    return { ...argument, text: argument.text.replace(/[\uE000-\uE002]+/, '.') }
  // a bracket opens a pattern; where no file fits, and here none does, the word stays as it is
  const isGlob = /[\uE003-\uE005]/.test(argument.text) && !/[\uE000-\uE002]/.test(argument.text)
  return isGlob ? { ...argument, text: written } : argument
}

/** A command line that is given in words, as one would type it. */
export function lineOf(words: readonly string[]): string {
  return words.map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word))).join(' ')
}

/** Reads such a line; one that starts no container could not be judged. */
export function readLine(file: string, line: string, reading: Reading): void {
  readScript(file, line, reading)
  if (reading.specs.length > 0) return
  const why = 'this is no command that makes a container (docker run, docker create, podman run)'
  reading.troubles.push({ place: { file, start: 0, end: line.length }, why })
}
