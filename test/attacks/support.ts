import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeGuard, type Deployment } from '../../src/cli/compose.ts'
import { type Paths, resolvePaths } from '../../src/config/paths.ts'
import { configSchema } from '../../src/config/schema.ts'
import { createGateway, type Gateway } from '../../src/enforcement/gateway/gateway.ts'
import { type Script, type StandInModel, startStandInModel } from '../standin/model.ts'

const UPSTREAM_KEY = 'made-up-upstream-key'

export interface Fortress {
  readonly url: string
  readonly port: number
  readonly model: StandInModel
  readonly gateway: Gateway
  readonly deployment: Deployment
  readonly paths: Paths
  /** Everything on record, as text. */
  journal(): Promise<string[]>
  close(): Promise<void>
}

/** The whole gate in a scratch home, joined by the same function that `up` uses, before a stand-in model. */
export async function raiseFortress(
  settings: Record<string, Record<string, unknown>> = {},
  script: Script = () => ({ text: 'hello' }),
): Promise<Fortress> {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-attack-'))
  const paths = resolvePaths({ env: { HOME: home, PORTCULLIS_HOME: join(home, 'p') } })
  const model = await startStandInModel({ script })
  const config = configSchema.parse({
    ...settings,
    network: { port: 0, ...settings['network'] },
    gateway: { upstream: { url: model.url }, ...settings['gateway'] },
  })
  const deployment = await composeGuard(paths, config, { ANTHROPIC_API_KEY: UPSTREAM_KEY })
  const gateway = createGateway({ ...deployment, config })
  const { port } = await gateway.listen()
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    model,
    gateway,
    deployment,
    paths,
    async journal() {
      const lines: string[] = []
      for await (const record of deployment.audit.records(0)) lines.push(JSON.stringify(record))
      return lines
    },
    async close() {
      await gateway.close(300)
      await deployment.close()
      await model.close()
      rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
