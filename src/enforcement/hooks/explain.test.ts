import { describe, expect, test } from 'vitest'
import { reason } from '../../access/decision.ts'
import { remedyFor } from '../../guard/validation/policy.ts'
import { catalogue } from '../../rules/policy/catalogue.ts'
import { explain } from './explain.ts'

const ID = 'dec_01M7XTE55351JMP7PCHBD68MPS'

function reasonFor(rule: string, message: string) {
  const entry = catalogue().find(({ id }) => id === rule)!
  const { threat, severity, isFinal } = entry
  const code = severity === 'deny' ? 'validation.dangerous-command' : 'validation.command-needs-approval'
  const finding = { rule, threat, grade: 'certain', severity, message, isFinal } as const
  return reason(code, message, { rule, threat, remedy: remedyFor(finding, code) })
}

describe('what an agent and its person are told', () => {
  test.each(catalogue().map(({ id, isFinal }) => [id, isFinal] as const))(
    'of %s: what, rule, threat, remedy, in six hundred characters',
    (rule, isFinal) => {
      const long = `\`program\` would do it to \`${'/very/long'.repeat(40)}\``
      const text = explain('denied', {
        id: ID,
        reasons: [reasonFor(rule, long), reasonFor('command.sends-file', 'more')],
      })
      expect(text.length).toBeLessThanOrEqual(600)
      expect(text).toMatch(/^portcullis: this is denied: `program` would do it to /)
      expect(text).toContain(`[${rule}, `)
      expect(text).toContain(`portcullis explain ${ID}`)
      if (isFinal) expect(text).toContain('no exception lifts this rule')
      else {
        expect(text).toContain(`an exception for \`${rule}\` to \`validation.exceptions\``)
        expect(text).toContain('portcullis check --explain')
      }
    },
  )

  test('an approval and a warning are sentences, too', () => {
    const reasons = [reasonFor('command.sends-file', 'it would send')]
    expect(explain('needs your approval', { id: ID, reasons })).toMatch(
      /^portcullis: this needs your approval: it/,
    )
    expect(explain('would be denied (hooks.mode is `warn`)', { id: ID, reasons })).toMatch(
      /this would be denied \(hooks/,
    )
  })

  test('what a broken glass let pass is told as such, whatever the agent', () => {
    const reasons = [reasonFor('command.sends-file', 'it would send')]
    expect(
      explain('would be denied (hooks.mode is `warn`)', { id: ID, reasons, because: 'the glass is broken' }),
    ).toMatch(/^portcullis: this would be denied, but the glass is broken: it would send/)
  })

  test('several reasons are told as far as there is room, and the rest counted', () => {
    const reasons = Array.from({ length: 5 }, (_, index) => reasonFor('command.sends-file', `fact ${index}`))
    expect(explain('denied', { id: ID, reasons })).toMatch(/fact 0 .*And \d more\./)
  })
})
