import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { auditContainers } from '../../src/rules/containers/audit.ts'
import { containerRules } from '../../src/rules/containers/catalogue.ts'
import { mended } from '../../src/rules/containers/fix.ts'
import { auditCase, isFound, readCases, scoreOf } from './cases.ts'

const cases = readCases(() => true)

describe('cases of command lines, compose files, Dockerfiles and manifests', () => {
  test.each(cases)('$id: $why', item => {
    expect(
      isFound(item),
      `${item.text}\n${JSON.stringify(auditCase(item).findings.map(({ rule, message }) => [rule, message]))}`,
    ).toBe(item.expect)
  })

  test('every rule has cases of all forms in every format it is about', () => {
    const seen = new Set(cases.map(({ rule, reader, form }) => `${rule} ${reader} ${form}`))
    const missing = cases.flatMap(({ rule, reader }) =>
      (['plain', 'near', 'hidden'] as const)
        .map(form => `${rule} ${reader} ${form}`)
        .filter(key => !seen.has(key)),
    )
    expect([...new Set(missing)]).toEqual([])
    expect(new Set(cases.map(({ rule }) => `container.${rule}`)).size).toBe(
      Object.keys(containerRules).length,
    )
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length)
    expect(cases.length).toBeGreaterThanOrEqual(250)
  })

  test('what is mended has fewer findings, is read as well, and keeps every line', () => {
    let count = 0
    for (const { id, path, text, files, reader } of cases) {
      const options = { readFile: (name: string) => files?.[name] }
      const after = mended(path, text, options)
      if (after.count === 0) {
        expect(after.text, id).toBe(text)
        continue
      }
      count++
      const [was, is] = [text, after.text].map(one => auditContainers(path, one, options))
      expect(is!.findings.length, id).toBeLessThan(was!.findings.length)
      expect(is!.troubles.length, id).toBeLessThanOrEqual(was!.troubles.length)
      if (reader !== 'compose' && reader !== 'kubernetes') continue
      const kept = after.text.split('\n')
      for (const line of text.split('\n').filter(one => !/^ *- /.test(one)))
        expect(
          kept.some(one => one.endsWith(line.trimStart())),
          `${id}: ${line}`,
        ).toBe(true)
      expect(mended(path, after.text, options).text, id).toBe(after.text)
    }
    expect(count).toBeGreaterThan(100)
  })

  test('every finding stands at a place in a file that was read', () => {
    for (const item of cases) {
      const { findings, texts } = auditCase(item)
      for (const { file, start, end } of findings) {
        expect(texts.has(file), item.id).toBe(true)
        expect(start).toBeGreaterThanOrEqual(0)
        expect(end).toBeGreaterThanOrEqual(start)
        expect(end).toBeLessThanOrEqual(texts.get(file)!.length)
      }
    }
  })
})

test('recall and false alarms are those that are written down', () => {
  const apart = /^(?:blind|second)/
  const sets = [
    readCases(name => !apart.test(name)),
    ...['blind', 'second'].map(set => readCases(name => name.startsWith(set))),
  ]
  const page = readFileSync(new URL('../../docs/containers.md', import.meta.url), 'utf8')
  for (const { found, wanted, raised, near } of sets.map(scoreOf)) {
    expect([found, raised]).toEqual([wanted, 0])
    expect(page, 'docs/containers.md gives the size of each set').toContain(`| ${wanted} | ${near} |`)
  }
})
