/** How many bytes the character takes that a byte begins; 0 where it begins none of more than one, or one of four. */
export function utf8Length(lead: number): number {
  if (lead < 0xc2) return 0
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 0
}

/** The code of two or three bytes (RFC 3629 §3); below 0 when they are none. */
export function utf8Code(lead: number, second: number, third: number): number {
  if (!isContinuation(second)) return -1
  if (lead < 0xe0) return ((lead & 31) << 6) | (second & 63)
  if (!isContinuation(third)) return -1
  const code = ((lead & 15) << 12) | ((second & 63) << 6) | (third & 63)
  return code < 0x800 || (code >= 0xd800 && code < 0xe000) ? -1 : code
}

export function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0
}

/** Bytes as text with the place of each character; what is no UTF-8 stands for itself, as in Latin-1. */
export function readUtf8(bytes: Uint8Array): { text: string; places: Int32Array } {
  const codes = new Uint16Array(bytes.length)
  const places = new Int32Array(bytes.length + 1)
  let length = 0
  for (let at = 0; at < bytes.length; length++) {
    const lead = bytes[at]!
    const size = utf8Length(lead)
    const code = size > 0 ? utf8Code(lead, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0) : -1
    places[length] = at
    codes[length] = code < 0 ? lead : code
    at += code < 0 ? 1 : size
  }
  places[length] = bytes.length
  return { text: Buffer.from(codes.buffer).toString('utf16le', 0, length * 2), places }
}
