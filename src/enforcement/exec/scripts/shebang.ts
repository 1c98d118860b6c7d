import { type Refusal, refusal } from './refusals.ts'

/** How a script is started: the program and its options, before the path of the script. */
export interface Interpreter {
  readonly name: InterpreterName
  /** Absolute; the one of `env` is chosen here and not by the PATH of a caller. */
  readonly path: string
  readonly options: readonly string[]
}

/** Interpreter → the letters that may be its options: none that loads code, reads a profile or takes a value. */
const letters = {
  sh: 'aCefuvx',
  bash: 'aCefuvx',
  dash: 'aCefuvx',
  python3: 'BEIOPsSu',
  node: '',
  perl: 'tTwW',
} as const

export type InterpreterName = keyof typeof letters

/** In this order for `env`. */
const folders = ['/usr/bin', '/bin', '/usr/local/bin'] as const

/** The kernel reads no more of the first line. */
const LONGEST_LINE = 255

/** What the first line asks for, read as the kernel reads it; `exists` tells where `env` would find a program. */
export function readShebang(
  text: string,
  path: string,
  exists: (program: string) => boolean,
): Interpreter | Refusal {
  if (!text.startsWith('#!'))
    return refusal('script.has-no-shebang', 'the first line does not say what runs the script', path)
  const end = text.indexOf('\n')
  const line = text.slice(2, end < 0 ? undefined : end)
  const fault = faultOf(line)
  if (fault !== undefined) return refusal('script.has-malformed-shebang', fault, path)
  const [program = '', ...rest] = line.split(/[ \t]+/).filter(word => word !== '')
  const isEnv = program === '/usr/bin/env' || program === '/bin/env'
  const name = (isEnv ? (rest.shift() ?? '') : baseOf(program)) as InterpreterName
  const isListed =
    Object.hasOwn(letters, name) && (isEnv || folders.some(folder => program === `${folder}/${name}`))
  if (!isListed)
    return refusal(
      'script.has-unlisted-interpreter',
      `the first line asks for ${isEnv ? 'env with ' : ''}\`${isEnv ? name : program}\``,
      path,
    )
  // `env` hands on no options, and the kernel makes one word of all there are.
  const bad = rest.find(option => isEnv || rest.length > 1 || !isHarmless(option, letters[name]))
  if (bad !== undefined)
    return refusal(
      'script.has-unlisted-option',
      `the first line hands the option \`${bad}\` to ${name}`,
      path,
    )
  const found = isEnv ? folders.map(folder => `${folder}/${name}`).find(exists) : program
  if (found === undefined || !exists(found))
    return refusal('script.has-unsafe-interpreter', `there is no ${name} in the folders of the system`, path)
  return { name, path: found, options: rest }
}

function faultOf(line: string): string | undefined {
  if (line.includes('\r')) return 'the first line ends with a carriage return, which becomes part of a name'
  if (Buffer.byteLength(line) + 2 > LONGEST_LINE) return `the first line is longer than ${LONGEST_LINE} bytes`
  for (const character of line)
    if (character !== '\t' && (character < ' ' || character > '~'))
      return 'the first line holds characters other than printable ASCII'
  return line.trim() === '' ? 'the first line names no program' : undefined
}

function baseOf(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1)
}

function isHarmless(option: string, allowed: string): boolean {
  return (
    option.length > 1 && option[0] === '-' && [...option.slice(1)].every(letter => allowed.includes(letter))
  )
}
