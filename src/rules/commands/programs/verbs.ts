import { baseName } from '../../paths/posix.ts'
import type { Call } from '../acts.ts'
import type { RuleName } from '../rule-names.ts'
import { cloudVerbs } from './cloud-verbs.ts'
import { clusterVerbs } from './cluster-verbs.ts'
import { databaseVerbs } from './database-verbs.ts'
import { publishingVerbs } from './publishing-verbs.ts'

/**
 * Verbs of one kind of harm. Programs, alternatives apart by blanks, lead to phrases: words that stand next to each
 * other from the first operand on. In a phrase `*` is any run of words, `a|b` either of two, `drop:*` any word that
 * begins so, and a word that begins with a dash an option that must be given, wherever it stands.
 */
export interface VerbTable {
  readonly rule: RuleName
  readonly severity?: 'ask' | 'deny'
  /** Harmless where the environment says that it is the tests' own. */
  readonly unlessTesting?: boolean
  readonly programs: Readonly<Record<string, readonly string[]>>
}

interface Phrase {
  readonly table: VerbTable
  readonly words: readonly RegExp[]
  readonly options: readonly RegExp[]
}

const ANY_RUN = /^\*$/

function wordPattern(word: string): RegExp {
  if (word === '*') return ANY_RUN
  const escaped = word.replace(/[.+?^${}()[\]\\]/g, '\\$&').replace(/\*/g, '.*')
  return new RegExp(`^(?:${escaped})$`, 'is')
}

function optionPattern(word: string): RegExp {
  const alternatives = word.split('|').map(option => {
    const escaped = option.replace(/[.+?^${}()[\]\\]/g, '\\$&')
    return /^-[A-Za-z]$/.test(option) ? `-[A-Za-z]*${option[1]}[A-Za-z]*` : `${escaped}(?:=.*)?`
  })
  return new RegExp(`^(?:${alternatives.join('|')})$`, 's')
}

function phraseOf(table: VerbTable, text: string): Phrase {
  const words = text.split(' ').filter(word => word !== '')
  return {
    table,
    words: words.filter(word => !word.startsWith('-')).map(wordPattern),
    options: words.filter(word => word.startsWith('-')).map(optionPattern),
  }
}

const phrases: ReadonlyMap<string, readonly Phrase[]> = indexed([
  ...databaseVerbs,
  ...clusterVerbs,
  ...cloudVerbs,
  ...publishingVerbs,
])

function indexed(tables: readonly VerbTable[]): Map<string, Phrase[]> {
  const index = new Map<string, Phrase[]>()
  for (const table of tables)
    for (const [names, texts] of Object.entries(table.programs))
      for (const name of names.split(' '))
        index.set(name, [...(index.get(name) ?? []), ...texts.map(text => phraseOf(table, text))])
  return index
}

/** Raises what the verb of a program, or of the tool it starts, would do to data, clusters, clouds and registries. */
export function judgeVerbs(call: Call): void {
  const argv = [call.name, ...call.args]
  judgeVerb(call, argv)
  const tool = toolOf(argv)
  if (tool !== argv) judgeVerb(call, tool)
}

/** Options with which a program only does here what it would else do for everybody. */
const KEEPS_IT_HERE: Readonly<Record<string, RegExp>> = { goreleaser: /^--snapshot$/ }

function judgeVerb(call: Call, [name = '', ...args]: readonly string[]): void {
  const known = phrases.get(name)
  if (!known || args.some(arg => /^--(?:help|version|dry-run(?:=.*)?|dryrun|what-?if)$/i.test(arg))) return
  if (args.some(arg => KEEPS_IT_HERE[name]?.test(arg))) return
  for (const { table, words, options } of known) {
    if (!options.every(option => args.some(arg => option.test(arg))) || !matches(words, args)) continue
    if (table.unlessTesting && isTesting(call)) continue
    call.shell.raise(table.rule, name, args.join(' ') || null, table.severity)
    return
  }
}

/** The words may begin later when options come first: one of them may be an option's value. */
function matches(words: readonly RegExp[], args: readonly string[]): boolean {
  const operands = args.filter(arg => !/^-/.test(arg))
  const latest = /^-/.test(args[0] ?? '') ? 3 : 0
  for (let start = 0; start <= latest; start++) if (follows(words, operands, start)) return true
  return false
}

function follows(words: readonly RegExp[], operands: readonly string[], start: number): boolean {
  let at = start
  let mayJump = false
  for (const word of words) {
    if (word === ANY_RUN) {
      mayJump = true
      continue
    }
    while (mayJump && at < operands.length && !word.test(operands[at]!)) at++
    if (at >= operands.length || !word.test(operands[at]!)) return false
    mayJump = false
    at++
  }
  return true
}

/** Programs that start a tool of the project: the words before the tool are theirs. */
const launchers: Readonly<Record<string, RegExp>> = {
  npx: /^$/,
  bunx: /^$/,
  pnpx: /^$/,
  uvx: /^$/,
  npm: /^(?:exec|x)$/,
  pnpm: /^(?:exec|dlx)$/,
  yarn: /^(?:dlx|exec|run)$/,
  bun: /^(?:x|run)$/,
  uv: /^(?:tool|run)$/,
  bundle: /^exec$/,
  composer: /^exec$/,
  dotnet: /^tool$/,
}

/** What really runs: `npx --yes prisma@5 migrate` is prisma's `migrate`, `python manage.py flush` is Django's `flush`. */
export function toolOf(argv: readonly string[]): readonly string[] {
  const [name = '', ...args] = argv
  const verbs = Object.hasOwn(launchers, name) ? launchers[name] : undefined
  if (verbs) {
    let at = 0
    while (at < args.length && (args[at]!.startsWith('-') || verbs.test(args[at]!))) at++
    const tool = args[at]
    return tool === undefined ? argv : [baseName(tool).replace(/(.)@.*$/, '$1'), ...args.slice(at + 1)]
  }
  if (/^(?:python\d?|php|ruby|node|symfony)$/.test(name)) {
    const at = args.findIndex(arg => !arg.startsWith('-') || arg === '-m')
    const script = args[at] === '-m' ? args[at + 1] : args[at]
    const rest = args.slice(args[at] === '-m' ? at + 2 : at + 1)
    return script === undefined ? argv : [baseName(script), ...rest]
  }
  return argv
}

/** The tests' database is made anew by every run. */
function isTesting({ state }: Call): boolean {
  return ['RAILS_ENV', 'RACK_ENV', 'MIX_ENV', 'APP_ENV', 'NODE_ENV', 'DJANGO_ENV'].some(name => {
    const values = state.variables.get(name)
    return values?.length === 1 && values[0]![0] === 'test'
  })
}
