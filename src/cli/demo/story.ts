import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifyJournal } from '../../audit/verify.ts'
import type { Paths } from '../../config/paths.ts'
import { configSchema } from '../../config/schema.ts'
import { startService } from '../service.ts'
import { createScriptedAgent, type ScriptedAgent } from './agent.ts'
import { type ScriptedModel, startScriptedModel } from './model.ts'

/** One thing the demo shows, and whether it came out as promised. */
export interface Step {
  readonly name: string
  readonly asPromised: boolean
  readonly seen: string
}

type Say = (line: string, colour?: 'red' | 'green' | 'yellow' | 'dim' | 'bold') => void

interface Stage {
  readonly agent: ScriptedAgent
  readonly model: ScriptedModel
  readonly secret: string
  readonly project: string
}

/** Plays the whole story against the real gate and says what happens. */
export async function tellStory(options: { paths: Paths; scratch: string; say: Say }): Promise<Step[]> {
  const { paths, scratch, say } = options
  const secret = madeUpToken()
  const half = Math.floor(secret.length / 2)
  const model = await startScriptedModel(() => [
    'You sent me ',
    `this key: ${secret.slice(0, half)}`,
    secret.slice(half),
    ' – right?',
  ])
  const service = await startService({
    paths,
    fileConfig: configSchema.parse({}),
    effective: config => ({
      ...config,
      network: { ...config.network, port: 0, adminPort: 0 },
      gateway: { ...config.gateway, upstream: { ...config.gateway.upstream, url: model.url } },
    }),
    env: {},
    notify: () => undefined,
  }).catch(async (fault: unknown) => {
    await model.close()
    throw fault
  })
  const steps: Step[] = []
  try {
    const project = join(scratch, 'project')
    mkdirSync(project)
    writeFileSync(join(project, 'notes.txt'), 'nothing to see\n')
    const stage = {
      agent: createScriptedAgent(service.addresses.gateway, paths.socket, project),
      model,
      secret,
      project,
    }
    say(`Everything below runs on loopback: a scripted model, a scripted agent, and the real gate.\n`, 'dim')
    for (const scene of [
      maskedPrompt,
      maskedReply,
      blockedDeletion,
      blockedRead,
      quietOnHonestWork,
      maskedOutput,
    ]) {
      const step = await scene(stage)
      steps.push(step)
      tell(say, steps.length, step)
    }
  } finally {
    await service.close()
    await model.close()
  }
  for (const scene of [wholeLog, foundTampering]) {
    const step = await scene(paths, scratch)
    steps.push(step)
    tell(say, steps.length, step)
  }
  say(
    steps.every(step => step.asPromised)
      ? '\nEverything came out as promised.'
      : '\nSomething did NOT come out as promised.',
    'bold',
  )
  say('Next: `portcullis init` guards your own agent, `portcullis up` brings the gate up.')
  return steps
}

function tell(say: Say, number: number, { name, asPromised, seen }: Step): void {
  say(`${number}. ${name}`, 'bold')
  say(`   ${asPromised ? '✓' : '✗'} ${seen.replaceAll('\n', '\n     ')}\n`, asPromised ? 'green' : 'red')
}

async function maskedPrompt({ agent, model, secret }: Stage): Promise<Step> {
  await agent.talk(`Deploy with the token ${secret} please.`)
  const sent = model.received.at(-1) ?? ''
  const seen = /Deploy with[^"]*/.exec(sent)?.[0] ?? sent.slice(0, 80)
  return {
    name: 'The agent puts a credential into its prompt. The model must not get it.',
    asPromised: sent.length > 0 && !sent.includes(secret) && sent.includes('<masked:'),
    seen: `the model received: ${seen}`,
  }
}

async function maskedReply({ agent, secret }: Stage): Promise<Step> {
  const { text } = await agent.talk('What did I send you?')
  return {
    name: 'The model streams a credential back, cut in two. The agent must not get it.',
    asPromised: text.includes('<masked:') && !text.includes(secret) && !text.includes(secret.slice(-8)),
    seen: `the agent received: ${text}`,
  }
}

async function blockedDeletion({ agent }: Stage): Promise<Step> {
  const command = 'cd / && r""m -r --force "$HOME"/./*'
  const { decision, reason } = await agent.askToUse('Bash', { command })
  const name = `The agent wants to run: ${command}`
  return { name, asPromised: decision === 'deny', seen: `${decision}: ${reason}` }
}

async function blockedRead({ agent, project }: Stage): Promise<Step> {
  const { decision, reason } = await agent.askToUse('Read', { file_path: join(project, '.env') })
  return {
    name: 'The agent wants to read .env',
    asPromised: decision === 'deny',
    seen: `${decision}: ${reason}`,
  }
}

async function quietOnHonestWork({ agent, project }: Stage): Promise<Step> {
  const wanted = ['ls -la', 'git status', 'npm test', 'grep -rn layer .', `cat ${join(project, 'notes.txt')}`]
  const answers = await Promise.all(wanted.map(command => agent.askToUse('Bash', { command })))
  const seen = wanted.map((command, i) => `${command}: ${quiet(answers[i]!.decision)}`).join('\n')
  const asPromised = answers.every(({ decision }) => decision === 'allow' || decision === 'none')
  return { name: 'The agent does ordinary work. The gate must keep quiet.', asPromised, seen }
}

function quiet(decision: string): string {
  return decision === 'none' ? 'no objection' : decision
}

async function maskedOutput({ agent, secret }: Stage): Promise<Step> {
  const output = { stdout: `GITHUB_TOKEN=${secret}`, stderr: '', interrupted: false, isImage: false }
  const answer = await agent.showOutput('Bash', { command: 'printenv GITHUB_TOKEN' }, output)
  const shown = JSON.stringify(answer.output ?? output)
  return {
    name: 'A tool prints a credential. It must not enter the conversation.',
    asPromised: !shown.includes(secret) && shown.includes('<masked:'),
    seen: `the model will see: ${shown}`,
  }
}

async function wholeLog({ audit, trust }: Paths): Promise<Step> {
  const report = await verifyJournal({ folder: audit, trust })
  return {
    name: 'Every decision is in the log: audit verify',
    asPromised: report.status === 'whole' && report.records > 0,
    seen: `${report.status}, ${report.records} records, signed and chained`,
  }
}

/** Changes one byte in a copy of the log and lets the verifier find it. */
async function foundTampering({ audit, trust }: Paths, scratch: string): Promise<Step> {
  const copy = join(scratch, 'tampered')
  cpSync(audit, copy, { recursive: true })
  const segment = readdirSync(copy).find(file => file.endsWith('.jsonl'))!
  const text = readFileSync(join(copy, segment), 'utf8')
  writeFileSync(join(copy, segment), text.replace('"result":"deny"', '"result":"dent"'))
  const report = await verifyJournal({ folder: copy, trust })
  return {
    name: 'Somebody changes one letter in a copy of the log: audit verify',
    asPromised: text.includes('"result":"deny"') && report.status === 'tampered',
    seen: `${report.status}${report.problem ? `: ${report.problem.what} (line ${report.problem.line})` : ''}`,
  }
}

/** A token of GitHub's shape that opens nothing; in two parts, so that scanners of this source keep calm. */
function madeUpToken(): string {
  return ['ghp', 'k7Qw3mZx9Tb2Lp5Rv8Nc4Hs6Jd1Gf0YaUeXo'].join('_')
}
