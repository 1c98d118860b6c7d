import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { resolvePaths } from '../../config/paths.ts'
import { examine } from './examine.ts'

const home = mkdtempSync(join(tmpdir(), 'doctor-policy-'))
afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))

const exceptionUntil = (day: string) => `validation:
  exceptions:
    - id: spring
      rule: command.writes-outside-project
      when: { path: [~/notes/**] }
      reason: needed in spring
      expires: ${day}
`

async function configurationCheck(text: string) {
  const config = join(home, 'portcullis.yaml')
  writeFileSync(config, text, { mode: 0o600 })
  const env = { HOME: home, PORTCULLIS_HOME: home }
  const checks = examine(resolvePaths({ config, env }), env, { configIsNamed: true })
  const { value } = await checks.next()
  await checks.return(undefined)
  return value
}

test('an exception that is over is named with what to do', async () => {
  expect(await configurationCheck(exceptionUntil('2020-05-01'))).toMatchObject({
    name: 'configuration',
    state: 'warning',
    found: expect.stringMatching(/count no more: spring$/),
    remedy: expect.stringMatching(/new last day/),
  })
})

test('one that still counts is no matter', async () => {
  expect(await configurationCheck(exceptionUntil('9998-05-01'))).toMatchObject({ state: 'good' })
})
