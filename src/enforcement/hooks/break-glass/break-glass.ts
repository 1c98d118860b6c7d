import { timingSafeEqual } from 'node:crypto'
import type { AuditEvent, AuditLog, Json } from '../../../audit/event.ts'
import type { Config } from '../../../config/schema.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { PortcullisError } from '../../../kernel/errors.ts'
import type { Random } from '../../../kernel/random.ts'
import { findAsker } from './person.ts'
import type { Processes } from './processes.ts'

export interface BreakGlassParts {
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Random
  readonly ids: (prefix: string) => string
  /** Undefined where the system does not tell who asks: then nobody is let. */
  readonly processes: Processes | undefined
  readonly user: { readonly id: number; readonly name: string }
  readonly settings: () => Config['hooks']['breakGlass']
  /** Takes secrets out of the reason before it is recorded. */
  readonly mask: (text: string) => string
}

/** What somebody asks for. */
interface GlassRequest {
  readonly pid: number
  readonly minutes: number
  readonly reason: string
  /** Only this session of an agent. */
  readonly session?: string
}

/** A broken glass: while it lasts, hooks warn of acts in place of refusing them. */
export interface BrokenGlass {
  readonly id: string
  readonly reason: string
  readonly session?: string
  /** Milliseconds since the Unix epoch. */
  readonly until: number
  readonly uses: number
}

/**
 * Grants and ends. What is granted lives in this object alone, so that it ends with the service. Whoever asks must type a
 * word that is written to the asking process's terminal, and to no other place.
 */
export interface BreakGlass {
  /** Shows the word. Throws `break-glass.refused`. */
  ask(request: GlassRequest): Promise<{ readonly request: string }>
  /** Begins, once the start is on record. Throws `break-glass.refused`; a wrong word ends the asking. */
  confirm(answer: { readonly request: string; readonly word: string }): Promise<BrokenGlass>
  /** Ends what lasts; false when nothing did. */
  end(cause: 'asked' | 'time' | 'configuration' | 'stopped'): Promise<boolean>
  /** The glass that is broken for a session; counts the use. */
  use(session: string | undefined): BrokenGlass | null
  status(): BrokenGlass | null
}

interface Pending extends GlassRequest {
  readonly id: string
  readonly word: string
  /** By the monotonic clock, which nobody sets. */
  readonly before: number
}

interface Lasting {
  readonly id: string
  readonly minutes: number
  readonly reason: string
  readonly session?: string
  readonly until: number
  readonly before: number
  uses: number
}

const ANSWER_MS = 60_000
const LONGEST_REASON = 500
const LONGEST_SESSION = 200
const WORD_LENGTH = 8
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789x'

export function createBreakGlass(parts: BreakGlassParts): BreakGlass {
  const { audit, clock, random, ids, processes, user, settings, mask } = parts
  let pending: Pending | null = null
  let lasting: Lasting | null = null
  let timer: NodeJS.Timeout | undefined

  function record(
    event: string,
    result: AuditEvent['result'],
    metadata: { [key: string]: Json | undefined },
  ) {
    const entry = { level: 'warn', component: 'break-glass', event, user: user.name } as const
    return audit.append({ ...entry, result, metadata, sourceAddress: 'local' })
  }

  async function refuse(why: string, remedy: string, request?: Partial<GlassRequest>): Promise<never> {
    await record('break-glass.refused', 'deny', { why, pid: request?.pid })
    throw new PortcullisError('break-glass.refused', why, remedy)
  }

  async function requirePerson(request: GlassRequest): Promise<number> {
    if (!processes) {
      return refuse(
        'this system does not tell who asks, so that a person and an agent look the same',
        'do it yourself in a terminal, or set `hooks.mode: warn` in the configuration for the time',
        request,
      )
    }
    const asker = findAsker(request.pid, processes, user.id)
    return asker.kind === 'person' ? asker.terminal : refuse(asker.why, asker.remedy, request)
  }

  /** The monotonic clock stands still while a machine sleeps, and the other one can be set: the first to end counts. */
  const current = () =>
    lasting !== null && clock.monotonic() < lasting.before && clock.now() < lasting.until ? lasting : null

  async function end(cause: 'asked' | 'time' | 'configuration' | 'stopped'): Promise<boolean> {
    clearTimeout(timer)
    pending = null
    const ended = lasting
    lasting = null
    if (!ended) return false
    await record('break-glass.ended', 'success', { breakGlass: ended.id, cause, uses: ended.uses })
    return true
  }

  return {
    async ask(request) {
      const { enabled, maxMinutes } = settings()
      if (!enabled)
        return refuse('`hooks.breakGlass.enabled` is false', 'switch it on in the configuration', request)
      checkRequest(request, maxMinutes)
      if (current())
        return refuse('the glass is broken already', 'end it first: `portcullis break-glass --end`', request)
      const terminal = await requirePerson(request)
      const word = randomWord(random)
      const reason = mask(request.reason).slice(0, LONGEST_REASON)
      pending = { ...request, reason, id: ids('glass'), word, before: clock.monotonic() + ANSWER_MS }
      try {
        processes!.show(terminal, invitation(word, request.minutes))
      } catch (error) {
        pending = null
        const fault = error instanceof Error ? error.message : 'unknown fault'
        return refuse(`the terminal cannot be written: ${fault}`, 'ask in another terminal', request)
      }
      return { request: pending.id }
    },
    async confirm({ request, word }) {
      const asked = pending
      // One try for each word.
      pending = null
      if (!asked || asked.id !== request || clock.monotonic() >= asked.before) {
        return refuse('nobody asked, or the time to answer is over', 'ask again', asked ?? {})
      }
      if (!isSame(word, asked.word)) return refuse('that was not the word', 'ask again', asked)
      await requirePerson(asked)
      const { enabled, maxMinutes } = settings()
      if (!enabled || asked.minutes > maxMinutes || current()) {
        return refuse('the configuration has changed meanwhile', 'ask again', asked)
      }
      const { id, reason, minutes, session, pid } = asked
      const milliseconds = minutes * 60_000
      const until = clock.now() + milliseconds
      await record('break-glass.started', 'success', { breakGlass: id, reason, minutes, session, pid, until })
      lasting = {
        id,
        minutes,
        reason,
        ...(session !== undefined && { session }),
        until,
        before: clock.monotonic() + milliseconds,
        uses: 0,
      }
      // Past its time it counts for nothing; the timer only writes the end down.
      timer = setTimeout(() => void end('time').catch(() => undefined), milliseconds).unref()
      return shown(lasting)
    },
    end,
    use(session) {
      const glass = current()
      const { enabled, maxMinutes } = settings()
      if (!glass || !enabled || glass.minutes > maxMinutes) return null
      if (glass.session !== undefined && glass.session !== session) return null
      glass.uses++
      return shown(glass)
    },
    status() {
      const glass = current()
      return glass && shown(glass)
    },
  }
}

function invitation(word: string, minutes: number): string {
  return `\r\nportcullis: type  ${word}  to break the glass for ${minutes} minutes; if you did not ask, type nothing\r\n`
}

function shown({ before: _before, minutes: _minutes, ...glass }: Lasting): BrokenGlass {
  return glass
}

/** Throws `usage` for what no person can be granted. */
function checkRequest({ minutes, reason, session }: GlassRequest, maxMinutes: number): void {
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > maxMinutes) {
    throw new PortcullisError(
      'usage',
      `\`--minutes\` must be a whole number from 1 to ${maxMinutes}`,
      'give fewer minutes; see `hooks.breakGlass.maxMinutes`',
    )
  }
  if (reason.trim() === '') {
    throw new PortcullisError(
      'usage',
      'there is no reason',
      'say why with `--reason`; it stands in the record',
    )
  }
  if (session !== undefined && (session === '' || session.length > LONGEST_SESSION)) {
    throw new PortcullisError(
      'usage',
      '`--session` is no id of a session',
      'see `portcullis audit tail` for the ids',
    )
  }
}

function randomWord(random: Random): string {
  return Array.from(random(new Uint8Array(WORD_LENGTH)), byte => LETTERS[byte & 31]).join('')
}

function isSame(given: string, word: string): boolean {
  const [left, right] = [Buffer.from(given.trim().toLowerCase()), Buffer.from(word)]
  return left.length === right.length && timingSafeEqual(left, right)
}
