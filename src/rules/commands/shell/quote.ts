import { QUESTION, STAR } from '../../paths/pattern.ts'

/** Text that the shell reads back as this one word; globs stay globs. */
export function quote(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`.replaceAll(STAR, `'*'`).replaceAll(QUESTION, `'?'`)
}
