/** The words of a command line made of plain and single-quoted words. Throws a `TypeError` for anything a shell would have to read. */
export function argvOf(command: string): readonly string[] {
  const words = command.match(/(?:'[^']*'|\\'|[\w@%+=:,./-])+/g) ?? []
  if (words.length === 0 || words.join(' ') !== command) {
    throw new TypeError('the command line is not made of plain and single-quoted words')
  }
  return words.map(word =>
    word.replace(/'([^']*)'|\\'/g, (_piece, inside: string | undefined) => inside ?? "'"),
  )
}
