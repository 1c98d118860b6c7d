/** One word for a POSIX shell, whatever it holds; a control character stands as its escape, so that no terminal obeys it. */
export function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  if (!/[\u0000-\u001f\u007f]/.test(word)) return `'${word.replaceAll("'", String.raw`'\''`)}'`
  const escaped = word
    .replace(/[\\']/g, String.raw`\$&`)
    .replace(
      /[\u0000-\u001f\u007f]/g,
      control => String.raw`\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
  return `$'${escaped}'`
}
