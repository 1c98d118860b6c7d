import { describe, expect, test } from 'vitest'
import { createSecretEngine } from './engine.ts'

const engine = createSecretEngine({
  placeholder: kind => `<masked:${kind}:00000000>`,
  minimumGrade: 'likely',
})

// made up here, so that scanners of repositories stay calm
const mixed = ['gQ7Lw2', 'Zr9Tk4', 'Xv8Mb1', 'Nc6Jp3', 'Hd5Sf0', 'Yy2Ww9', 'Ee7R'].join('')
const small = ['qpgv7z8a', 'mkp4ln55', 'znaacezm', '9jy35wca', 'yy6bya2r'].join('')
const hash = ['9c2f7a1e', '5b8d4036', 'fa17c9be', '20d54e83'].join('')

const told = (text: string) => engine.scan(text).map(({ rule, grade }) => `${rule.slice(7)} ${grade}`)

describe('a value near the word of its provider', () => {
  test('is likely with a word for a secret, possible without', () => {
    expect(told(`the pandadoc key ${mixed} of ours`)).toEqual(['pandadoc-key likely'])
    expect(told(`pandadoc has ${mixed}`)).toEqual(['pandadoc-key possible'])
    expect(told(`the key ${mixed} of ours`)).toEqual([])
  })

  test('is only possible where another word stands nearer', () => {
    expect(told(`todoist token for project ${small}`)).toEqual(['todoist-key possible'])
  })

  test('that could be a hash needs its words close, and none for a hash', () => {
    expect(told(`algolia key ${hash}`)).toEqual(['algolia-api-key likely'])
    expect(told(`algolia has ${hash}`)).toEqual(['algolia-api-key possible'])
    expect(told(`algolia has, as everybody knows, ${hash}`)).toEqual([])
    expect(told(`algolia key md5 ${hash}`)).toEqual([])
    expect(told(`algolia key\n${hash}`)).toEqual([])
  })

  test('of an everyday word counts right before a word for a secret', () => {
    expect(told(`readme key: ${mixed.slice(0, 32)}`)).toEqual(['readme-key likely'])
    expect(told(`readme: ${mixed.slice(0, 32)}`)).toEqual([])
  })

  test('ends where its shape does', () => {
    expect(told(`pandadoc key ${mixed}.`)).toEqual(['pandadoc-key likely'])
    for (const more of ['7', '.x7', '/x7', '?x7', '@x7'])
      expect(told(`pandadoc key ${mixed}${more}`), more).not.toContain('pandadoc-key likely')
  })

  test('is the last part of an address, and all parts of a dotted value', () => {
    const address = `https://pandadoc.test/v1/key/${mixed}`
    const [found] = engine.scan(address)
    expect(address.slice(found?.start, found?.end)).toBe(mixed)
    const dotted = `zhipu key ${hash}.${mixed.slice(0, 16)}`
    const [whole] = engine.scan(dotted)
    expect(dotted.slice(whole?.start, whole?.end)).toBe(dotted.slice(10))
  })

  test('is no stand-in, digest or line of an encoded block', () => {
    expect(told(`algolia key ${'ab'.repeat(16)}`)).toEqual([])
    expect(told(`pandadoc key sha512-${mixed}`)).toEqual([])
    expect(told(`pandadoc key:\n${`${mixed}${mixed}\n`.repeat(2)}${mixed}`)).not.toContain(
      'pandadoc-key likely',
    )
  })
})

describe('a value of an unknown provider', () => {
  test('is possible right behind a promising word', () => {
    expect(told(`their secret was ${mixed}`)).toEqual(['generic-secret possible'])
    expect(told(`their secret was PIDX_KDF_PARAM_PKCS12_ID2`)).toEqual([])
    expect(told(`their secret was, to say it with the words of the poet who wrote it, ${mixed}`)).toEqual([])
  })

  test('is likely as a user of curl without a password', () => {
    expect(told(`curl -u ${mixed}: https://api.test/`)).toEqual(['generic-secret likely'])
    expect(told(`curl -u ${mixed}:x https://api.test/`)).toEqual([])
    expect(told(`tar -u ${mixed} x`)).toEqual([])
  })
})
