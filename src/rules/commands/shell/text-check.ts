/**
 * Characters that make a reader see another command than the shell runs: controls, blanks that are none, direction
 * changes, zero-width and filler characters, variation selectors, lone surrogates and the private use area (ours).
 */
const RANGES: readonly (readonly [number, number])[] = [
  [0x00, 0x00],
  [0x0b, 0x0d],
  [0x85, 0x85],
  [0xa0, 0xa0],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x1680, 0x1680],
  [0x17b4, 0x17b5],
  [0x180e, 0x180e],
  [0x2000, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x206f],
  [0x3000, 0x3000],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xe000, 0xf8ff],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xffff],
  [0xe0000, 0xe007f],
]

/** zsh reads these where bash reads something else: `=cmd`, `>!`, expansion flags, glob qualifiers that run code. */
const ZSH_ONLY =
  /(?:^|[\s;|&(])=[A-Za-z][\w-]*(?=\s|$)|>>[!|]|>!|>&[!|]|\$\{\([^)]*\)|\(e[:+'"{[]|\bzmodload\b|\(#q/

/** Each may reach to the end of the text. */
const MOST_DOCUMENTS = 20
/** A here-document that every shell takes as it stands, opened on a line without quotes or comments before it. */
const QUOTED_DOCUMENT =
  /^([^\n#'"`\\]{0,200})<<-?[ \t]*(['"])(\w+)\2[ \t]*(?:[|>][^\n#'"`]*)?\n(?:[^\n]*\n)*?\t*\3$/gm

function isHidden(code: number): boolean {
  return RANGES.some(([from, to]) => code >= from && code <= to)
}

export function holdsHiddenCharacters(text: string): boolean {
  if (/^[\t\n\x20-\x7e]*$/.test(text)) return false
  for (const character of text) if (isHidden(character.codePointAt(0)!)) return true
  return false
}

export function isOnlyForZsh(text: string): boolean {
  return ZSH_ONLY.test(
    text.includes('<<') && text.split('<<').length <= MOST_DOCUMENTS
      ? text.replace(QUOTED_DOCUMENT, '$1')
      : text,
  )
}

/** zsh writes through `>!`, `>>|` and `>&!` as bash does through `>` and `>>`: what it would do there still counts. */
export function withoutZshRedirections(text: string): string {
  return text.replace(/(>>?&?)[!|](?=\s*[~/\w.$"'])/g, (whole, operator: string) =>
    whole === '>|' ? whole : `${operator.replace('&', ' ')} `,
  )
}

/** The command as if the trick were not there, so that deny rules still apply to it. */
export function withoutHiddenCharacters(text: string): string {
  if (/^[\t\n\x20-\x7e]*$/.test(text)) return text
  let plain = ''
  for (const character of text) {
    const code = character.codePointAt(0)!
    if (!isHidden(code)) plain += character
    else if (code === 0x0d || code === 0x2028 || code === 0x2029) plain += '\n'
    else if (/\s|\u0085/.test(character) && code !== 0xfeff) plain += ' '
  }
  return plain
}
