/** How a program takes its options. */
export interface OptionShape {
  /** Short options that take a value: `o`, `n`. */
  readonly valued?: string
  /** Long options that take a value in the next word. */
  readonly valuedLong?: readonly string[]
  /** All ends with the first operand, as wrappers do. */
  readonly stopAtOperand?: boolean
  /** Single-dash words are long options (`find`, `java`). */
  readonly singleDashLong?: boolean
}

export interface ReadOptions {
  /** Option names without dashes, each with its values (empty for a flag). */
  readonly options: ReadonlyMap<string, readonly string[]>
  readonly operands: readonly string[]
  /** Index of the first operand in the arguments. */
  readonly firstOperand: number
}

/** Splits arguments into options and operands, as getopt does: clusters, `--x=y`, `--`. */
export function readOptions(args: readonly string[], shape: OptionShape = {}): ReadOptions {
  const options = new Map<string, string[]>()
  const operands: string[] = []
  let firstOperand = args.length
  const add = (name: string, value?: string) => {
    const values = options.get(name) ?? []
    if (value !== undefined) values.push(value)
    options.set(name, values)
  }
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!
    if (arg === '--') {
      if (operands.length === 0) firstOperand = at + 1
      operands.push(...args.slice(at + 1))
      break
    }
    if (!arg.startsWith('-') || arg === '-') {
      if (operands.length === 0) firstOperand = at
      if (shape.stopAtOperand) {
        operands.push(...args.slice(at))
        break
      }
      operands.push(arg)
    } else if (arg.startsWith('--') || shape.singleDashLong) at += readLong(arg, args[at + 1], shape, add)
    else at += readCluster(arg, args[at + 1], shape, add)
  }
  return { options, operands, firstOperand }
}

type Add = (name: string, value?: string) => void

/** Returns how many further words the option took. */
function readLong(arg: string, next: string | undefined, shape: OptionShape, add: Add): number {
  const body = arg.replace(/^--?/, '')
  const equals = body.indexOf('=')
  if (equals >= 0) {
    add(body.slice(0, equals), body.slice(equals + 1))
    return 0
  }
  const valued = shape.valuedLong?.some(name => name === body || (body.length > 2 && name.startsWith(body)))
  if (!valued || next === undefined) {
    add(body)
    return 0
  }
  add(body, next)
  return 1
}

function readCluster(arg: string, next: string | undefined, shape: OptionShape, add: Add): number {
  for (let at = 1; at < arg.length; at++) {
    const letter = arg[at]!
    if (!shape.valued?.includes(letter)) {
      add(letter)
      continue
    }
    if (at + 1 < arg.length) {
      add(letter, arg.slice(at + 1))
      return 0
    }
    if (next === undefined) add(letter)
    else add(letter, next)
    return next === undefined ? 0 : 1
  }
  return 0
}

/** Whether any of the options was given; long names also in a shortened form (`--recurs`). */
export function hasOption(read: ReadOptions, ...names: readonly string[]): boolean {
  for (const name of names) {
    if (read.options.has(name)) return true
    if (name.length < 3) continue
    for (const given of read.options.keys()) if (given.length > 2 && name.startsWith(given)) return true
  }
  return false
}

/** The values of the options, also where a long name was broken off within a word (`--outp=`, `--upload-pa`). */
export function optionValues(read: ReadOptions, ...names: readonly string[]): string[] {
  const values = names.flatMap(name => [...(read.options.get(name) ?? [])])
  for (const [given, more] of read.options)
    if (given.length > 3 && more.length > 0 && names.some(name => isBrokenOff(given, name)))
      values.push(...more)
  return values
}

function isBrokenOff(given: string, name: string): boolean {
  return name.length > given.length && name.startsWith(given) && !/^(?:s?-|s$)/.test(name.slice(given.length))
}

/** What an option at `at` is given: after `=`, or the next argument. */
export function optionValue(args: readonly string[], at: number): string | undefined {
  const equals = args[at]!.indexOf('=')
  return equals >= 0 ? args[at]!.slice(equals + 1) : args[at + 1]
}
