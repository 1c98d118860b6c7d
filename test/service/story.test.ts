import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Reply, type StandInModel, startStandInModel } from '../standin/model.ts'
import { portcullis, type RunningService, scratchHome, startUp } from './process.ts'

// The main job on real parts: the official SDK, a running service, the hook program, the disk and the log.

const token = ['ghp', 'k7Qw3mZx9Tb2Lp5Rv8Nc4Hs6Jd1Gf0YaUeXo'].join('_')
const scratch = scratchHome()
const project = join(scratch.home, 'project')
let model: StandInModel
let service: RunningService
let client: Anthropic
let reply: (turn: number) => Reply = () => ({ text: 'hello' })

beforeAll(async () => {
  mkdirSync(project)
  model = await startStandInModel({ script: ({ turn }) => reply(turn) })
  service = await startUp(scratch.env, ['--upstream', model.url])
  client = new Anthropic({ baseURL: service.gateway, apiKey: 'made-up', maxRetries: 0 })
})

afterAll(async () => {
  await service.stop()
  await model.close()
  scratch.remove()
})

/** What a well-behaved agent does with a tool call: asks its hook, runs it when nothing objects, reports either way. */
async function useTool(id: string, command: string): Promise<string> {
  const event = {
    session_id: 'story',
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_use_id: id,
    tool_input: { command },
    cwd: project,
  }
  const { stdout, code } = await portcullis(['hook', 'claude-code'], {
    env: scratch.env,
    input: JSON.stringify(event),
  })
  const { hookSpecificOutput: said } = JSON.parse(stdout || '{}') as {
    hookSpecificOutput?: { permissionDecision?: string; permissionDecisionReason?: string }
  }
  if (code !== 0 || said?.permissionDecision === 'deny') return `refused: ${said?.permissionDecisionReason}`
  return execFileSync('/bin/sh', ['-c', command], { cwd: project, encoding: 'utf8' })
}

/** Runs the tool loop until the model stops asking; returns every tool result. */
async function converse(prompt: string): Promise<string[]> {
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: prompt }]
  const results: string[] = []
  for (let turn = 0; turn < 6; turn++) {
    const answer = await client.messages.create({ model: 'claude-test', max_tokens: 100, messages })
    messages.push({ role: 'assistant', content: answer.content })
    const uses = answer.content.filter(block => block.type === 'tool_use')
    if (uses.length === 0) return results
    const content: Anthropic.ToolResultBlockParam[] = []
    for (const use of uses) {
      const result = await useTool(use.id, (use.input as { command: string }).command)
      results.push(result)
      content.push({ type: 'tool_result', tool_use_id: use.id, content: result })
    }
    messages.push({ role: 'user', content })
  }
  throw new Error('the model never stopped asking')
}

describe('the official SDK through the gate', () => {
  test('a dangerous command is stopped before it runs, a harmless one runs', async () => {
    const marker = join(scratch.home, 'marker')
    const kept = join(scratch.home, 'precious.txt')
    writeFileSync(kept, 'precious')
    const first = model.requests.length
    const bash = (id: string, command: string) => ({ name: 'Bash', id, input: { command } })
    const script: Reply[] = [
      { toolUses: [bash('toolu_1', `touch ${marker}; rm -rf ~`)] },
      { toolUses: [bash('toolu_2', 'echo honest work')] },
      { text: 'done' },
    ]
    let turn = 0
    reply = () => script[turn++]!
    const results = await converse('clean up')
    expect(results[0]).toContain('refused')
    expect(results[0]).toContain('command.deletes-protected-folder')
    expect(results[0]).toContain('DATA-DES-001')
    expect(results[1]).toBe('honest work\n')
    expect(existsSync(marker)).toBe(false)
    expect(existsSync(kept)).toBe(true)
    expect(model.requests.length - first).toBe(3)
  })

  test('a secret never leaves, and its placeholder stays the same over turns', async () => {
    reply = () => ({ text: 'ok' })
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: `deploy with ${token}` }]
    await client.messages.create({ model: 'claude-test', max_tokens: 10, messages })
    messages.push({ role: 'assistant', content: 'ok' }, { role: 'user', content: 'again' })
    await client.messages.create({ model: 'claude-test', max_tokens: 10, messages })
    const sent = model.requests.slice(-2).map(request => request.body.toString('utf8'))
    for (const body of sent) expect(body).not.toContain(token)
    const placeholders = sent.map(body => /<masked:github-pat:[0-9a-f]+>/.exec(body)?.[0])
    expect(placeholders[0]).toBeDefined()
    expect(placeholders[0]).toBe(placeholders[1])
  })

  test('a stream is passed on as it comes, and a secret cut in two is masked in it', async () => {
    const pieces = ['first ', 'words ', 'then ', token.slice(0, 9), token.slice(9), ' and ', 'more']
    reply = () => ({ text: pieces, delayMs: 60 })
    const started = Date.now()
    let firstAt = 0
    let text = ''
    const stream = client.messages.stream({
      model: 'claude-test',
      max_tokens: 50,
      messages: [{ role: 'user', content: 'x' }],
    })
    for await (const event of stream) {
      if (event.type !== 'content_block_delta' || event.delta.type !== 'text_delta') continue
      firstAt ||= Date.now()
      text += event.delta.text
    }
    expect(text).not.toContain(token)
    expect(text).not.toContain(token.slice(9))
    expect(text).toMatch(/^first words then <masked:github-pat:[0-9a-f]+> and more$/)
    expect(firstAt - started).toBeLessThan((Date.now() - started) / 2)
  })

  test('every decision can be explained by its id and verified in the log', async () => {
    reply = () => ({ text: 'ok' })
    const { response } = await client.messages
      .create({ model: 'claude-test', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] })
      .withResponse()
    const id = response.headers.get('request-id')!
    expect(id).toMatch(/^dec_/)
    expect(response.headers.get('server-timing')).toContain('validation')
    const explained = await portcullis(['explain', id], { env: scratch.env })
    expect(explained.stdout).toContain(id)
    expect(explained.stdout).toContain('allow')
    expect(explained.code).toBe(0)
    const verified = await portcullis(['audit', 'verify', '--json'], { env: scratch.env })
    expect([0, 3]).toContain(verified.code)
  })

  test('no secret is anywhere in what the gate wrote', () => {
    const folder = scratch.env['PORTCULLIS_HOME']!
    const found = execFileSync('/bin/sh', ['-c', `grep -rlaF '${token.slice(4)}' '${folder}' || true`], {
      encoding: 'utf8',
    })
    expect(found).toBe('')
    expect(service.stderr()).not.toContain(token.slice(4))
  })
})
