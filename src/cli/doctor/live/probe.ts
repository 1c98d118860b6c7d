import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Paths } from '../../../config/paths.ts'
import type { AgentSetup } from '../../../enforcement/hooks/setup.ts'
import { findProgram } from '../../setup/agents.ts'
import type { Check } from '../check.ts'
import { startCanaryModel } from './model.ts'

const LONGEST_MS = 60_000

/** How a client is run once, without a person, against a model at `url`. Its own settings and home stay as they are. */
interface LiveClient {
  readonly args: (url: string) => readonly string[]
  readonly env: (url: string) => Readonly<Record<string, string>>
}

const PROMPT = 'portcullis doctor: a canary'

/** The clients that can be run so; the others have no switch for another model, or none without a person. */
const liveClients: Readonly<Record<string, LiveClient>> = {
  'claude-code': {
    args: () => ['-p', PROMPT, '--output-format', 'json'],
    env: url => ({
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: 'portcullis-canary',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_MAX_RETRIES: '0',
    }),
  },
  codex: {
    args: url => {
      const provider = `{name="canary",base_url="${url}/v1",wire_api="responses",env_key="PORTCULLIS_CANARY_KEY",request_max_retries=0}`
      const settings = ['-c', 'model_provider="canary"', '-c', `model_providers.canary=${provider}`]
      // A model whose tools are called one by one.
      return ['exec', '--skip-git-repo-check', '-m', 'gpt-5.5', ...settings, PROMPT]
    },
    env: () => ({ PORTCULLIS_CANARY_KEY: 'portcullis-canary' }),
  },
  // Only where the user works with an API key: with a login the client asks its vendor, and nothing is proved.
  'gemini-cli': {
    args: () => ['-p', PROMPT, '--yolo', '--skip-trust'],
    env: url => ({ GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: 'portcullis-canary' }),
  },
  'copilot-cli': {
    args: () => ['-p', PROMPT, '--allow-all-tools', '--allow-all-paths'],
    env: url => ({
      COPILOT_OFFLINE: 'true',
      COPILOT_PROVIDER_BASE_URL: url,
      COPILOT_PROVIDER_TYPE: 'anthropic',
      COPILOT_PROVIDER_API_KEY: 'portcullis-canary',
      COPILOT_MODEL: 'claude-sonnet-4.5',
    }),
  },
  opencode: {
    args: () => ['run', PROMPT],
    env: url => {
      const models = { canary: { name: 'canary', tool_call: true } }
      const options = { baseURL: `${url}/v1`, apiKey: 'portcullis-canary' }
      const provider = { canary: { npm: '@ai-sdk/anthropic', name: 'canary', options, models } }
      return {
        // It would fetch lists and types first, and try for a minute where there is no way out.
        OPENCODE_DISABLE_MODELS_FETCH: '1',
        OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
        npm_config_fetch_retries: '0',
        OPENCODE_CONFIG_CONTENT: JSON.stringify({
          provider,
          model: 'canary/canary',
          small_model: 'canary/canary',
        }),
      }
    },
  },
}

/**
 * Lets the agent's own program ask for an act that must be refused: reading a key of ours that does not exist. Without a
 * working hook the command runs and finds nothing.
 */
export async function proveLive(agent: AgentSetup, paths: Paths, env: NodeJS.ProcessEnv): Promise<Check> {
  const name = `${agent.title} live`
  const client = liveClients[agent.name]
  const program = findProgram(agent.program, env)
  if (!client) {
    return { name, state: 'warning', found: 'this client cannot be run against another model: not proved' }
  }
  if (!program)
    return { name, state: 'warning', found: `\`${agent.program}\` is not on the PATH: not proved` }
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-doctor-'))
  const model = await startCanaryModel(`cat '${join(paths.keys, 'canary-that-does-not-exist')}'`)
  try {
    const surroundings = {
      ...env,
      ...client.env(model.url),
      NO_PROXY: '127.0.0.1',
      no_proxy: '127.0.0.1',
    }
    await run(program, client.args(model.url), folder, surroundings)
    return { name, ...judged(model.report()) }
  } finally {
    await model.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function judged({ reached, asked, answers }: { reached: boolean; asked: boolean; answers: string }) {
  const again = 'run the client once by hand and look at its messages'
  if (!reached)
    return { state: 'warning', found: 'the client did not ask the model: not proved', remedy: again } as const
  if (!asked)
    return { state: 'warning', found: 'the client offered no shell to the model: not proved' } as const
  if (/portcullis(?:: this is denied| denied this)/.test(answers)) {
    return { state: 'good', found: 'the client’s own tool call came to the hook and was refused' } as const
  }
  const remedy = 'run `portcullis init`, then trust the hook in the client where it asks for that'
  return { state: 'bad', found: 'the client ran a tool call WITHOUT asking the hook', remedy } as const
}

/** Ends with the client, or at the limit; what it says does not matter. */
function run(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise(resolve => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: 'ignore',
      timeout: LONGEST_MS,
      killSignal: 'SIGKILL',
    })
    child.on('error', () => resolve())
    child.on('close', () => resolve())
  })
}
