import { decodeBase64 } from './encoded.ts'
import { isBase58Check, isBech32 } from './wallet-checksums.ts'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const crcTable = new Uint32Array(256)
for (let byte = 0; byte < 256; byte++) {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  crcTable[byte] = value
}

/** CRC-32 (IEEE 802.3) of ASCII text. */
export function crc32(text: string): number {
  let crc = 0xffffffff
  for (let index = 0; index < text.length; index++)
    crc = crcTable[(crc ^ text.charCodeAt(index)) & 255]! ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

/** A number in as many digits as `width` asks for, at least. */
function digitsOf(value: number, base: number, width: number): string {
  let digits = ''
  for (let rest = value; rest > 0; rest = Math.floor(rest / base))
    digits = (base === 62 ? BASE62[rest % base]! : (rest % base).toString(base)) + digits
  return digits.padStart(width, '0')
}

const hex = (value: number) => value.toString(16).padStart(8, '0')

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}

/**
 * Whether a token's own checksum holds: `body` is what follows the literal, `whole` the token with it.
 * It grades and never gates: documents and tests carry invented tokens.
 */
export const checksums = {
  /** GitHub, npm, Vercel: the last six characters are CRC-32 of those before, in base 62. */
  'crc32-base62': body => body.slice(-6) === digitsOf(crc32(body.slice(0, -6)), 62, 6),
  /** GitLab's routable tokens: the last seven are CRC-32 of all before, in base 36. */
  'crc32-base36-of-whole': (_body, whole) => whole.slice(-7) === digitsOf(crc32(whole.slice(0, -7)), 36, 7),
  /** Cloudflare: the last eight are CRC-32 of the rest, in hex. */
  'crc32-hex': body => body.slice(-8).toLowerCase() === hex(crc32(body.slice(0, -8))),
  /** Zuplo: as above behind an underscore. */
  'crc32-hex-after-underscore': body => body.slice(-8).toLowerCase() === hex(crc32(body.slice(0, -9))),
  /** Grafana: of the literal too, and the low byte first. */
  'crc32-hex-reversed': (_body, whole) => {
    const low = new DataView(new ArrayBuffer(4))
    low.setUint32(0, crc32(whole.slice(0, -9)), true)
    return whole.slice(-8).toLowerCase() === hex(low.getUint32(0))
  },
  /** Base64 of a JSON object. */
  'base64-json': body => isJson(decodeBase64(body.replaceAll('=', '')) ?? ''),
  base58: (_body, whole) => isBase58Check(whole),
  bech32: (_body, whole) => isBech32(whole),
} satisfies Record<string, (body: string, whole: string) => boolean>

export type ChecksumName = keyof typeof checksums
