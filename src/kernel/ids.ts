import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const POOL_BYTES = 16 * 64

/** Makes ids that sort by time: `<prefix>_` and a ULID (48 bits of milliseconds, 80 of randomness). */
export function createIdSource(clock: Clock, random: Random): (prefix: string) => string {
  const pool = new Uint8Array(POOL_BYTES)
  let used = POOL_BYTES
  return prefix => {
    if (used === POOL_BYTES) {
      random(pool)
      used = 0
    }
    let id = `${prefix}_`
    let time = clock.now()
    let head = ''
    for (let i = 0; i < 10; i++) {
      head = CROCKFORD[time % 32] + head
      time = Math.floor(time / 32)
    }
    id += head
    for (let i = 0; i < 16; i++) id += CROCKFORD[pool[used++]! & 31]
    return id
  }
}
