import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { register } from '../threats/register.ts'
import { catalogue } from './catalogue.ts'

const rules = join(import.meta.dirname, '..')

test('every rule that the sources name is listed once, with a known threat', () => {
  const sources = readdirSync(rules, { recursive: true, encoding: 'utf8' })
    .filter(file => /(?:commands|paths)\/.*\.ts$/.test(file) && !file.endsWith('.test.ts'))
    .map(file => readFileSync(join(rules, file), 'utf8'))
    .join('\n')
  const named = new Set(sources.match(/(?<=')(?:command|path|url)\.[a-z]+(?:-[a-z]+)+(?=')/g))
  const listed = catalogue().map(({ id }) => id)
  expect(named.size).toBeGreaterThan(60)
  expect([...named].filter(rule => !listed.includes(rule))).toEqual([])
  expect(new Set(listed).size).toBe(listed.length)
  expect(catalogue().filter(({ threat }) => !Object.hasOwn(register, threat))).toEqual([])
})

test('tampering and secrets that leave are never lifted', () => {
  const final = catalogue()
    .filter(({ isFinal }) => isFinal)
    .map(({ id }) => id)
  expect(final).toEqual(
    expect.arrayContaining([
      'command.changes-agent-settings',
      'command.disables-guard',
      'command.erases-record',
      'command.sends-secret',
      'command.touches-portcullis',
      'path.is-agent-settings',
      'path.is-portcullis-own',
      'url.is-metadata-service',
    ]),
  )
})
