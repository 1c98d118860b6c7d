import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Service, type ServiceOptions, startService } from '../../src/cli/service.ts'
import { askService } from '../../src/cli/service-client.ts'
import { loadConfig, validateConfig } from '../../src/config/load.ts'
import { type Paths, resolvePaths } from '../../src/config/paths.ts'
import { askService as askHooks } from '../../src/enforcement/hooks/client.ts'
import { PortcullisError } from '../../src/kernel/errors.ts'
import { scratchHome } from './process.ts'

let place: ReturnType<typeof scratchHome>
let paths: Paths
let service: Service | undefined

beforeEach(() => {
  place = scratchHome()
  paths = resolvePaths({ env: place.env })
})
afterEach(async () => {
  await service?.close()
  service = undefined
  place.remove()
})

async function start(more: Pick<ServiceOptions, 'notify' | 'openGrammar'>): Promise<void> {
  service = await startService({
    paths,
    fileConfig: await loadConfig(paths.config),
    effective: config =>
      validateConfig({ ...config, network: { ...config.network, port: 0, adminPort: 0 } }, 'the test'),
    env: { ...place.env },
    ...more,
  })
}

async function permissionFor(command: string): Promise<unknown> {
  const event = {
    session_id: 's1',
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_use_id: 'toolu_1',
    tool_input: { command },
    cwd: '/srv/app',
  }
  const caller = { cwd: '/srv/app', project: '/srv/app' }
  const answer = await askHooks(
    paths.socket,
    'claude-code',
    Buffer.from(JSON.stringify(event)),
    caller,
    5_000,
  )
  return JSON.parse(answer?.body ?? 'null').hookSpecificOutput?.permissionDecision
}

const statusOf = async () => JSON.parse(await askService(paths.socket, 'GET', '/v1/status'))

test('the service affirms what both grammars read alike, and counts it', async () => {
  const told: string[] = []
  await start({ notify: line => void told.push(line) })
  expect(await permissionFor('ls -la | head -3')).toBe('allow')
  expect(await permissionFor('npm test')).toBeUndefined()
  expect((await statusOf()).grammar).toEqual({ agrees: 1, 'adds-program': 0, differs: 0, unreadable: 0 })
  expect(told).toEqual([])
})

test('without a second grammar it affirms nothing, and says so once in each place', async () => {
  const told: string[] = []
  const openGrammar = () =>
    Promise.reject(new PortcullisError('grammar.unavailable', 'no second grammar', 'install again'))
  await start({ notify: line => void told.push(line), openGrammar })
  expect(await permissionFor('ls -la | head -3')).toBeUndefined()
  expect(await permissionFor('ls')).toBeUndefined()
  expect(await permissionFor('rm -rf ~')).toBe('deny')
  expect((await statusOf()).grammar).toBeNull()
  expect(told).toEqual(['portcullis: no second grammar'])
  await service?.close()
  service = undefined
  const lines = readdirSync(paths.audit)
    .filter(name => name.startsWith('segment-') && name.endsWith('.jsonl'))
    .flatMap(name => readFileSync(join(paths.audit, name), 'utf8').split('\n'))
  expect(lines.filter(line => line.includes('"grammar.unavailable"'))).toHaveLength(1)
})
