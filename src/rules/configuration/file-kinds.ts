import { baseName } from '../paths/posix.ts'
import type { Report } from './rule.ts'
import { readShell } from './shell/script.ts'

type Reader = (text: string, report: Report) => void

const readScript: Reader = (text, report) => readShell(text, report, 'machine')

/** The readers that know a file, told by its path, its first line and, for YAML, a few words of it. */
export function readersFor(path: string, text: string): readonly Reader[] {
  const name = baseName(path)
  if (/\.(?:sh|bash|zsh|ksh|dash)$/.test(name)) return [readScript]
  if (/^#!.*\b(?:ba|da|z|k)?sh\b/.test(text.slice(0, 80))) return [readScript]
  return []
}
