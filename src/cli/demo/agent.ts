import { request } from 'node:http'
import { askService } from '../service-client.ts'

/** What a hook answered about one tool call. */
interface HookAnswer {
  readonly decision: 'allow' | 'ask' | 'deny' | 'none'
  readonly reason: string
  readonly output: unknown
}

/** A scripted agent with the two habits of a real one: it talks to its model, and asks its hooks before it acts. */
export interface ScriptedAgent {
  /** Streams one turn through the gateway; returns what the agent saw. */
  talk(prompt: string): Promise<{ status: number; text: string }>
  /** Asks the hook about a tool call; runs nothing. */
  askToUse(tool: string, input: object): Promise<HookAnswer>
  /** Shows the hook a tool's output; returns what the model may see of it. */
  showOutput(tool: string, input: object, output: object): Promise<HookAnswer>
}

interface HookOutput {
  readonly hookSpecificOutput?: {
    readonly permissionDecision?: 'allow' | 'ask' | 'deny'
    readonly permissionDecisionReason?: string
    readonly updatedToolOutput?: unknown
  }
}

export function createScriptedAgent(gateway: string, socket: string, project: string): ScriptedAgent {
  let calls = 0
  const fire = async (event: object): Promise<HookAnswer> => {
    const body = { session_id: 'demo', cwd: project, tool_use_id: `toolu_demo_${++calls}`, ...event }
    const answer = await askService(socket, 'POST', '/v1/hooks/claude-code', JSON.stringify(body))
    const { hookSpecificOutput: output } = JSON.parse(answer || '{}') as HookOutput
    return {
      decision: output?.permissionDecision ?? 'none',
      reason: output?.permissionDecisionReason ?? '',
      output: output?.updatedToolOutput,
    }
  }
  return {
    talk: prompt => converse(gateway, prompt),
    askToUse: (tool_name, tool_input) => fire({ hook_event_name: 'PreToolUse', tool_name, tool_input }),
    showOutput: (tool_name, tool_input, tool_response) =>
      fire({ hook_event_name: 'PostToolUse', tool_name, tool_input, tool_response }),
  }
}

function converse(gateway: string, prompt: string): Promise<{ status: number; text: string }> {
  const messages = [{ role: 'user', content: prompt }]
  const body = JSON.stringify({ model: 'claude-demo', max_tokens: 256, stream: true, messages })
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'anthropic-version': '2023-06-01',
    'x-claude-code-session-id': 'demo',
    'x-api-key': 'a-made-up-login-that-passes-untouched',
  }
  return new Promise((resolve, reject) => {
    const call = request(`${gateway}/v1/messages?beta=true`, { method: 'POST', headers }, response => {
      let raw = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        raw += chunk
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: textOf(raw) }))
    })
    call.on('error', reject)
    call.end(body)
  })
}

/** The text deltas of an SSE reply, joined. */
function textOf(raw: string): string {
  return raw
    .split('\n')
    .filter(line => line.startsWith('data: '))
    .map(line => JSON.parse(line.slice(6)) as { delta?: { text?: string } })
    .map(event => event.delta?.text ?? '')
    .join('')
}
