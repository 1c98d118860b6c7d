import { type Clock, systemClock } from '../../kernel/clock.ts'

/** A tool call that a model asked for and no hook reported in time: the agent may be running unguarded. */
interface CoverageGap {
  readonly session: string
  readonly toolUseId: string
  /** Milliseconds since the Unix epoch. */
  readonly askedAt: number
}

interface CoverageReport {
  /** Tool calls the gateway saw a model ask for. */
  readonly asked: number
  /** Of these, how many a hook saw too. */
  readonly seen: number
  /** Asked a moment ago; the hook may still come. */
  readonly pending: number
  /** Tool calls only a hook saw: that agent does not come through the gateway. */
  readonly unasked: number
  /** Asked, past the grace time, never seen; with those forgotten for lack of room this counts all of them. */
  readonly missed: number
  /** The newest of them. */
  readonly gaps: readonly CoverageGap[]
}

/** Matches what models ask for to what hooks see, in bounded memory. */
export interface Coverage {
  /** The gateway saw a model ask for a tool. */
  asked(session: string, toolUseId: string): void
  /** A hook saw the tool being called. */
  seen(session: string, toolUseId: string): void
  report(): CoverageReport
  /** The gaps that came about since it was last asked, at most `most` of them, and how many more there were. */
  takeGaps(most: number): { readonly gaps: readonly CoverageGap[]; readonly more: number }
  /** The report as Prometheus text. */
  toPrometheus(): string
}

export interface CoverageOptions {
  readonly clock?: Clock
  /** Time a hook has to report before the call counts as missed. */
  readonly graceMs?: number
  /** Calls remembered. */
  readonly limit?: number
}

const GAPS_SHOWN = 100
const ID_LENGTH = 200

export function createCoverage(options: CoverageOptions = {}): Coverage {
  const { clock = systemClock, graceMs = 30_000, limit = 10_000 } = options
  const waiting = new Map<string, CoverageGap>()
  const known = new Map<string, 'both' | 'hook-only'>()
  let asked = 0
  let seen = 0
  let unasked = 0
  let forgotten = 0
  const told = new Set<string>()
  let forgottenTold = 0

  /** A client repeats its conversation with each request, so the same call is told many times and counted once. */
  function remember(key: string, by: 'both' | 'hook-only'): void {
    known.delete(key)
    known.set(key, by)
    if (known.size > limit) known.delete(oldest(known))
  }

  return {
    asked(session, toolUseId) {
      const key = keyOf(session, toolUseId)
      if (waiting.has(key) || known.get(key) === 'both') return
      asked++
      if (known.get(key) === 'hook-only') {
        unasked--
        seen++
        remember(key, 'both')
        return
      }
      waiting.set(key, { session: short(session), toolUseId: short(toolUseId), askedAt: clock.now() })
      if (waiting.size > limit) {
        // A flood must not hide what it pushed out.
        const lost = oldest(waiting)
        waiting.delete(lost)
        // It was told already when it became one.
        if (told.delete(lost)) forgottenTold++
        forgotten++
      }
    },
    seen(session, toolUseId) {
      const key = keyOf(session, toolUseId)
      if (known.has(key)) return
      if (waiting.delete(key)) {
        told.delete(key)
        seen++
        remember(key, 'both')
      } else {
        unasked++
        remember(key, 'hook-only')
      }
    },
    report,
    takeGaps(most) {
      const deadline = clock.now() - graceMs
      const fresh = [...waiting].filter(([key, { askedAt }]) => askedAt <= deadline && !told.has(key))
      for (const [key] of fresh) told.add(key)
      const lost = forgotten - forgottenTold
      forgottenTold = forgotten
      const gaps = fresh.slice(0, most).map(([, gap]) => gap)
      return { gaps, more: fresh.length - gaps.length + lost }
    },
    toPrometheus() {
      const { gaps: _gaps, ...counts } = report()
      return Object.entries(counts)
        .map(
          ([name, value]) =>
            `# TYPE portcullis_tool_calls_${name} gauge\nportcullis_tool_calls_${name} ${value}\n`,
        )
        .join('')
    },
  }

  function report(): CoverageReport {
    const deadline = clock.now() - graceMs
    const late = [...waiting.values()].filter(({ askedAt }) => askedAt <= deadline)
    return {
      asked,
      seen,
      pending: waiting.size - late.length,
      unasked,
      missed: late.length + forgotten,
      gaps: late.slice(-GAPS_SHOWN).reverse(),
    }
  }
}

function keyOf(session: string, toolUseId: string): string {
  return `${short(session)}\n${short(toolUseId)}`
}

/** Ids come from clients; a long one must not fill the memory. */
function short(id: string): string {
  return id.slice(0, ID_LENGTH)
}

function oldest<V>(map: ReadonlyMap<string, V>): string {
  return map.keys().next().value!
}
