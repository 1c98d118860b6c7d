import { charset, skip } from './charsets.ts'
import { holdFrom, type Scan, type Trigger } from './scan.ts'

const KIND_LONGEST = 48

const SHAPE = /<masked:[a-z0-9_-]{1,48}:[0-9a-f]{8}>/g

/** Every placeholder in a text, each once. */
export function placeholdersIn(text: string): readonly string[] {
  return text.includes('<masked:') ? [...new Set(text.match(SHAPE))] : []
}

/** The kind a placeholder names. */
export function kindOfPlaceholder(placeholder: string): string {
  return placeholder.split(':')[1] ?? ''
}

/**
 * Recognises placeholders made before, so that masking twice changes nothing.
 * Only a kind of ours and eight hexadecimal digits count: nobody can hide a secret in something that looks like one.
 */
export function placeholderTrigger(kinds: ReadonlySet<string>): Trigger {
  return {
    literal: '<masked:',
    exact: true,
    inspect: (scan: Scan, start: number, end: number) => {
      const { text, final } = scan
      const kindEnd = skip(text, end, charset.L | charset.S, end + KIND_LONGEST)
      const digitsEnd = skip(text, kindEnd + 1, charset.H, kindEnd + 9)
      if (!final && (kindEnd >= text.length || digitsEnd >= text.length)) {
        holdFrom(scan, start)
        return
      }
      if (text[kindEnd] !== ':' || digitsEnd !== kindEnd + 9 || text[digitsEnd] !== '>') return
      if (kinds.has(text.slice(end, kindEnd))) scan.shields.push({ start, end: digitsEnd + 1 })
    },
  }
}
