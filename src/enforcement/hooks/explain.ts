import type { Reason } from '../../access/decision.ts'

/** What, why, which rule and threat, where to read more, what to do. */
export function explain(verb: string, { id, reasons }: { id: string; reasons: readonly Reason[] }): string {
  const [first] = reasons
  const facts = reasons.slice(0, 3).map(sentence).join(' ')
  const more = reasons.length > 3 ? ` And ${reasons.length - 3} more.` : ''
  const remedy = first ? ` Remedy: ${first.remedy}.` : ''
  return `portcullis: this is ${verb}: ${facts}${more}${remedy} Details: portcullis explain ${id}`
}

function sentence({ code, message, rule, threat }: Reason): string {
  return `${message} [${rule ?? code}, ${threat}].`
}
