import { expect, test } from 'vitest'
import type { Decision, Obligation } from '../../access/decision.ts'
import { parseConfig } from '../../config/load.ts'
import { Secret } from '../../kernel/secret.ts'
import { createSecretEngine } from '../../rules/secrets/engine.ts'
import { dispose, strictest } from './dispose.ts'

const engine = createSecretEngine({ placeholder: kind => `<masked:${kind}>`, minimumGrade: 'likely' })
const config = parseConfig('', 'test')
const sandbox: Obligation = { type: 'sandbox', profile: 'build' }

function weigh(obligations: readonly Obligation[], wrap: boolean, canWrap = true) {
  const decision: Decision = {
    effect: 'allow',
    id: 'dec_1',
    principal: null,
    permission: null,
    findings: [],
    timings: {},
    obligations,
    assurance: 'affirmed',
  }
  const sandboxed = (command: string, profile: string) => (canWrap ? `in ${profile}: ${command}` : null)
  const abilities = { ask: true, rewrite: true, ...(wrap && { wrap }) }
  return dispose(decision, { action: 'command:run', abilities, config, engine, command: 'make', sandboxed })
}

test('a demanded sandbox goes around the command where the agent lets a hook change it', () => {
  const disposition = strictest([weigh([sandbox], true)])
  if (disposition.kind !== 'rewrite') throw new TypeError(disposition.kind)
  expect(disposition.rewrite('make')).toBe('in build: make')
  expect(disposition.rewrite('what it is for')).toBe('what it is for')
})

test.each([
  ['the agent lets no hook change the command', [sandbox], false, true],
  ['there is no way into the sandbox', [sandbox], true, false],
  [
    'a secret would be put back inside the quotes',
    [
      sandbox,
      {
        type: 'restore',
        secrets: [{ placeholder: '<p>', secret: new Secret('x'), rule: 'r', target: 'make' }],
      },
    ],
    true,
    true,
  ],
] as const)('it is refused where %s', (_, obligations, wrap, canWrap) => {
  expect(weigh(obligations, wrap, canWrap)).toMatchObject({
    kind: 'deny',
    reasons: [{ code: 'execution.unknown-obligation' }],
  })
})
