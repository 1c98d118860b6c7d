/** One instruction of the kernel's classic packet filter: 8 bytes, little endian. */
export interface Instruction {
  readonly code: number
  readonly jumpTrue: number
  readonly jumpFalse: number
  readonly value: number
}

/** Operation codes, as `linux/bpf_common.h` composes them. */
export const operation = {
  load: 0x20,
  and: 0x54,
  jumpEqual: 0x15,
  jumpGreater: 0x25,
  jumpAtLeast: 0x35,
  jumpSet: 0x45,
  answer: 0x06,
} as const

const EPERM = 1
const ENOSYS = 38
const ERRNO = 0x00050000

export const answers = {
  allow: 0x7fff0000,
  /** The call fails with "operation not permitted". */
  refuse: ERRNO | EPERM,
  /** The call fails as on a kernel without it, so that programs take their older way. */
  unknown: ERRNO | ENOSYS,
} as const

export const load = (offset: number): Instruction => step(operation.load, offset)
export const and = (mask: number): Instruction => step(operation.and, mask)
export const answer = (value: number): Instruction => step(operation.answer, value)

/** Goes on with the next instruction when the test holds, and skips `otherwise` instructions when not. */
export function when(code: number, value: number, otherwise: number): Instruction {
  return { code, jumpTrue: 0, jumpFalse: jump(otherwise), value }
}

/** Skips `then` instructions when the test holds. */
export function skipWhen(code: number, value: number, then: number): Instruction {
  return { code, jumpTrue: jump(then), jumpFalse: 0, value }
}

function step(code: number, value: number): Instruction {
  return { code, jumpTrue: 0, jumpFalse: 0, value }
}

function jump(distance: number): number {
  if (distance > 255) throw new TypeError(`a jump of ${distance} instructions does not fit one byte`)
  return distance
}

/** The bytes bubblewrap hands to the kernel. */
export function encode(program: readonly Instruction[]): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(program.length * 8)
  for (const [index, { code, jumpTrue, jumpFalse, value }] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8)
    bytes.writeUInt8(jumpTrue, index * 8 + 2)
    bytes.writeUInt8(jumpFalse, index * 8 + 3)
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4)
  }
  return bytes
}
