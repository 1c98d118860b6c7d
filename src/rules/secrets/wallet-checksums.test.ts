import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSecretEngine } from './engine.ts'
import { sha256 } from './sha256.ts'
import { isBase58Check, isBech32, isStellarSeed } from './wallet-checksums.ts'

const engine = createSecretEngine({
  placeholder: kind => `<masked:${kind}:00000000>`,
  minimumGrade: 'likely',
})
const rules = (text: string) => engine.scan(text).map(({ rule, grade }) => `${rule} ${grade}`)
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
/** Bytes that are no key anybody could have. */
const bytes = Uint8Array.from({ length: 32 }, (_, index) => (index * 37 + 11) & 255)

/** A number of many bytes in another base. */
function inBase(of: Uint8Array, alphabet: string): string {
  let rest = BigInt(`0x${Buffer.from(of).toString('hex')}`)
  let digits = ''
  for (; rest > 0n; rest /= BigInt(alphabet.length))
    digits = alphabet[Number(rest % BigInt(alphabet.length))] + digits
  return digits
}

function base58Check(payload: Uint8Array): string {
  return inBase(Buffer.concat([payload, hash(hash(payload)).subarray(0, 4)]), base58)
}

/** The last character changed. */
const mistyped = (text: string) => text.slice(0, -1) + (text.endsWith('7') ? '6' : '7')

test('SHA-256 gives what the library gives, for every way a block can end', () => {
  for (const length of [0, 1, 54, 55, 56, 63, 64, 65, 200]) {
    const message = Uint8Array.from({ length }, (_, index) => (index * 7) & 255)
    expect(Buffer.from(sha256(message))).toEqual(hash(message))
  }
})

test('Bitcoin keys are known by their checksum alone; with a mistake in them they are nothing', () => {
  const keys = [
    base58Check(Buffer.concat([Uint8Array.of(0x80), bytes])),
    base58Check(Buffer.concat([Uint8Array.of(0x80), bytes, Uint8Array.of(1)])),
    base58Check(Buffer.concat([Uint8Array.of(0xef), bytes, Uint8Array.of(1)])),
  ]
  expect(keys.map(key => key[0])).toEqual(['5', expect.stringMatching(/[KL]/), 'c'])
  for (const key of keys) {
    expect(isBase58Check(key)).toBe(true)
    expect(rules(`the key ${key} it is`)).toEqual(['secret.bitcoin-private-key certain'])
    expect(rules(JSON.stringify({ note: `a\n${key}` }))).toEqual(['secret.bitcoin-private-key certain'])
    expect(rules(`the key ${mistyped(key)} it is`)).toEqual([])
  }
})

test('extended private keys are certain by their checksum, likely without it', () => {
  const payload = Buffer.concat([
    Uint8Array.of(0x04, 0x88, 0xad, 0xe4),
    Buffer.alloc(9),
    bytes,
    Uint8Array.of(0),
    bytes,
  ])
  const key = base58Check(payload)
  expect(key.startsWith('xprv')).toBe(true)
  expect(rules(key)).toEqual(['secret.extended-private-key certain'])
  expect(rules(mistyped(key))).toEqual(['secret.extended-private-key likely'])
})

test('Stellar seeds are known by version and checksum', () => {
  const versioned = Buffer.concat([Uint8Array.of(18 << 3), bytes])
  let crc = 0
  for (const byte of versioned) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++)
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  const seed = inBase(Buffer.concat([versioned, Uint8Array.of(crc & 255, crc >> 8)]), base32)
  expect(isStellarSeed(seed)).toBe(true)
  expect(rules(`seed ${seed}`)).toEqual(['secret.stellar-secret-seed certain'])
  expect(isStellarSeed(mistyped(seed))).toBe(false)
  expect(isStellarSeed(seed.replace('S', 'G'))).toBe(false)
})

test('Bech32 and Bech32m hold for the examples of BIP 173 and BIP 350, and not in mixed case', () => {
  const valid = ['A12UEL5L', 'abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw', 'A1LQFN3A']
  for (const text of valid) expect(isBech32(text)).toBe(true)
  for (const text of ['A12UEL5K', 'A12uEL5L', '1nwldj5', 'abcdef', '']) expect(isBech32(text)).toBe(false)
})
