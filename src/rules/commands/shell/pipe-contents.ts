import type { Pipeline } from 'unbash'
import type { Shell, Stdin } from '../acts.ts'
import type { ShellState } from './state.ts'

type Stage = Pipeline['commands'][number]

/** The words of a stage without redirections or assignments; undefined for any other. */
function wordsOf(stage: Stage): string[] | undefined {
  if (stage.type !== 'Command' || stage.prefix.length > 0 || stage.redirects.length > 0) return undefined
  const words = [...(stage.name ? [stage.name] : []), ...stage.args]
  const texts = words.map(word => ('value' in word ? word.value : undefined))
  return texts.every(text => typeof text === 'string') ? texts : undefined
}

const LISTS_ENVIRONMENT = /^(?:env|printenv)$/
/** What stands before the first equals sign of each line, and nothing behind it. */
const KEEPS_NAMES =
  /^(?:cut (?:-d= -f ?1|-d = -f ?1|-f ?1 -d=)|g?sed (?:-e )?s\/=\.\*\/\/|[gm]?awk -F ?= \{ ?print \$1;? ?\})$/

/** Looks for names by how they begin, so that the further lines of a value are not among them. */
const ASKS_FOR_NAMES = /^[efg]?grep (?:-E )?\^\(?[A-Z][A-Z_|]{1,200}\)?$/

/** `env | cut -d= -f1 | grep '^NODE'`: the names of variables are no secret; what a value goes on with would be. */
export function leavesNames(stages: readonly Stage[], at: number): boolean {
  return (
    isAt(stages, at - 1, LISTS_ENVIRONMENT) &&
    isAt(stages, at, KEEPS_NAMES) &&
    isAt(stages, at + 1, ASKS_FOR_NAMES)
  )
}

function isAt(stages: readonly Stage[], at: number, text: RegExp): boolean {
  const stage = stages[at]
  const words = stage && wordsOf(stage)
  return words !== undefined && text.test(words.join(' '))
}

const UNPACKS =
  /^(?:zcat|gzcat|bzcat|xzcat|zstdcat|lz4cat|(?:gunzip|bunzip2|unxz|unzstd|gzip|bzip2|xz|zstd|pigz) -(?:[qk]*(?:c|d|dc|cd)[qk]*))$/

/** The one file whose contents a stage unpacks for the next one. */
export function unpackedBy(shell: Shell, stage: Stage, state: ShellState): Pick<Stdin, 'unpacked'> {
  const words = wordsOf(stage)
  const file = words?.at(-1)
  if (!words || file === undefined || file.startsWith('-') || words.length < 2 || /[$`*?[]/.test(file))
    return {}
  return UNPACKS.test(words.slice(0, -1).join(' ')) ? { unpacked: shell.path(file, state) } : {}
}
