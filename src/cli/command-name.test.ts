import { describe, expect, test } from 'vitest'
import { asTyped, commandName } from './command-name.ts'
import { commands } from './commands.ts'

describe('what a person has to type', () => {
  test('is the plain name unless the launcher or npx says otherwise', () => {
    expect(commandName({})).toBe('portcullis')
    expect(commandName({ npm_command: 'exec' })).toBe('npx portcullis')
    expect(commandName({ PORTCULLIS_COMMAND: './portcullis', npm_command: 'exec' })).toBe('./portcullis')
  })

  test('is quoted where the shell would take it apart', () => {
    expect(commandName({ PORTCULLIS_COMMAND: "/my tools/it's/portcullis" })).toBe(
      String.raw`'/my tools/it'\''s/portcullis'`,
    )
  })

  test.each(Object.keys(commands))('goes into mentions of `portcullis %s`', name => {
    expect(asTyped(`run \`portcullis ${name} x\``, { PORTCULLIS_COMMAND: './portcullis' })).toBe(
      `run \`./portcullis ${name} x\``,
    )
  })

  test('leaves other words, paths and commands that are right already', () => {
    const env = { PORTCULLIS_COMMAND: './portcullis' }
    for (const text of [
      'portcullis is up',
      './portcullis up',
      '/opt/portcullis init',
      'portcullis upwards',
    ]) {
      expect(asTyped(text, env)).toBe(text)
    }
  })
})
