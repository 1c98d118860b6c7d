// What `verify` finds, and how its parts tell.

/** The first thing found wrong. `line` counts from 1 within `segment` (or the other file named there). */
export interface Problem {
  readonly segment?: string
  readonly line?: number
  readonly seq?: number
  readonly what: string
}

/** Carries the first problem out of the walk; `verifyJournal` turns it into the report. */
export class Tampering extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.what)
    this.problem = problem
  }
}

/** What the parts of one verification learn on their way. */
export interface Findings {
  origin: string
  records: number
  signed: number
  segments: number
  checkpoints: number
  outside: number
  isLive: boolean
  /** What a crash explains. */
  unclean: Problem | undefined
}
