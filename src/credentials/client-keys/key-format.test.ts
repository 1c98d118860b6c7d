import { fc, test as propertyTest } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { systemRandom } from '../../kernel/random.ts'
import { createClientKey, isKeyEnvironment, parseClientKey } from './key-format.ts'

describe('client key format', () => {
  test('a new key has prefix, environment, id, 256 bits of secret and a checksum', () => {
    const { id, secret } = createClientKey('live', systemRandom)
    expect(secret.reveal()).toMatch(/^pcl_live_[2-9a-z]{8}_[0-9A-Za-z]{49}$/)
    expect(parseClientKey(secret.reveal())).toEqual({ env: 'live', id })
    expect(`${secret}`).toBe('[redacted]')
  })

  test('keys differ, and every letter of the alphabet comes up', () => {
    const bodies = Array.from({ length: 300 }, () => createClientKey('t', systemRandom).secret.reveal())
    expect(new Set(bodies).size).toBe(300)
    expect(new Set(bodies.map(body => body.slice(15, 58)).join('')).size).toBe(62)
  })

  test.each(['', '1live', 'Live', 'li_ve', 'thirteenchars', '../x', 'live\n'])(
    'environment `%s` is refused',
    env => {
      expect(isKeyEnvironment(env)).toBe(false)
      expect(() => createClientKey(env, systemRandom)).toThrow(TypeError)
    },
  )

  test.each([
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
    'pcl_',
    'pcl_live_',
    'sk-ant-api03-x',
  ])('`%s` is no key', text => expect(parseClientKey(text)).toBeNull())

  test('text around a key makes it none', () => {
    const text = createClientKey('live', systemRandom).secret.reveal()
    for (const wrong of [
      ` ${text}`,
      `${text} `,
      `${text}\n`,
      `${text}\u0000`,
      text.slice(1),
      text.slice(0, -1),
    ]) {
      expect(parseClientKey(wrong)).toBeNull()
    }
  })

  test('a megabyte is turned away by its length', () => {
    expect(parseClientKey(`pcl_live_abcdefgh_${'a'.repeat(1_000_000)}`)).toBeNull()
  })

  propertyTest.prop([fc.nat({ max: 66 }), fc.constantFrom(...'0123456789ABCDEFabcdefxyzXYZ_-é\u0000')])(
    'changing any one character makes it no key',
    (place, letter) => {
      const text = createClientKey('live', systemRandom).secret.reveal()
      fc.pre(place < text.length && text[place] !== letter)
      expect(parseClientKey(text.slice(0, place) + letter + text.slice(place + 1))).toBeNull()
    },
  )

  propertyTest.prop([fc.string({ unit: 'binary', maxLength: 200 })])('no text makes parsing fail', text => {
    expect(() => parseClientKey(text)).not.toThrow()
    expect(() => parseClientKey(`pcl_${text}`)).not.toThrow()
  })
})
