import type { Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { Outlet } from './outlet.ts'
import type { Asked, ProxyProtocol, RefusalReason } from './refusal.ts'

/** One connection from inside the sandbox, as the protocols see it. */
export interface Visit {
  readonly socket: Socket
  readonly open: Outlet
  /** Whether these are the credentials of this run. */
  readonly isKnown: (credentials: string) => boolean
  /** Records the refusal, unless it is a mere failure; the answer is the protocol's to give. */
  readonly record: (reason: RefusalReason, protocol: ProxyProtocol, asked: Asked) => void
  /** The time limit of a head begins with `awaited` and ends with `read`. */
  headIs(state: 'read' | 'awaited'): void
  /** Carries bytes both ways until both sides have ended, those first that came along with the request. */
  join(upstream: Socket, early: Uint8Array): void
  /** Closes after these bytes, without cutting them off. */
  farewell(bytes: Uint8Array | string): void
}

interface VisitParts extends Pick<Visit, 'open' | 'isKnown' | 'record'> {
  readonly headMs: number
  readonly idleMs: number
  /** The head did not come in time. */
  readonly onSlow: (visit: Visit) => void
}

export function createVisit(socket: Socket, parts: VisitParts): Visit {
  const { open, isKnown, record, headMs, idleMs, onSlow } = parts
  let timer: NodeJS.Timeout | undefined
  socket.once('close', () => clearTimeout(timer))
  const visit: Visit = {
    socket,
    open,
    isKnown,
    record,
    headIs(state) {
      clearTimeout(timer)
      const before = socket.bytesRead
      if (state === 'read' || socket.destroyed) return
      // Whoever is silent has asked for nothing.
      timer = setTimeout(() => (socket.bytesRead > before ? onSlow(visit) : socket.destroy()), headMs)
    },
    join(upstream, early) {
      if (early.length > 0) upstream.write(early)
      void join(socket, upstream, idleMs)
    },
    farewell: bytes => farewell(socket, bytes),
  }
  return visit
}

async function join(visitor: Socket, upstream: Socket, idleMs: number): Promise<void> {
  // Bytes either way touch this socket, so that one timer is enough.
  visitor.setTimeout(idleMs, () => visitor.destroy())
  // A side that breaks off takes the other with it, which is all there is to do about it.
  await Promise.allSettled([pipeline(visitor, upstream), pipeline(upstream, visitor)])
  visitor.destroy()
  upstream.destroy()
}

const FAREWELL_MS = 1_000

/** What still comes in is read and dropped for a while: closing over unread bytes would cut the answer off. */
function farewell(socket: Socket, bytes: Uint8Array | string): void {
  const timer = setTimeout(() => socket.destroy(), FAREWELL_MS)
  socket.once('close', () => clearTimeout(timer))
  socket.end(bytes)
  socket.resume()
}
