import {
  type ArithmeticFor,
  type Command,
  type CompoundList,
  forEachChild,
  type SyntaxNode,
  type While,
} from 'unbash'
import type { FunctionBody } from './state.ts'

/** A function that calls itself more than once, or in the background: each call makes more of them. */
export function multiplies(name: string, body: FunctionBody): boolean {
  let calls = 0
  let isForked = false
  walk(body, false, (command, forked) => {
    if (command.name?.value !== name) return
    calls++
    if (forked) isForked = true
  })
  return calls > 0 && isForked
}

/** A loop without an end that starts processes and never waits for them. */
export function isEndlessLoop(loop: While | ArithmeticFor): boolean {
  if (!hasNoEnd(loop)) return false
  let starts = false
  let waits = false
  walk(loop.body, false, (command, forked) => {
    const name = command.name?.value ?? ''
    if (/^(?:wait|sleep|break|exit|return|read|inotifywait|usleep)$/.test(name) && !forked) waits = true
    else if (forked) starts = true
  })
  return starts && !waits
}

/** Programs that leave one more file with every call. */
const MAKES_FILES = /^(?:touch|mkdir|mktemp|cp|dd|fallocate|truncate|tee|split|mkfifo)$/

/** A loop without an end or a pause that makes files, writes to one, or doubles a variable. */
export function isGreedyLoop(loop: While | ArithmeticFor): boolean {
  if (!hasNoEnd(loop)) return false
  let grows = false
  let pauses = false
  walk(loop.body, false, command => {
    const name = command.name?.value ?? ''
    if (PAUSES.test(name)) pauses = true
    if (MAKES_FILES.test(name)) grows = true
    for (const redirect of command.redirects)
      if (
        redirect.type !== 'HereDoc' &&
        WRITES.test(redirect.operator) &&
        !/^\/dev\//.test(redirect.target?.text ?? '/dev/')
      )
        grows = true
    for (const item of command.prefix)
      if (
        item.type === 'Assignment' &&
        item.value.type !== 'ArrayValue' &&
        doubles(item.name, item.value.text, item.append === true)
      )
        grows = true
  })
  return grows && !pauses
}

/** How many rounds a word list says: `$(seq 1 9)`, `{1..9}`; the machine's own number of processors counts as one. */
function roundsOf(words: readonly string[]): number {
  const text = words.join(' ').slice(0, 1_000)
  const numbers = [...text.matchAll(/\bseq(?:\s+-?\d{1,12}){0,2}\s+(\d{1,12})|\.\.(\d{1,12})/g)]
  return Math.max(0, ...numbers.map(([, counted, ranged]) => Number(counted ?? ranged)))
}

const MOST_PROCESSES = 5_000
/** What keeps a processor busy until it is stopped. */
const BURNS = /^(?:yes|burn\w*|cpuburn)$/

/** A loop that leaves thousands of programs running, or one without an end for each round. */
export function isCrowd(words: readonly string[], body: CompoundList): boolean {
  let starts = false
  let waits = false
  let burns = false
  walk(body, false, (command, forked) => {
    const name = command.name?.value ?? ''
    if (/^(?:wait|break|exit|return)$/.test(name) && !forked) waits = true
    else if (forked) starts = true
    const isEndless =
      BURNS.test(name) || command.args.some(({ text }) => /^\/dev\/(?:zero|u?random)$/.test(text))
    if (forked && isEndless && !isLimited(command)) burns = true
  })
  return (starts && !waits && roundsOf(words) > MOST_PROCESSES) || (burns && isInBackground(body))
}

const isLimited = (command: Command) =>
  command.args.some(({ text }) => /^(?:-c|-n|count=|--bytes|--lines)/.test(text))

function isInBackground(body: CompoundList): boolean {
  return body.commands.some(({ background, command }) => background === true && command.type === 'Command')
}

/** The variables that `read` fills before each round. */
export function readNames(clause: CompoundList): readonly string[] {
  const names: string[] = []
  walk(clause, false, command => {
    if (command.name?.value === 'read')
      for (const { text } of command.args) if (/^\w+$/.test(text)) names.push(text)
  })
  return names
}

/** A loop that hands the word of the round to a prompt for passwords. */
export function isGuessing(variable: string, body: CompoundList): boolean {
  if (!/^\w{1,64}$/.test(variable)) return false
  // The parser takes any word for the variable; bash refuses what is no name.
  if (!/^\w+$/.test(variable)) return false
  const used = new RegExp(`\\$\\{?${variable}\\b`)
  let asks = false
  let gives = false
  walk(body, false, command => {
    const name = command.name?.value ?? ''
    const uses = command.args.some(({ text }) => used.test(text))
    if (
      /^(?:sudo|doas|su)$/.test(name) &&
      (name === 'su' || command.args.some(({ text }) => /^-\w*S/.test(text)))
    )
      asks = true
    if (/^(?:echo|printf)$/.test(name) && uses) gives = true
    if (name === 'sshpass' && uses) asks = gives = true
  })
  return asks && gives
}

const WRITES = /^(?:>>?|>\||&>>?)$/
const PAUSES = /^(?:wait|sleep|break|exit|return|read|inotifywait|usleep|fswatch|entr)$/

function doubles(name: string, text: string, appends: boolean): boolean {
  const own = text.split(new RegExp(`\\$\\{?${name}\\b`)).length - 1
  return own > (appends ? 0 : 1)
}

function hasNoEnd(loop: While | ArithmeticFor): boolean {
  if (loop.type === 'ArithmeticFor') return loop.test === undefined
  const statement = loop.clause.commands.at(-1)?.command
  if (statement?.type === 'ArithmeticCommand') return /^\s*[1-9]\d*\s*$/.test(statement.body)
  if (statement?.type !== 'Command') return false
  const name = statement.name?.value ?? ''
  return loop.kind === 'while'
    ? /^(?:true|:|yes|\/bin\/true|\[|test)$/.test(name) && isConstant(statement)
    : name === 'false'
}

function isConstant(command: Command): boolean {
  return !command.args.some(argument => /[$`]/.test(argument.text) || argument.text.startsWith('-'))
}

interface Found {
  readonly command: Command
  readonly forked: boolean
}

/** A body is asked about several times, for each of its loops and each round. */
const commandsBelow = new WeakMap<SyntaxNode, readonly Found[]>()

function walk(root: SyntaxNode, isForked: boolean, found: (command: Command, forked: boolean) => void): void {
  let commands = commandsBelow.get(root)
  if (!commands) {
    commands = findCommands(root)
    commandsBelow.set(root, commands)
  }
  for (const { command, forked } of commands) found(command, forked || isForked)
}

/** Without recursion: a long sum and a function of functions are as deep as they are long. */
function findCommands(root: SyntaxNode): readonly Found[] {
  const commands: Found[] = []
  const nodes = [root]
  const forks = [false]
  for (let node = nodes.pop(); node; node = nodes.pop()) {
    const forked = forks.pop()!
    if (node.type === 'Command') commands.push({ command: node, forked })
    const inner =
      forked ||
      (node.type === 'Pipeline' && node.commands.length > 1) ||
      (node.type === 'Statement' && node.background === true)
    const first = nodes.length
    forEachChild(node, child => {
      nodes.push(child)
      forks.push(inner)
    })
    if (nodes.length - first > 1) nodes.push(...nodes.splice(first).reverse())
  }
  return commands
}
