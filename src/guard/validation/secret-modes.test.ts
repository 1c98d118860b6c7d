import { describe, expect, test } from 'vitest'
import type { AccessRequest, Action } from '../../access/request.ts'
import { openPacks } from '../../config/data-classes.ts'
import { configSchema } from '../../config/schema.ts'
import { createSecretEngine } from '../../rules/secrets/engine.ts'
import { maskingWhatLeaves } from './secret-modes.ts'
import { createSecretJudge } from './secrets.ts'

// Made up; their check digits hold.
const iban = ['DE', '44', '5001', '0517', '5407', '3249', '31'].join('')
const text = `pay ${iban}, ask ana@acme.io, db is db-1.eu.internal`

function outcome(action: Action, classes: object, rules: object = {}) {
  const config = configSchema.parse({ validation: { classes, secrets: { rules } } })
  const engine = createSecretEngine({
    placeholder: kind => `<masked:${kind}:7f3a9c21>`,
    minimumGrade: 'likely',
    packs: openPacks(config.validation.classes),
  })
  const judge = createSecretJudge(engine, config.validation)
  const resource = { type: 'model', id: 'm', texts: [{ text, where: 'body' }] }
  const { findings, refusal, obligations } = judge({ action, resource } as never as AccessRequest)
  return {
    found: findings.map(({ rule, treatment, dataClass }) => `${rule} ${dataClass} ${treatment}`),
    codes: refusal?.reasons.map(({ code, rule }) => `${code} ${rule}`) ?? [],
    masks: obligations.length,
    leaves: maskingWhatLeaves(engine, config).mask(text).text,
  }
}

describe('data that is less than a secret', () => {
  test('is not looked for by default', () => {
    expect(outcome('model:invoke', {})).toEqual({ found: [], codes: [], masks: 0, leaves: text })
  })

  test('is masked towards a model where its class is, and only there', () => {
    expect(outcome('model:invoke', { confidential: 'mask' })).toEqual({
      found: ['personal.iban confidential masked', 'personal.email confidential masked'],
      codes: [],
      masks: 1,
      leaves:
        'pay <masked:personal-iban:7f3a9c21>, ask <masked:personal-email:7f3a9c21>, db is db-1.eu.internal',
    })
    expect(outcome('model:invoke', { internal: 'mask', confidential: 'observe' })).toMatchObject({
      found: [
        'personal.iban confidential noted',
        'personal.email confidential noted',
        'internal.host internal masked',
      ],
      leaves: `pay ${iban}, ask ana@acme.io, db is <masked:internal-host:7f3a9c21>`,
    })
  })

  test('may be written into files and addresses unless its class is blocked', () => {
    expect(outcome('file:write', { confidential: 'mask' })).toMatchObject({ codes: [], masks: 0 })
    expect(outcome('net:connect', { internal: 'mask' })).toMatchObject({ codes: [], masks: 0 })
    expect(outcome('file:write', { confidential: 'block' }).codes).toEqual([
      'validation.secret-found personal.iban',
      'validation.secret-found personal.email',
    ])
    expect(outcome('model:invoke', { internal: 'block' }).codes).toEqual([
      'validation.secret-found internal.host',
    ])
  })

  test('a rule of its own counts more than the class', () => {
    const rules = { 'personal.iban': 'block', 'personal.*': 'observe' }
    expect(outcome('model:invoke', { confidential: 'mask' }, rules)).toMatchObject({
      found: ['personal.iban confidential refused', 'personal.email confidential noted'],
      codes: ['validation.secret-found personal.iban'],
    })
  })
})
