import { expect, test } from 'vitest'
import { systemRandom } from '../../kernel/random.ts'
import type { ClientKey } from './client-key.ts'
import { createClientKey } from './key-format.ts'
import { examineKey, type KeyRing } from './key-ring.ts'
import { createPepper, type Pepper } from './pepper.ts'

const standInKey = createClientKey('standin', systemRandom).secret.reveal()

/** A pepper that remembers how much it was given to digest. */
function countingPepper(): Pepper & { lengths: number[] } {
  const real = createPepper(systemRandom(new Uint8Array(32)))
  const lengths: number[] = []
  const digest = (text: string) => {
    lengths.push(text.length)
    return real.digest(text)
  }
  return { id: real.id, lengths, digest }
}

function ringWith(peppers: readonly Pepper[], text: string, changes: Partial<ClientKey> = {}): KeyRing {
  const key: ClientKey = {
    id: 'abcdefgh',
    env: 'live',
    label: '',
    roles: [],
    created: 0,
    expires: null,
    revoked: null,
    rotatedFrom: null,
    replacedBy: null,
    graceUntil: null,
    ...changes,
  }
  const digest = createPepper(new Uint8Array(32)).digest('other')
  const own = peppers[0]?.digest(text) ?? digest
  const byDigest = new Map([[own.toString('hex'), { digest: own, key }]])
  return { signature: '', peppers, keys: [key], byDigest, hasOutbox: false }
}

test('every answer costs one digest of a key’s length per pepper, whatever is shown', () => {
  const { secret } = createClientKey('live', systemRandom)
  const good = secret.reveal()
  const shown = [
    good,
    createClientKey('live', systemRandom).secret.reveal(),
    '',
    '__proto__',
    `${good.slice(0, -1)}!`,
    'x'.repeat(1_000_000),
  ]
  for (const changes of [{}, { revoked: 1 }, { expires: 1 }, { replacedBy: 'x', graceUntil: 1 }]) {
    for (const text of shown) {
      const peppers = [countingPepper(), countingPepper()]
      const ring = ringWith(peppers, good, changes)
      for (const pepper of peppers) pepper.lengths.length = 0
      examineKey(ring, text, 10, { key: standInKey, pepper: countingPepper() })
      for (const { lengths } of peppers) {
        expect(lengths).toHaveLength(1)
        expect(lengths[0]).toBeLessThanOrEqual(standInKey.length)
      }
    }
  }
})

test('the stand-in itself opens nothing, even when its digest is known', () => {
  const pepper = countingPepper()
  const ring = ringWith([pepper], standInKey)
  expect(examineKey(ring, 'nonsense', 0, { key: standInKey, pepper })).toEqual({
    outcome: 'malformed',
    key: null,
  })
})

test('without any pepper a digest is made all the same', () => {
  const pepper = countingPepper()
  const ring = { ...ringWith([], 'x'), byDigest: new Map(), keys: [] }
  expect(examineKey(ring, 'nonsense', 0, { key: standInKey, pepper }).outcome).toBe('malformed')
  expect(pepper.lengths).toHaveLength(1)
})
