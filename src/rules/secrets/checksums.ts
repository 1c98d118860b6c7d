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

function base62(value: number, width: number): string {
  let digits = ''
  for (let rest = value; rest > 0; rest = Math.floor(rest / 62)) digits = BASE62[rest % 62] + digits
  return digits.padStart(width, '0')
}

/** Whether a token's own checksum holds. It grades and never gates: documents and tests carry invented tokens. */
export const checksums = {
  /** GitHub and npm: the last six characters are CRC-32 of the thirty before, in base 62. */
  'crc32-base62': (body: string) =>
    body.length === 36 && body.slice(30) === base62(crc32(body.slice(0, 30)), 6),
  /** Cloudflare: the last eight are CRC-32 of the rest, in hex. */
  'crc32-hex': (body: string) =>
    body.slice(-8).toLowerCase() === crc32(body.slice(0, -8)).toString(16).padStart(8, '0'),
  /** Grafana: as above behind an underscore. */
  'crc32-hex-after-underscore': (body: string) =>
    body.slice(-8).toLowerCase() === crc32(body.slice(0, -9)).toString(16).padStart(8, '0'),
} satisfies Record<string, (body: string) => boolean>

export type ChecksumName = keyof typeof checksums
