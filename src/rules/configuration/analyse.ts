import { gather } from './catalogue.ts'
import { readersFor, YAML } from './file-kinds.ts'
import type { CodeFinding } from './rule.ts'

export type { CodeFinding } from './rule.ts'

/** Input may hold the characters that stand for unknown text in ours. */
const OUR_MARKS = /[\uE000-\uE00F]+/g

/** Whether somebody here knows how to read the file, told by its path and its beginning. */
export function isOfKnownKind(path: string, beginning: string): boolean {
  return YAML.test(path) || readersFor(path, beginning).length > 0
}

/**
 * What is wrong with a script, workflow, container file, settings or source text, in the order of the file. Nothing is
 * run or resolved. Never throws: what could not be read is a finding of its own. A file of a kind nobody knows has none.
 */
export function analyse(path: string, text: string): readonly CodeFinding[] {
  const readers = readersFor(path, text)
  if (readers.length === 0) return []
  const { report, findings } = gather()
  const plain = text.replace(OUR_MARKS, marks => '?'.repeat(marks.length))
  for (const read of readers)
    try {
      read(plain, report)
    } catch (error) {
      // nesting ends the stack of a parser; anything else is our own fault, and neither is clean
      const why = error instanceof RangeError ? 'it is nested too deep' : 'the reader failed on it'
      report({
        rule: 'configuration.could-not-be-read',
        start: 0,
        end: Math.min(1, text.length),
        message: why,
      })
    }
  return findings()
}
