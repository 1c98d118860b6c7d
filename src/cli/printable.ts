/**
 * Text from a record or a request, made safe to print: control, direction and invisible characters become visible
 * escapes, so that a command line cannot repaint the terminal it is shown on.
 */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/gu,
    character => {
      if (character === '\n') return '⏎'
      return `\\u{${character.codePointAt(0)!.toString(16)}}`
    },
  )
}
