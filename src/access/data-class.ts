/**
 * How much harm a text does in strange hands, the most harmful class first. One vocabulary for findings, records and
 * what is stored; `handling.ts` says what each class requires.
 *
 * - `secret`: whoever holds it may act as somebody else: keys, tokens, passwords.
 * - `confidential`: about a person, or telling where secrets lie: addresses of mail, cards, accounts, national ids.
 * - `internal`: of use to an attacker and to nobody else outside: private addresses, internal names, who did what.
 * - `public`: no harm anywhere.
 */
export const dataClasses = ['secret', 'confidential', 'internal', 'public'] as const
export type DataClass = (typeof dataClasses)[number]

/** The most harmful of the classes; what holds nothing is public. */
export function strictestOf(classes: Iterable<DataClass>): DataClass {
  const found = new Set(classes)
  return dataClasses.find(name => found.has(name)) ?? 'public'
}
