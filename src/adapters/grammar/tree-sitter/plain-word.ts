/** What a word means once quotes are removed; null for one that holds more than text. */
export function plainWord(raw: string): string | null {
  let text = ''
  for (let at = 0; at < raw.length; ) {
    const character = raw[at]!
    if (character === "'") {
      const end = raw.indexOf("'", at + 1)
      if (end < 0) return null
      text += raw.slice(at + 1, end)
      at = end + 1
    } else if (character === '"') {
      const end = raw.indexOf('"', at + 1)
      const inner = raw.slice(at + 1, end)
      if (end < 0 || /[$`\\!]/.test(inner)) return null
      text += inner
      at = end + 1
    } else if (character === '\\') {
      const next = raw[at + 1]
      if (next === undefined || next === '\n') return null
      text += next
      at += 2
    } else {
      if (/[$`*?[\]{}()<>|&;\s]/.test(character) && raw !== '[') return null
      text += character
      at++
    }
  }
  return text
}
