import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { analyse } from '../../src/rules/configuration/analyse.ts'
import { configurationRules } from '../../src/rules/configuration/catalogue.ts'
import { configurationRulesPage } from '../../src/rules/configuration/page.ts'
import { register } from '../../src/rules/threats/register.ts'

/** Case files are text for the rules; nothing in them is run. */
interface Case {
  readonly id: string
  readonly path: string
  readonly text: string
  /** All rules that see something, without their common beginning; none for a neighbour. */
  readonly rules: readonly string[]
  readonly why: string
}

const folder = new URL('../cases/configuration/', import.meta.url)
const cases = readdirSync(folder)
  .filter(name => name.endsWith('.jsonl'))
  .flatMap(name => readFileSync(new URL(name, folder), 'utf8').trim().split('\n'))
  .map(line => JSON.parse(line) as Case)

const found = ({ path, text }: Case) =>
  [...new Set(analyse(path, text).map(({ rule }) => rule.replace('configuration.', '')))].sort()

describe('cases of scripts, workflows, containers, settings and source text', () => {
  test.each(cases)('$id: $why', item => {
    expect(found(item), item.text).toEqual([...item.rules].sort())
  })

  test('every rule has a case that it finds and a neighbour in the same file', () => {
    const seen = new Set(cases.flatMap(({ rules }) => rules.map(rule => `configuration.${rule}`)))
    expect(Object.keys(configurationRules).filter(rule => !seen.has(rule))).toEqual([])
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length)
    expect(cases.length).toBeGreaterThan(300)
  })

  test('every rule is a question with its reason, remedy and references, and its threat names it', () => {
    for (const [id, { question, why, remedy, references, threat }] of Object.entries(configurationRules)) {
      expect(question, id).toMatch(/^(?:Is|Are|Does|May|Can) .*\?$/)
      expect(why, id).toMatch(/^[A-Z`].*\.$/)
      expect(remedy, id).toMatch(/^[a-z`].*[^.]$/)
      expect(references.length, id).toBeGreaterThan(0)
      expect(register[threat].detection.rules, id).toContain('configuration.')
    }
  })

  test('the reference page is the one the rules make', () => {
    const page = readFileSync(new URL('../../docs/reference/code-rules.md', import.meta.url), 'utf8')
    expect(page, 'write it anew: portcullis scan --list-rules > docs/reference/code-rules.md').toBe(
      configurationRulesPage(),
    )
  })

  test('every finding stands at its text, and what it proposes fits there', () => {
    for (const { path, text } of cases)
      for (const { start, end, fix } of analyse(path, text)) {
        expect(start).toBeGreaterThanOrEqual(0)
        expect(end).toBeGreaterThanOrEqual(start)
        expect(end).toBeLessThanOrEqual(text.length)
        if (fix) expect(text.slice(fix.start, fix.end)).not.toContain('\n')
      }
  })

  test('what is proposed ends the finding', () => {
    const proposed = cases.flatMap(item =>
      analyse(item.path, item.text).flatMap(({ rule, fix }) => (fix ? [{ item, rule, fix }] : [])),
    )
    expect(proposed.length).toBeGreaterThan(40)
    for (const { item, rule, fix } of proposed) {
      const mended = item.text.slice(0, fix.start) + fix.replacement + item.text.slice(fix.end)
      expect(
        analyse(item.path, mended).map(finding => finding.rule),
        mended,
      ).not.toContain(rule)
    }
  })
})
