import { isRemote, isUnknown, REMOTE } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import { judgeForeignCode } from '../code/foreign-code.ts'
import { liesElsewhere } from '../dispatch/elsewhere.ts'
import { optionValues, readOptions } from '../dispatch/options.ts'

/** Compilers that make a program at `-o` from the files they are given. */
const COMPILERS =
  /^(?:(?:[\w-]+-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|gfortran|gnat|tcc)(?:-\d+)?|rustc|ghc|swiftc|ocamlopt|ocamlfind|fpc|ldc2|gdc|nasm|go|odin|v)$/
const SOURCE = /\.(?:c|cc|cpp|cxx|c\+\+|m|mm|rs|go|hs|swift|ml|f|f90|f95|d|s|S|asm|pas|adb|o|a|odin|v)$/

/** A program that was built from the project, or from what this command wrote, is the command's own work. */
export function judgeCompilers(call: Call): void {
  const { name, args, shell, state } = call
  if (!COMPILERS.test(name) || (name === 'go' && args[0] !== 'build')) return
  const read = readOptions(args, { valued: 'oILlDxUTBW', valuedLong: ['edition', 'crate-type'] })
  const [output] = optionValues(read, 'o')
  if (output === undefined || isUnknown(output)) return
  const sources = read.operands.filter(operand => SOURCE.test(operand) || operand === '-')
  const target = shell.path(output, state)
  const texts = sources.map(source =>
    source === '-' ? call.stdin.text : state.files.get(shell.path(source, state)),
  )
  if (texts.some(text => text !== undefined && isRemote(text))) {
    state.files.set(target, REMOTE)
    return
  }
  // A folder of sources is built by what stands in it; the working folder is one of the project or is not ours.
  const places = name === 'go' && sources.length === 0 ? [state.cwd] : sources
  const isOwn = places.every(
    (source, at) => texts[at] !== undefined || !liesElsewhere(shell, shell.path(source, state), state),
  )
  if (places.length === 0 || !isOwn || texts.some(text => text !== undefined && isUnknown(text))) return
  for (const text of texts) if (text !== undefined) judgeForeignCode(call, text)
  state.files.set(target, '')
}
