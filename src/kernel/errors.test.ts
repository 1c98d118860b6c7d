import { describe, expect, test } from 'vitest'
import { PortcullisError, systemCode } from './errors.ts'

describe('a PortcullisError', () => {
  test('keeps code, message, remedy and cause apart', () => {
    const cause = new Error('ENOSPC')
    const error = new PortcullisError('audit.write-failed', 'the disk is full', 'free some space', cause)
    expect(error).toMatchObject({
      code: 'audit.write-failed',
      message: 'the disk is full',
      remedy: 'free some space',
    })
    expect(error.cause).toBe(cause)
  })

  test('stands for exit code 2 when the input was wrong, and 3 when nothing could be told', () => {
    expect(new PortcullisError('usage', 'x', 'y').exitCode).toBe(2)
    expect(new PortcullisError('config.invalid', 'x', 'y').exitCode).toBe(2)
    expect(new PortcullisError('service.unreachable', 'x', 'y').exitCode).toBe(3)
  })
})

describe('the code of a system error', () => {
  test('is undefined for whatever is none', () => {
    expect(systemCode(Object.assign(new Error('no such file'), { code: 'ENOENT' }))).toBe('ENOENT')
    expect(systemCode(new Error('plain'))).toBeUndefined()
    expect(systemCode({ code: 'ENOENT' })).toBeUndefined()
    expect(systemCode(Object.assign(new Error('odd'), { code: 7 }))).toBeUndefined()
  })
})
