import { describe, expect, test } from 'vitest'
import { systemRandom } from '../../../kernel/random.ts'
import { createToken, credentialCheck, proxyEnvironment, readBasic } from './token.ts'

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

describe('the token of a run', () => {
  const token = createToken(systemRandom)
  const environment = proxyEnvironment(token, { port: 3128, direct: ['localhost'] })
  const { username, password } = new URL(environment['https_proxy']!)

  test('is in the variables, and shown nowhere else', () => {
    expect(credentialCheck(token)(`${username}:${password}`)).toBe(true)
    expect(JSON.stringify({ token })).not.toContain(password)
  })

  test('is 24 random bytes, new for each run', () => {
    expect(password).toMatch(/^[0-9a-f]{48}$/)
    expect(credentialCheck(createToken(systemRandom))(`${username}:${password}`)).toBe(false)
  })

  test('stands in each variable a program may look at, in both cases', () => {
    for (const name of ['http_proxy', 'https_proxy', 'all_proxy'])
      expect([environment[name], environment[name.toUpperCase()]]).toEqual(
        new Array(2).fill(`http://portcullis:${password}@127.0.0.1:3128`),
      )
    expect(environment['NO_PROXY']).toBe('localhost')
  })

  test.each([
    [basic('portcullis:x'), 'portcullis:x'],
    ['BASIC  eA==', 'x'],
    ['Basic eA', 'x'],
    ['Basic', undefined],
    ['Basic ', undefined],
    ['Basic eA== ', undefined],
    ['Basic e A==', undefined],
    ['Basic eA-_', undefined],
    ['Bearer eA==', undefined],
  ])('%j holds %j', (header, expected) => {
    expect(readBasic(header)).toBe(expected)
  })
})
