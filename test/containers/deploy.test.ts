import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { deployFiles } from '../../build/write-deploy.ts'
import { loadConfig } from '../../src/config/load.ts'
import { auditContainers } from '../../src/rules/containers/audit.ts'

const folder = join(import.meta.dirname, '../../deploy')

test.each(deployFiles())('deploy/%s is the one the generator writes, and clean', (name, text) => {
  const written = readFileSync(join(folder, name), 'utf8')
  expect(written, 'write it anew: node build/write-deploy.ts').toBe(text)
  const { findings, troubles } = auditContainers(`deploy/${name}`, written)
  expect([findings, troubles]).toEqual([[], []])
})

test('the configuration that goes into the image is a valid one, and asks for keys', async () => {
  const config = await loadConfig(join(folder, 'portcullis.yaml'), { mustExist: true })
  expect(config).toMatchObject({ network: { host: '0.0.0.0' }, authentication: { mode: 'required' } })
})
