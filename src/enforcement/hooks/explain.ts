import type { Reason } from '../../access/decision.ts'

interface Explained {
  readonly id: string
  readonly reasons: readonly Reason[]
  /** Why it was not enforced, in place of what the caller's verb says. */
  readonly because?: string
}

/** Agents show a reason on a few lines; what is longer is in the record. */
const LONGEST = 600
const SHORTEST_FACTS = 120

/** What, why, which rule and threat, what to do, where to read more. */
export function explain(verb: string, { id, reasons, because }: Explained): string {
  const said = because === undefined ? verb : `would be denied, but ${because}`
  const head = `portcullis: this ${/^denied/.test(said) ? `is ${said}` : said}: `
  const [first] = reasons
  const tail = `${first ? ` Remedy: ${first.remedy}.` : ''} Details: portcullis explain ${id}`
  const room = Math.max(SHORTEST_FACTS, LONGEST - head.length - tail.length)
  return `${head}${factsOf(reasons, room)}${tail}`
}

/** As many reasons as there is room for, the first one in any case; a fact gives way before its rule does. */
function factsOf(reasons: readonly Reason[], room: number): string {
  const [first, ...rest] = reasons
  if (!first) return ''
  let text = sentence(first, room)
  let told = 1
  for (const reason of rest) {
    const next = ` ${sentence(reason, room)}`
    if (told === 3 || text.length + next.length + MORE > room) break
    text += next
    told++
  }
  return reasons.length > told ? `${text} And ${reasons.length - told} more.` : text
}

const MORE = ' And 99 more.'.length

function sentence({ code, message, rule, threat }: Reason, room: number): string {
  const mark = ` [${rule ?? code}, ${threat}].`
  const longest = Math.max(40, room - mark.length - MORE)
  const fact = message.length > longest ? `${message.slice(0, longest - 1).toWellFormed()}…` : message
  return `${fact}${mark}`
}
