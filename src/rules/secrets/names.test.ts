import { describe, expect, test } from 'vitest'
import { readBytes } from './bytes.ts'
import { echoesName, isHarmlessName, isIdentifier, isSecretKey, splitName } from './names.ts'

const isKey = (name: string) => isSecretKey(readBytes(name, 0).bytes, name.toLowerCase().lastIndexOf('key'))

describe('a name', () => {
  test.each([
    ['some_long-name.withHumps', ['some', 'long', 'name', 'with', 'humps']],
    ['HTTPPassword', ['httppassword']],
    ['', []],
  ])('%j has the parts %j', (name, parts) => expect(splitName(name)).toEqual(parts))

  test.each(['api_key', 'x-api-key', 'myApiKey', 'APIKEY', 'encryption.key', 'Access Key'])(
    '%j is a secret one',
    name => expect(isKey(name)).toBe(true),
  )

  test.each(['primary_key', 'sortKey', 'monkey', 'key', 'cache-key', 'foreignKey', 'key_key'])(
    '%j is none',
    name => expect(isKey(name)).toBe(false),
  )

  test('is about a secret and holds none where a part says so', () => {
    expect(isHarmlessName('', '_min_length')).toBe(true)
    expect(isHarmlessName('next_', '')).toBe(true)
    expect(isHarmlessName('admin_', '_base')).toBe(false)
  })
})

describe('a value', () => {
  test('that repeats its name is a constant', () => {
    expect(echoesName('TLS_PSK_WITH_AES', 'TLS_PSK_WITH_AES_128_CCM')).toBe(true)
    expect(echoesName('DB_PASSWORD', 'correct-horse-battery')).toBe(false)
    expect(echoesName('PK11_PW_RETRY', 'RETRY')).toBe(true)
    expect(echoesName('PASSWORD_HUNTER2', 'HUNTER2')).toBe(false)
  })

  test('tells requests apart only as a token of one', () => {
    const uuid = '7d1f0c52-93ab-4e6d-8c21-5b0e9a4f7d63'
    expect(isIdentifier('client_', '', uuid, 'token')).toBe(true)
    expect(isIdentifier('client_', '', uuid, 'secret')).toBe(false)
    expect(isIdentifier('auth_', '', uuid, 'token')).toBe(false)
    expect(isIdentifier('access_', '_id', 'Zx9kkQ2w', 'token')).toBe(true)
  })
})
