import { describe, expect, test } from 'vitest'
import type { UnsafeCall } from '../policy.ts'
import { answers, encode } from './assemble.ts'
import { filterProgram } from './program.ts'
import { type Architecture, auditArchitecture, numberOf, type SyscallName, syscalls } from './syscalls.ts'

/** Runs the bytes as the kernel would: the accumulator, four kinds of jumps, one answer. */
function interpret(program: Buffer, data: Buffer): number {
  let accumulator = 0
  for (let at = 0; at < program.length; at += 8) {
    const value = program.readUInt32LE(at + 4)
    const jump = (holds: boolean) => {
      at += 8 * program.readUInt8(at + (holds ? 2 : 3))
    }
    switch (program.readUInt16LE(at)) {
      case 0x20:
        accumulator = data.readUInt32LE(value)
        break
      case 0x54:
        accumulator = (accumulator & value) >>> 0
        break
      case 0x15:
        jump(accumulator === value)
        break
      case 0x25:
        jump(accumulator > value)
        break
      case 0x45:
        jump((accumulator & value) !== 0)
        break
      case 0x06:
        return value
      default:
        throw new TypeError('an instruction the filter does not use')
    }
  }
  throw new TypeError('the program ran past its end')
}

interface Call {
  readonly name?: SyscallName
  readonly number?: number
  readonly args?: readonly (number | bigint)[]
  readonly audit?: number
  readonly opened?: readonly UnsafeCall[]
}

function ask(architecture: Architecture, { name, number, args = [], audit, opened = [] }: Call): number {
  const data = Buffer.alloc(64)
  data.writeUInt32LE(number ?? numberOf(name!, architecture)!, 0)
  data.writeUInt32LE(audit ?? auditArchitecture[architecture], 4)
  for (const [index, arg] of args.entries()) data.writeBigUInt64LE(BigInt(arg), 16 + 8 * index)
  return interpret(encode(filterProgram(architecture, opened)), data)
}

describe.each(['x64', 'arm64'] as const)('the filter for %s', architecture => {
  const verdict = (call: Call) => ask(architecture, call)
  const has = (name: SyscallName) => numberOf(name, architecture) !== undefined

  test('fits what the kernel takes', () => {
    expect(filterProgram(architecture).length).toBeLessThan(4096)
  })

  test('another architecture, x32 and calls newer than its tables are unknown', () => {
    expect(verdict({ number: 1, audit: 0x40000003 })).toBe(answers.unknown)
    expect(verdict({ number: 0x40000000 + 1 })).toBe(answers.unknown)
    expect(verdict({ number: 470 })).toBe(answers.unknown)
    expect(verdict({ number: 451 })).toBe(answers.allow)
  })

  test('every call that is named is refused or unknown, unless its arguments decide', () => {
    const byArguments = new Set<SyscallName>([
      'clone',
      'personality',
      'socket',
      'socketpair',
      'ioctl',
      'mknod',
    ])
    for (const name of [
      'mknodat',
      'chmod',
      'fchmod',
      'fchmodat',
      'fchmodat2',
      'creat',
      'open',
      'openat',
    ] as const)
      byArguments.add(name)
    for (const name of Object.keys(syscalls) as SyscallName[]) {
      if (byArguments.has(name) || !has(name)) continue
      const expected = name === 'clone3' || name === 'openat2' ? answers.unknown : answers.refuse
      expect([name, verdict({ name })]).toEqual([name, expected])
    }
  })

  test('a process may be made, a namespace not, in any of its bits', () => {
    expect(verdict({ name: 'clone', args: [0x01200011] })).toBe(answers.allow)
    for (const bit of [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000])
      expect(verdict({ name: 'clone', args: [bit | 17] })).toBe(answers.refuse)
  })

  test('sockets: streams and datagrams of the internet, routes to read, nothing else', () => {
    const CLOEXEC = 0o2000000
    for (const family of [2, 10])
      for (const type of [1, 2, 1 | CLOEXEC])
        expect(verdict({ name: 'socket', args: [family, type] })).toBe(answers.allow)
    expect(verdict({ name: 'socket', args: [2, 3] })).toBe(answers.refuse)
    expect(verdict({ name: 'socket', args: [2, 1, 6] })).toBe(answers.allow)
    for (const protocol of [1, 132, 262])
      expect(verdict({ name: 'socket', args: [2, 1, protocol] })).toBe(answers.refuse)
    expect(verdict({ name: 'socket', args: [16, 3, 0] })).toBe(answers.allow)
    expect(verdict({ name: 'socket', args: [16, 3, 12] })).toBe(answers.refuse)
    for (const family of [0, 1, 3, 17, 38, 40, 44])
      expect(verdict({ name: 'socket', args: [family, 1] })).toBe(answers.refuse)
    expect(verdict({ name: 'socketpair', args: [1, 1] })).toBe(answers.allow)
    expect(verdict({ name: 'socketpair', args: [2, 1] })).toBe(answers.refuse)
  })

  test('a family in the low half of the register is compared, whatever stands above it', () => {
    expect(verdict({ name: 'socket', args: [0x1_0000_0001n, 1] })).toBe(answers.refuse)
    expect(verdict({ name: 'ioctl', args: [0, 0x1_0000_5412n] })).toBe(answers.refuse)
  })

  test('a terminal takes no typing, and other requests pass', () => {
    for (const request of [0x5412, 0x541c, 0x5423])
      expect(verdict({ name: 'ioctl', args: [0, request] })).toBe(answers.refuse)
    expect(verdict({ name: 'ioctl', args: [0, 0x5413] })).toBe(answers.allow)
  })

  test('modes with set-id bits and devices are refused, plain ones pass', () => {
    expect(verdict({ name: 'fchmod', args: [3, 0o755] })).toBe(answers.allow)
    expect(verdict({ name: 'fchmod', args: [3, 0o4755] })).toBe(answers.refuse)
    expect(verdict({ name: 'fchmodat', args: [3, 0, 0o2755] })).toBe(answers.refuse)
    expect(verdict({ name: 'openat', args: [3, 0, 0o101, 0o4755] })).toBe(answers.refuse)
    expect(verdict({ name: 'openat', args: [3, 0, 0o101, 0o755] })).toBe(answers.allow)
    // Without O_CREAT the register holds anything.
    expect(verdict({ name: 'openat', args: [3, 0, 0, 0o7777] })).toBe(answers.allow)
    expect(verdict({ name: 'mknodat', args: [3, 0, 0o010644] })).toBe(answers.allow)
    for (const mode of [0o020644, 0o060644, 0o104755])
      expect(verdict({ name: 'mknodat', args: [3, 0, mode] })).toBe(answers.refuse)
  })

  test('address randomisation stays on', () => {
    expect(verdict({ name: 'personality', args: [0] })).toBe(answers.allow)
    expect(verdict({ name: 'personality', args: [0xffffffff] })).toBe(answers.allow)
    expect(verdict({ name: 'personality', args: [0x40000] })).toBe(answers.refuse)
  })

  test('a policy opens one thing at a time', () => {
    expect(verdict({ name: 'ptrace', opened: ['ptrace'] })).toBe(answers.allow)
    expect(verdict({ name: 'ptrace', opened: ['unix-sockets'] })).toBe(answers.refuse)
    expect(verdict({ name: 'socket', args: [1, 1], opened: ['unix-sockets'] })).toBe(answers.allow)
    expect(verdict({ name: 'socket', args: [40, 1], opened: ['unix-sockets'] })).toBe(answers.refuse)
  })
})
