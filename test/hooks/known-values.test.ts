import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Service, startService } from '../../src/cli/service.ts'
import { loadConfig } from '../../src/config/load.ts'
import { resolvePaths } from '../../src/config/paths.ts'
import { environmentHeader } from '../../src/credentials/known-values/variables.ts'
import { askService } from '../../src/enforcement/hooks/client.ts'
import { githubToken } from '../clients/made-up.ts'
import { type StandInModel, startStandInModel } from '../standin/model.ts'

// Values that no rule could tell by their shape, masked because of where they come from.

let home: string
let project: string
let service: Service
let model: StandInModel

const password = 'Tr0ub4dor and 3'

beforeEach(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-known-')))
  project = join(home, 'project')
  mkdirSync(project)
  model = await startStandInModel({ script: () => ({ text: 'ok' }) })
})

afterEach(async () => {
  await service.close()
  await model.close()
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

async function up(secrets: object = {}, env: NodeJS.ProcessEnv = {}) {
  const paths = resolvePaths({ env: { HOME: home } })
  const settings = {
    network: { port: 0, adminPort: 0 },
    gateway: { upstream: { url: model.url } },
    storage: { enabled: false },
    validation: { secrets },
  }
  mkdirSync(paths.home, { mode: 0o700 })
  writeFileSync(paths.config, JSON.stringify(settings), { mode: 0o600 })
  service = await startService({
    paths,
    fileConfig: await loadConfig(paths.config),
    effective: config => config,
    env,
    notify: () => {},
    openGrammar: () => Promise.reject(new Error('not needed here')),
  })
}

/** What the model reads of a tool's output, given what the agent's environment holds. */
async function shown(text: string, env: Record<string, string> = {}): Promise<string> {
  const event = {
    hook_event_name: 'PostToolUse',
    session_id: 's',
    tool_name: 'Bash',
    tool_response: { text },
  }
  const environment = environmentHeader(env)
  const caller = { cwd: project, project, ...(environment !== undefined && { environment }) }
  const bytes = Buffer.from(JSON.stringify(event))
  const answer = await askService(service.addresses.socket, 'claude-code', bytes, caller, 5_000)
  return JSON.parse(answer!.body).hookSpecificOutput?.updatedToolOutput.text ?? text
}

async function sent(text: string, session = 's'): Promise<string> {
  await fetch(`${service.addresses.gateway}/v1/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': 'made-up',
      'x-claude-code-session-id': session,
    },
    body: JSON.stringify({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: text }] }),
  })
  return model.requests.at(-1)!.body.toString()
}

const masked = /^it is <masked:known:[0-9a-f]{8}>\.$/

test('a variable of the agent, which only its hook knows, is masked from then on at both doors', async () => {
  await up()
  expect(await shown(`it is ${password}.`)).toBe(`it is ${password}.`)
  expect(await shown(`it is ${password}.`, { DB_PASSWORD: password })).toMatch(masked)
  expect(await shown(`it is ${Buffer.from(password).toString('base64')}.`)).toMatch(/<masked:known:/)
  expect(await sent(`it is ${password}.`)).not.toContain(password)
})

test('a variable of the service itself is, too', async () => {
  await up({}, { DB_PASSWORD: password })
  expect(await sent(`it is ${password}.`)).toMatch(/it is <masked:known:/)
})

test('values of the project’s `.env` files are, those of an example are not', async () => {
  writeFileSync(join(project, '.env.local'), `MAIL_PASSWORD="${password}"\nCOLOUR=ultramarine\n`)
  writeFileSync(join(project, '.env.example'), 'API_KEY=not-so-secret-1\n')
  await up()
  expect(await shown(`it is ${password}.`)).toMatch(masked)
  expect(await shown('it is ultramarine.')).toBe('it is ultramarine.')
  expect(await shown('it is not-so-secret-1.')).toBe('it is not-so-secret-1.')
})

test('switched off, only what the configuration names is known', async () => {
  const file = join(home, 'other.txt')
  writeFileSync(file, 'open sesame 9\n', { mode: 0o600 })
  await up({ environment: false, known: [{ file }, { env: 'COLOUR' }] }, { COLOUR: 'ultramarine 5' })
  expect(await shown(`it is ${password}.`, { DB_PASSWORD: password })).toBe(`it is ${password}.`)
  expect(await shown('it is open sesame 9.')).toMatch(masked)
  expect(await shown('it is ultramarine 5.')).toMatch(masked)
})

test('a source that changed is read at a reload; one that others can read is refused', async () => {
  const file = join(home, 'other.txt')
  writeFileSync(file, 'open sesame 9\n', { mode: 0o600 })
  await up({ known: [{ file }] })
  writeFileSync(file, 'open simsim 10\n')
  await service.reload()
  expect(await shown('it is open simsim 10.')).toMatch(masked)
  chmodSync(file, 0o644)
  await expect(service.reload()).rejects.toMatchObject({ code: 'file.insecure' })
  expect(await shown('it is open simsim 10.')).toMatch(masked)
})

test('a command with such a placeholder is told the variable', async () => {
  await up()
  const text = await shown(`it is ${password}.`, { DB_PASSWORD: password })
  const placeholder = /<masked:[^>]*>/.exec(text)![0]
  const event = {
    hook_event_name: 'PreToolUse',
    session_id: 's',
    tool_name: 'Bash',
    tool_input: { command: `psql "password=${placeholder}"` },
  }
  const bytes = Buffer.from(JSON.stringify(event))
  const answer = await askService(service.addresses.socket, 'claude-code', bytes, { cwd: project }, 5_000)
  expect(answer!.body).toContain('read `$DB_PASSWORD` from its environment')
  expect(answer!.body).not.toContain(password)
})

test('what the gateway masked in a session goes back into that session’s tools by a permission, into no other’s', async () => {
  const restore = [
    { id: 'log-in', kinds: ['github-pat'], when: { tool: ['Bash'], command: ['gh auth login'] } },
  ]
  await up({ restore })
  const placeholder = /<masked:[^>]*>/.exec(await sent(`use ${githubToken} there`, 'one'))![0]
  const logIn = async (session_id: string) => {
    const tool_input = { command: `gh auth login --with-token <<< '${placeholder}'` }
    const event = { hook_event_name: 'PreToolUse', session_id, tool_name: 'Bash', tool_input }
    const bytes = Buffer.from(JSON.stringify(event))
    const answer = await askService(service.addresses.socket, 'claude-code', bytes, { cwd: project }, 5_000)
    return answer!.body
  }
  expect(await logIn('one')).toContain(`<<< '${githubToken}'`)
  const other = await logIn('two')
  expect(other).toContain('nothing is known of a secret')
  expect(other).not.toContain(githubToken)
})
