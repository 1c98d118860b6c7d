import { describe, expect, test } from 'vitest'
import { environmentHeader, readEnvironmentHeader, secretVariables, variablesOf } from './variables.ts'

const names = (variables: Record<string, string>) => secretVariables(variables).map(({ name }) => name)

describe('variables of an environment', () => {
  test.each([
    ['GITHUB_TOKEN', 'made-up-1234'],
    ['DB_PASSWORD', 'correct horse 7'],
    ['PGPASSWORD', 'x9!x9!y8'],
    ['OPENAI_API_KEY', 'k-1234567890'],
    ['apiKey', 'k-1234567890'],
    ['MY_SECRET_2', 'abcd-efgh-1'],
    ['BASIC_AUTH', 'ann:wonder1and'],
    ['STRIPE_KEY', 'onlylettersbutmanyofthem'],
    ['DATABASE_SECRET', 'postgres://ann:hush-hush@db/x'],
  ])('%s is a secret', (name, value) => {
    expect(names({ [name]: value })).toEqual([name])
  })

  test.each([
    ['the name says nothing', 'EDITOR', 'made-up-1234'],
    ['a word with `key` inside', 'MONKEY', 'made-up-1234'],
    ['a name for one', 'AWS_ACCESS_KEY_ID', 'made-up-1234'],
    ['a place of one', 'GOOGLE_CREDENTIALS_FILE', 'made-up-1234'],
    ['the working folder', 'PWD', '/home/ann/project'],
    ['a socket', 'SSH_AUTH_SOCK', 'made-up-1234'],
    ['a path', 'TLS_KEY', './keys/tls.pem'],
    ['an address', 'TOKEN_ENDPOINT_KEY', 'https://id.example/token'],
    ['short', 'DB_PASSWORD', 'abc1234'],
    ['a word', 'DB_PASSWORD', 'development'],
    ['a number', 'SECRET_PORT_KEY', '20270131'],
    ['one sign', 'DB_PASSWORD', '************'],
    ['a variable', 'DB_PASSWORD', '$DB_PASSWORD_2'],
    ['an example', 'API_KEY', 'your-key-goes-1here'],
    ['something to change', 'API_KEY', 'changeme-12345'],
  ])('not where it is %s', (_why, name, value) => {
    expect(names({ [name]: value })).toEqual([])
  })

  test('as lines of a `.env` file', () => {
    expect(
      variablesOf('# A=1\nexport B="two words" # said\nC=\'x#y\'\r\nD = z # note\nE: 5\nno line\nF=a=b'),
    ).toEqual({ B: 'two words', C: 'x#y', D: 'z', E: '5', F: 'a=b' })
  })
})

describe('the header', () => {
  test('carries secrets and nothing else, and is read again', () => {
    const header = environmentHeader({ DB_PASSWORD: 'hush-hush-1', HOME: '/home/ann' })
    expect(readEnvironmentHeader(header!)).toEqual({ DB_PASSWORD: 'hush-hush-1' })
    expect(environmentHeader({ HOME: '/home/ann' })).toBeUndefined()
  })

  test('is bounded', () => {
    const many = Object.fromEntries(
      Array.from({ length: 100 }, (_, n) => [`TOKEN_${n}`, `${n}`.padEnd(900, 'aB3-')]),
    )
    expect(environmentHeader(many)!.length).toBeLessThan(9_000)
  })

  test.each([
    '',
    'garbage',
    Buffer.from('[1]').toString('base64url'),
    Buffer.from('{"a":1}').toString('base64url'),
  ])('that is none says nothing: %s', header => expect(readEnvironmentHeader(header)).toEqual({}))
})
