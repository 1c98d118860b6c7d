import { sha256 } from './sha256.ts'

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
/** BIP 173 and its successor BIP 350. */
const bech32Residues = [1, 0x2bc830a3]
const bech32Generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]

/** Base58Check: the last four bytes begin the double SHA-256 of the rest. */
export function isBase58Check(text: string): boolean {
  const bytes = decodeBase58(text)
  if (bytes === undefined || bytes.length < 8) return false
  const digest = sha256(sha256(bytes.subarray(0, -4)))
  return bytes.subarray(-4).every((byte, index) => byte === digest[index])
}

function decodeBase58(text: string): Uint8Array | undefined {
  const bytes: number[] = []
  for (const character of text) {
    let carry = BASE58.indexOf(character)
    if (carry < 0) return undefined
    for (let index = 0; index < bytes.length; index++) {
      carry += bytes[index]! * 58
      bytes[index] = carry & 255
      carry >>= 8
    }
    for (; carry > 0; carry >>= 8) bytes.push(carry & 255)
  }
  for (let index = 0; text[index] === '1'; index++) bytes.push(0)
  return Uint8Array.from(bytes.reverse())
}

/** Bech32 (BIP 173) or Bech32m (BIP 350), in one case. */
export function isBech32(text: string): boolean {
  const lower = text.toLowerCase()
  if (lower !== text && text.toUpperCase() !== text) return false
  const separator = lower.lastIndexOf('1')
  const codes = [...lower.slice(0, separator)].map(character => character.charCodeAt(0))
  const data = [...lower.slice(separator + 1)].map(character => BECH32.indexOf(character))
  if (separator < 1 || data.length < 6 || data.includes(-1)) return false
  const values = [...codes.map(code => code >> 5), 0, ...codes.map(code => code & 31), ...data]
  let residue = 1
  for (const value of values) {
    const top = residue >>> 25
    residue = ((residue & 0x1ffffff) << 5) ^ value
    for (let bit = 0; bit < 5; bit++) if ((top >> bit) & 1) residue ^= bech32Generator[bit]!
  }
  return bech32Residues.includes(residue)
}

/** A secret seed as Stellar writes it (SEP 23): version 18, 32 bytes, CRC-16 with the low byte first. */
export function isStellarSeed(text: string): boolean {
  if (text.length !== 56 || text[0] !== 'S') return false
  const bytes: number[] = []
  let bits = 0
  let buffer = 0
  for (const character of text) {
    const value = BASE32.indexOf(character)
    if (value < 0) return false
    buffer = ((buffer << 5) | value) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((buffer >> bits) & 255)
  }
  let crc = 0
  for (const byte of bytes.slice(0, 33)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff
  }
  return bytes[0] === 18 << 3 && bytes[33] === (crc & 255) && bytes[34] === crc >> 8
}
