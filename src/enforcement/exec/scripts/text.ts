import { type Refusal, refusal } from './refusals.ts'

const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46])
const BYTE_ORDER_MARKS = [
  Buffer.from([0xef, 0xbb, 0xbf]),
  Buffer.from([0xff, 0xfe]),
  Buffer.from([0xfe, 0xff]),
]

/** The text of a script that people and rules read the same way as its interpreter does. */
export function readText(bytes: Buffer, path: string): string | Refusal {
  if (bytes.length === 0) return refusal('script.is-empty', `\`${path}\` is empty`, path)
  if (bytes.subarray(0, ELF.length).equals(ELF))
    return refusal('script.is-binary', `\`${path}\` is a program and not a script`, path)
  if (BYTE_ORDER_MARKS.some(mark => bytes.subarray(0, mark.length).equals(mark)))
    return refusal('script.begins-with-mark', `\`${path}\` begins with a byte order mark`, path)
  const nul = bytes.indexOf(0)
  if (nul >= 0) return refusal('script.holds-nul', `\`${path}\` holds a NUL at byte ${nul}`, path)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return refusal('script.is-no-text', `\`${path}\` is not UTF-8`, path)
  }
}
