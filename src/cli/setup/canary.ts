import { spawn } from 'node:child_process'
import type { AgentSetup, HookEntry } from '../../enforcement/hooks/setup.ts'
import { userPlace } from './agents.ts'

/** What became of a tool call that must be refused. */
export interface Canary {
  readonly agent: string
  readonly title: string
  readonly refused: boolean
  /** Refused by a rule, and not because something failed. */
  readonly byRule: boolean
  readonly milliseconds: number
  /** In words. */
  readonly found: string
}

const LONGEST_MS = 15_000

/** Sends a deletion of the home folder, as the agent would, to the very command line in its settings. Nothing is run. */
export async function sendCanary(
  agent: AgentSetup,
  entry: HookEntry,
  env: NodeJS.ProcessEnv,
): Promise<Canary> {
  const { name, title, canary, isRefusal } = agent
  const { command } = agent.entered?.(entry) ?? entry
  const { home } = userPlace(env)
  const started = performance.now()
  const answer = await feed(command, JSON.stringify(canary(home)), env)
  const milliseconds = Math.round(performance.now() - started)
  const refused = isRefusal(answer)
  const byRule = refused && `${answer.stdout}${answer.stderr}`.includes('command.')
  const found = byRule
    ? `its hook refused a deletion of the home folder in ${milliseconds} ms`
    : refused
      ? 'its hook refused, but by the fail-safe and not by a rule'
      : 'its hook did NOT refuse a deletion of the home folder'
  return { agent: name, title, refused, byRule, milliseconds, found }
}

interface Answer {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | null
}

/** As the agents call it: through a shell, the event on standard input. */
function feed(command: string, input: string, env: NodeJS.ProcessEnv): Promise<Answer> {
  return new Promise(resolve => {
    const child = spawn('/bin/sh', ['-c', command], { env, timeout: LONGEST_MS })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk
    })
    child.on('error', () => resolve({ stdout: '', stderr: '', exitCode: null }))
    child.on('close', exitCode => resolve({ stdout, stderr, exitCode }))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}
