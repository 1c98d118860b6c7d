import { describe, expect, test } from 'vitest'
import { drawParsed } from './draw.ts'
import type { ParsedCommand, ParsedFinding } from './parsed.ts'

const finding: ParsedFinding = {
  rule: 'command.deletes-outside-project',
  threat: 'DATA-DES-001',
  severity: 'ask',
  message: 'it would delete',
}
const effect = { kind: 'delete', target: `/${'long/'.repeat(40)}`, program: 'rm', findings: [finding] }
const parsed: ParsedCommand = {
  statements: [
    {
      text: 'sudo rm -r x',
      effects: [],
      programs: [
        {
          text: 'sudo rm -r x',
          effects: [],
          programs: [{ text: 'rm -r x', effects: [effect, effect], programs: [] }],
        },
      ],
    },
  ],
  findings: [],
  isPartial: false,
}

describe('the tree of a command', () => {
  test('fits the terminal and never loses a verdict', () => {
    const lines = drawParsed(parsed, { width: 80, isColoured: false }).split('\n')
    expect(lines).toContain('└─ sudo rm -r x')
    const verdict = lines.find(line => line.includes('delete'))
    expect(verdict).toMatch(
      /^ {9}└─ delete \/long.*… → ASK command\.deletes-outside-project \(DATA-DES-001\)$/,
    )
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(90)
  })

  test('says an effect once, however often it is had', () => {
    expect(drawParsed(parsed, { width: 80, isColoured: false }).match(/ASK/g)).toHaveLength(1)
  })

  test('is coloured only when asked', () => {
    expect(drawParsed(parsed, { width: 80, isColoured: true })).toContain('\x1b[33m')
    expect(drawParsed(parsed, { width: 80, isColoured: false })).not.toContain('\x1b')
  })

  test('says that exceptions do not count where not all could be read', () => {
    expect(drawParsed({ ...parsed, isPartial: true }, { width: 80, isColoured: false })).toMatch(
      /not all of it could be read/,
    )
  })
})
