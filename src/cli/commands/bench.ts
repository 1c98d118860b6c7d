import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { AccessRequest, Resource } from '../../access/request.ts'
import { loadConfig } from '../../config/load.ts'
import { resolvePaths } from '../../config/paths.ts'
import type { Config } from '../../config/schema.ts'
import type { StepStatistics } from '../../guard/monitoring/timings.ts'
import { composeGuard, type Deployment } from '../compose.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'

const ROUNDS = 2000
const WARM_UP = 500

export const register: RegisterCommand = (program, terminal) => {
  program
    .command('bench')
    .description('time each layer on this machine and say what to do about slow ones')
    .action((_options, command: Command) => bench(command.optsWithGlobals<GlobalOptions>(), terminal))
}

/** Decides a mix of acts against a scratch journal: same guard, same configuration, nothing of the user's touched. */
async function bench(options: GlobalOptions, terminal: Terminal): Promise<void> {
  const { config: file } = resolvePaths({ ...options, env: terminal.env })
  const config = await loadConfig(file, { mustExist: options.config !== undefined })
  const local: Config = { ...config, authentication: { mode: 'local' } }
  await measure(local, WARM_UP, terminal)
  const { layers, perDecision } = await measure(local, ROUNDS, terminal)
  terminal.stdout.write(
    options.json
      ? `${JSON.stringify({ decisions: ROUNDS, microsecondsPerDecision: perDecision, layers })}\n`
      : describe(layers, perDecision),
  )
}

async function measure(config: Config, rounds: number, { env }: Terminal) {
  const scratch = await mkdtemp(join(tmpdir(), 'portcullis-bench-'))
  const paths = resolvePaths({ env: { ...env, PORTCULLIS_HOME: scratch } })
  const deployment = await composeGuard(paths, config, env)
  try {
    const started = deployment.clock.monotonic()
    for (let round = 0; round < rounds; round++) await decideOne(deployment, scratch, round)
    const perDecision = ((deployment.clock.monotonic() - started) * 1000) / rounds
    return { layers: deployment.timings.snapshot(), perDecision }
  } finally {
    await deployment.close()
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function decideOne({ guard, ids, clock }: Deployment, folder: string, round: number): Promise<void> {
  const resource = resources(folder)[round % 4]!
  const request: AccessRequest = {
    id: ids('dec'),
    point: 'hooks',
    action:
      resource.type === 'command' ? 'command:run' : resource.type === 'file' ? 'file:read' : 'prompt:submit',
    resource,
    context: { time: clock.now(), network: { address: '127.0.0.1', local: true, encrypted: false } },
    credentials: {},
  }
  const { settled } = await guard.decide(request)
  await settled
}

function resources(folder: string): Resource[] {
  const workplace = { cwd: folder, home: folder, project: folder }
  const command = (text: string): Resource => ({
    type: 'command',
    id: text,
    command: text,
    workplace,
    texts: [{ text, where: 'command' }],
  })
  const path = join(folder, 'README.md')
  const prose = 'Explain how the layers are joined, then run the tests and report what failed. '.repeat(50)
  return [
    command('git status && npm test -- --watch=false'),
    command('find . -name "*.ts" -exec grep -l "layer" {} + | xargs wc -l'),
    { type: 'file', id: path, path, operation: 'read', tool: 'Read', workplace, texts: [] },
    { type: 'text', id: 'prompt', texts: [{ text: prose, where: 'prompt' }] },
  ]
}

function describe(layers: readonly StepStatistics[], perDecision: number): string {
  const rows = layers.map(({ step, p50, p95, p99 }) => {
    const cells = [p50, p95, p99].map(value => value.toFixed(0).padStart(9)).join('')
    return `  ${step.padEnd(16)}${cells}`
  })
  const slow = layers.flatMap(({ step, advice }) => (advice ? [`  ${step}: ${advice}`] : []))
  return `${ROUNDS} decisions, one at a time, each durable before the next: ${perDecision.toFixed(0)} µs each

  layer              p50 µs   p95 µs   p99 µs
${rows.join('\n')}

${slow.length > 0 ? slow.join('\n') : '  every layer is within its budget'}
`
}
