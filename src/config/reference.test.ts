import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { configJsonSchema, knownKeys, type SchemaNode } from './json-schema.ts'
import { configReference } from './reference.ts'

const page = new URL('../../docs/reference/configuration.md', import.meta.url)

test('docs/reference/configuration.md is what the schema says; `portcullis config docs` makes it again', () => {
  expect(readFileSync(page, 'utf8')).toBe(configReference())
})

test('every field is described, and every key stands in the reference', () => {
  const reference = configReference()
  const undescribed: string[] = []
  const look = (node: SchemaNode, path: string) => {
    for (const [key, child] of Object.entries(node.properties ?? {})) {
      const full = path === '' ? key : `${path}.${key}`
      if (!child.properties && !child.description) undescribed.push(full)
      if (!child.properties) expect(reference).toContain(`| \`${full}\` |`)
      look(child, full)
    }
  }
  look(configJsonSchema(), '')
  expect(undescribed).toEqual([])
  expect(reference).toContain('| `gateway.upstream.credential.env` |')
  expect(reference).toContain('| `authorization.roles.<name>.deny` |')
})

test('the JSON Schema refuses unknown keys on every level and needs none', () => {
  const open: string[] = []
  const look = (node: SchemaNode, path: string) => {
    if (node.properties && node.additionalProperties !== false) open.push(path)
    for (const [key, child] of Object.entries(node.properties ?? {})) look(child, `${path}/${key}`)
    for (const form of node.anyOf ?? []) look(form, path)
  }
  const schema = configJsonSchema()
  look(schema, '')
  expect(open).toEqual([])
  expect(schema.required).toBeUndefined()
  expect(schema).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'portcullis.yaml',
  })
})

test('known keys are found through sections, maps with any name, and forms', () => {
  expect(knownKeys([])).toContain('network')
  expect(knownKeys(['authorization', 'roles', 'ci'])).toEqual(['description', 'allow', 'deny'])
  expect(knownKeys(['gateway', 'upstream', 'credential'])).toEqual(['env', 'file'])
  expect(knownKeys(['network', 'allow', 0])).toEqual([])
  expect(knownKeys(['nowhere', 'at', 'all'])).toEqual([])
})
