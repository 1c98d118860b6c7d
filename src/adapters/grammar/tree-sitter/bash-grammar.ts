import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Language, Parser, type Tree, type TreeCursor } from 'web-tree-sitter'
import { PortcullisError } from '../../../kernel/errors.ts'
import type { CommandGrammar } from '../command-grammar.ts'
import { plainWord } from './plain-word.ts'

const LONGEST_TEXT = 16 * 1024
/** Calls of the parser's progress report; each is some hundred steps, so that no text can hold the service up. */
const MOST_REPORTS = 400

/** Loads runtime and grammar, once for a process. Rejects with `grammar.unavailable` where that cannot be done. */
export async function openBashGrammar(file: string = grammarFile()): Promise<CommandGrammar> {
  try {
    await Parser.init()
    const parser = new Parser()
    parser.setLanguage(await Language.load(await readFile(file)))
    const grammar: CommandGrammar = { programsOf: command => programsOf(parser, command) }
    // The first text compiles the grammar; a grammar that cannot read it is of no use.
    if (grammar.programsOf('true')?.[0] !== 'true') throw new TypeError('the grammar reads nothing')
    return grammar
  } catch (error) {
    throw new PortcullisError(
      'grammar.unavailable',
      'the second shell grammar cannot be loaded, so no command is affirmed',
      'install the package again (`npm ci`)',
      error,
    )
  }
}

/** In the published package the grammar lies beside this file. */
function grammarFile(): string {
  const beside = join(import.meta.dirname, 'tree-sitter-bash.wasm')
  const packages = join(import.meta.dirname, '../../../../node_modules')
  return existsSync(beside) ? beside : join(packages, '@vscode/tree-sitter-wasm/wasm/tree-sitter-bash.wasm')
}

function programsOf(parser: Parser, command: string): readonly string[] | null {
  if (command.length > LONGEST_TEXT) return null
  let reports = 0
  let tree: Tree | null = null
  let cursor: TreeCursor | null = null
  try {
    tree = parser.parse(command, null, {
      // After an error nothing that follows matters, and guessing what was meant is what takes long.
      progressCallback: ({ hasError }) => hasError || ++reports > MOST_REPORTS,
    })
    if (!tree || tree.rootNode.hasError) return null
    cursor = tree.walk()
    return collect(cursor, command)
  } catch {
    // Contract of CommandGrammar: what cannot be read is null, which nobody takes for agreement.
    return null
  } finally {
    // The tree lives in the memory of the WebAssembly instance, where nothing collects it.
    cursor?.delete()
    tree?.delete()
    // A parse that was given up would go on with the next text.
    parser.reset()
  }
}

/** Walks the whole tree; null as soon as a name cannot be told. */
function collect(cursor: TreeCursor, command: string): string[] | null {
  const programs: string[] = []
  for (;;) {
    const name = programAt(cursor, command)
    if (name === null) return null
    if (name !== undefined) programs.push(name)
    if (cursor.gotoFirstChild()) continue
    while (!cursor.gotoNextSibling()) if (!cursor.gotoParent()) return programs
  }
}

/** The program a node calls, undefined when it calls none. */
function programAt(cursor: TreeCursor, command: string): string | null | undefined {
  const text = () => command.slice(cursor.startIndex, cursor.endIndex)
  switch (cursor.nodeType) {
    case 'command_name':
      return text() === 'time' ? timed(cursor, command) : plainWord(text())
    case 'declaration_command':
    case 'unset_command':
      return /^\w+/.exec(text())?.[0] ?? null
    case 'test_command':
      return /^\[\s/.test(text()) ? '[' : undefined
    default:
      return undefined
  }
}

/** This grammar takes the keyword `time` for a program; what it times is the program. */
function timed(cursor: TreeCursor, command: string): string | null {
  const word = cursor.currentNode.nextNamedSibling
  if (word?.type !== 'word') return null
  return plainWord(command.slice(word.startIndex, word.endIndex))
}
