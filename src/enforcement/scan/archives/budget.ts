const MB = 1024 * 1024
const ALWAYS = 128 * MB
const RATIO = 200
const MOST = 16 * 1024 * MB
const ENTRIES = 200_000
const SECONDS = 300

/** The archive wants more than one may have; the message says of what. */
export class BudgetExceeded extends Error {
  override readonly name = 'BudgetExceeded'
}

/** What may come out of one file with all that is nested in it. A bomb is small and has much inside, or never ends. */
export interface Budget {
  /** So many bytes of the file itself were read. */
  feed(bytes: number): void
  /** So many bytes came out, at whatever depth. */
  spend(bytes: number): void
  enter(): void
}

/** Throws `BudgetExceeded` from `spend` and `enter`. */
export function createBudget(now: () => number): Budget {
  const end = now() + SECONDS * 1000
  let fed = 0
  let spent = 0
  let entries = 0
  return {
    feed(bytes) {
      fed += bytes
    },
    spend(bytes) {
      spent += bytes
      if (spent > Math.min(MOST, Math.max(ALWAYS, fed * RATIO)))
        throw new BudgetExceeded(`unpacks to more than ${Math.floor((spent - bytes) / MB)} MB`)
      if (now() > end) throw new BudgetExceeded(`takes longer than ${SECONDS} s`)
    },
    enter() {
      if (++entries > ENTRIES) throw new BudgetExceeded(`holds more than ${ENTRIES} files`)
    },
  }
}
