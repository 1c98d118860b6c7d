import { randomInt } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { agentNames } from '../../src/enforcement/hooks/agents.ts'
import { callEventOf } from '../../src/enforcement/hooks/call-events.ts'
import { runHere } from '../hooks/terminal.ts'
import { portcullis, type RunningService, run, scratchHome, startUp } from '../service/process.ts'
import { type StandInModel, startStandInModel } from '../standin/model.ts'

// One secret, of the highest grade, goes in wherever the program takes anything; then it is looked for in everything
// that came out. Made at run time, so that no scanner of this repository takes it for a leak.
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const draw = (length: number) => Array.from({ length }, () => alphabet[randomInt(62)]!).join('')
const body = `q7Z${draw(27)}`
const canary = ['gh', 'p_', body, base62(crc32(body))].join('')

function base62(number: number): string {
  let digits = ''
  for (let rest = number; digits.length < 6; rest = Math.floor(rest / 62))
    digits = alphabet[rest % 62] + digits
  return digits
}

/** Twelve characters of it are as good as all: in every encoding, wherever they begin. */
const traces = [...body.slice(0, -11)].flatMap((_, at) => {
  const piece = body.slice(at, at + 12)
  const base64 = ['', 'x', 'xy'].map((before, shift) =>
    Buffer.from(`${before}${piece}`).toString('base64').slice([0, 2, 3][shift], 15),
  )
  const spread = (by: (unit: string) => string) => [...piece].map(by).join('')
  return [
    piece,
    piece.toLowerCase(),
    [...piece].reverse().join(''),
    Buffer.from(piece).toString('hex'),
    ...base64,
    spread(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    spread(unit => `%${unit.charCodeAt(0).toString(16)}`),
    spread(unit => `${unit}\0`),
  ]
})

/** Where the secret came out. */
const leaks: string[] = []
function look(where: string, came: string | Uint8Array): void {
  const text = typeof came === 'string' ? came : Buffer.from(came).toString('latin1')
  const at = traces.map(trace => text.indexOf(trace)).find(found => found >= 0)
  if (at !== undefined) leaks.push(`${where}: …${text.slice(Math.max(0, at - 60), at + 16)}…`)
}

let scratch: ReturnType<typeof scratchHome>
let model: StandInModel
let service: RunningService
const guarded = () => scratch.env['PORTCULLIS_HOME']!

beforeAll(async () => {
  scratch = scratchHome()
  // What a careless upstream says back in its own words.
  model = await startStandInModel({ script: () => ({ text: `here it is: ${canary}` }) })
  const env = { ...scratch.env, SOME_SERVICE_TOKEN: canary, GITHUB_TOKEN: canary }
  service = await startUp(env, ['--upstream', model.url])
  service.process.stdout?.on('data', (chunk: Buffer) => look('stdout of up', chunk))
}, 30_000)

afterAll(async () => {
  if (service && service.process.exitCode === null) await service.stop('SIGKILL')
  await model?.close()
  scratch?.remove()
})

/** Sends one request as it is, without a client's help, and looks at all that comes back. */
function send(where: string, origin: string, path: string, headers: object, sent: string, method = 'POST') {
  return new Promise<void>(resolve => {
    const asked = request(`${origin}${path}`, { method, headers: { ...headers } }, answer => {
      const chunks: Buffer[] = []
      answer.on('data', chunk => chunks.push(chunk as Buffer))
      answer.on('close', () => {
        look(`${where}: headers`, JSON.stringify(answer.rawHeaders))
        look(`${where}: answer`, Buffer.concat(chunks))
        resolve()
      })
    })
    asked.on('error', () => resolve())
    asked.end(sent)
  })
}

/** Bytes that are no HTTP, or hardly. */
function sendRaw(where: string, origin: string, bytes: string) {
  return new Promise<void>(resolve => {
    const { hostname, port } = new URL(origin)
    const socket = connect(Number(port), hostname, () => socket.end(bytes))
    socket.on('data', chunk => look(where, chunk))
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
  })
}

const asks = (content: unknown, more: object = {}) =>
  JSON.stringify({ model: 'm', max_tokens: 5, messages: [{ role: 'user', content }], ...more })

test('the traces are the secret’s, in every encoding', () => {
  const before = leaks.length
  const encodings: (BufferEncoding | 'percent')[] = ['utf8', 'base64', 'hex', 'utf16le']
  for (const encoding of encodings)
    look(
      'itself',
      Buffer.from(
        Buffer.from(`key ${canary}!`, encoding === 'utf16le' ? 'utf16le' : 'utf8').toString(
          encoding === 'utf16le' ? 'latin1' : (encoding as BufferEncoding),
        ),
        'latin1',
      ),
    )
  expect(leaks.splice(before)).toHaveLength(encodings.length)
})

test('the gateway: bodies, headers, paths, methods, credentials, and what is no HTTP', async () => {
  const plain = { 'content-type': 'application/json', 'x-api-key': 'made-up-login' }
  const { gateway } = service
  const messages = '/v1/messages'
  await send('a prompt', gateway, messages, plain, asks(`use ${canary}`))
  await send('a prompt, streamed', gateway, messages, plain, asks(`use ${canary}`, { stream: true }))
  await send(
    'a tool result',
    gateway,
    messages,
    plain,
    asks([{ type: 'tool_result', tool_use_id: canary, content: canary }]),
  )
  await send('a field nobody knows', gateway, messages, plain, asks('x', { [canary]: canary }))
  await send('the model', gateway, messages, plain, asks('x', { model: canary }))
  await send('broken JSON', gateway, messages, plain, `{"model": "${canary}`)
  await send('a duplicate key', gateway, messages, plain, `{"${canary}":1,"${canary}":2}`)
  await send('no JSON', gateway, messages, { ...plain, 'content-type': `text/${canary}` }, canary)
  await send('a coding', gateway, messages, { ...plain, 'content-encoding': canary }, canary)
  await send('the key', gateway, messages, { ...plain, 'x-api-key': canary }, asks('x'))
  await send('authorization', gateway, messages, { authorization: `Bearer ${canary}` }, asks('x'))
  await send(
    'basic',
    gateway,
    messages,
    { authorization: `Basic ${Buffer.from(`u:${canary}`).toString('base64')}` },
    asks('x'),
  )
  for (const name of [
    'cookie',
    'user-agent',
    'anthropic-version',
    'anthropic-beta',
    'x-forwarded-for',
    'x-request-id',
    'x-portcullis-session',
    'referer',
    'host',
    'origin',
    'expect',
  ])
    await send(`the header ${name}`, gateway, messages, { ...plain, [name]: canary }, asks('x'))
  await send('the name of a header', gateway, messages, { ...plain, [`x-${canary}`]: '1' }, asks('x'))
  await send('the query', gateway, `${messages}?k=${canary}`, plain, asks('x'))
  await send('the path', gateway, `/v1/${canary}`, plain, asks('x'))
  await send('a Bedrock path', gateway, `/model/${canary}/invoke`, plain, asks('x'))
  await send('a method', gateway, messages, plain, canary, 'PROPFIND')
  await send('counting', gateway, '/v1/messages/count_tokens', plain, asks(canary))
  await sendRaw('no HTTP', gateway, `${canary} / HTTP/9.9\r\n${canary}\r\n\r\n`)
  await sendRaw(
    'a smuggled header',
    gateway,
    `POST /v1/messages HTTP/1.1\r\nhost: x\r\n${canary}: a\r\n b\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n${canary}`,
  )
  await sendRaw(
    'a chunk',
    gateway,
    `POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n${canary}\r\n`,
  )
})

test('the admin interface: paths, queries, headers, metrics and status', async () => {
  const { admin } = service
  for (const path of [
    '/metrics',
    '/api/status',
    '/readyz',
    `/api/${canary}`,
    `/api/status?user=${canary}`,
    `/metrics/${canary}`,
  ])
    await send(`admin ${path.replace(canary, 'CANARY')}`, admin, path, { 'x-note': canary }, '', 'GET')
  await send('admin, another method', admin, `/api/status?${canary}`, {}, canary, 'POST')
  await send('admin, another host', admin, '/metrics', { host: canary }, '', 'GET')
  await sendRaw('admin, no HTTP', admin, `GET /${canary} HTTP/9.9\r\n\r\n`)
})

/** Events of Claude Code with the secret in every place that an event has. */
function events(): Record<string, object | string> {
  const call = (tool: string, input: object, more: object = {}) => ({
    session_id: 's1',
    cwd: scratch.home,
    hook_event_name: 'PreToolUse',
    tool_name: tool,
    tool_use_id: 't1',
    tool_input: input,
    ...more,
  })
  return {
    'a command': call('Bash', { command: `curl -H "Authorization: Bearer ${canary}" https://api.acme.io` }),
    'a refused command': call('Bash', { command: `rm -rf ~ ; echo ${canary}` }),
    'a command that is asked about': call('Bash', {
      command: `git push --force https://${canary}@github.com/a/b.git`,
    }),
    'a command that does not parse': call('Bash', { command: `echo "${canary}` }),
    'a description': call('Bash', { command: 'ls', description: canary }),
    'a file name': call('Write', { file_path: join(scratch.home, `${canary}.txt`), content: 'x' }),
    'a file name that is read': call('Read', { file_path: `/etc/${canary}` }),
    'what is written': call('Write', { file_path: join(scratch.home, 'a.txt'), content: `key ${canary}` }),
    'an edit': call('Edit', { file_path: join(scratch.home, 'a.txt'), old_string: canary, new_string: 'x' }),
    'an address': call('WebFetch', { url: `https://acme.io/?k=${canary}`, prompt: canary }),
    'a search': call('Grep', { pattern: canary }),
    'a tool nobody knows': call(`mcp__x__${canary}`, { [canary]: canary }),
    'a session': call(
      'Bash',
      { command: 'ls' },
      { session_id: canary, tool_use_id: canary, transcript_path: canary },
    ),
    'a folder': call('Bash', { command: 'ls' }, { cwd: `/tmp/${canary}` }),
    'a prompt': {
      session_id: 's1',
      cwd: scratch.home,
      hook_event_name: 'UserPromptSubmit',
      prompt: `use ${canary}`,
    },
    'an output': call(
      'Bash',
      { command: 'cat .env' },
      { hook_event_name: 'PostToolUse', tool_response: { stdout: canary, stderr: canary } },
    ),
    'an event nobody knows': call('Bash', {}, { hook_event_name: canary }),
    'an input that is none': call('Bash', canary as never),
    'broken JSON': `{"session_id": "${canary}`,
    'no JSON': canary,
  }
}

test('the hooks: commands, prompts, outputs, names, and what is no event, through the service', async () => {
  for (const [what, event] of Object.entries(events())) {
    const input = typeof event === 'string' ? event : JSON.stringify(event)
    const { stdout, stderr } = await runHere(['hook', 'claude-code'], {
      env: scratch.env,
      input,
      cwd: scratch.home,
    })
    look(`hook, ${what}: stdout`, stdout)
    look(`hook, ${what}: stderr`, stderr)
    const judged = await runHere(['check', '--explain', `echo ${canary} > ${canary}`], { env: scratch.env })
    look('check', judged.stdout + judged.stderr)
  }
}, 60_000)

test('the hooks of every agent, decided in their own process, and the bundled program', async () => {
  const alone = scratchHome()
  try {
    for (const agent of agentNames) {
      for (const [what, event] of Object.entries(events())) {
        const { tool_name: tool, tool_input: input } = event as { tool_name?: string; tool_input?: object }
        const own = tool === undefined ? null : callEventOf(agent, { tool, input, cwd: alone.home })
        const sent = own === null ? event : own
        const text = typeof sent === 'string' ? sent : JSON.stringify(sent)
        const { stdout, stderr } = await runHere(['hook', agent], {
          env: alone.env,
          input: text,
          cwd: alone.home,
        })
        look(`hook ${agent} alone, ${what}`, stdout + stderr)
      }
    }
    const program = join(import.meta.dirname, '..', '..', 'bin', 'portcullis-hook')
    const input = JSON.stringify(events()['a command that is asked about'])
    const bundled = await run(program, ['claude-code'], { env: alone.env, input })
    look('portcullis-hook', bundled.stdout + bundled.stderr)
    searchFiles(alone.env['PORTCULLIS_HOME']!)
  } finally {
    alone.remove()
  }
}, 120_000)

test('where secrets are refused and a key is required, and what the model answers instead', async () => {
  const strict = scratchHome()
  const answers = [
    { raw: [JSON.stringify({ type: 'error', error: { type: canary, message: canary } })] },
    { raw: [`no JSON, but ${canary}`] },
    { text: canary },
    { toolUses: [{ name: canary, input: { command: canary } }] },
  ]
  const upstream = await startStandInModel({ script: ({ turn }) => answers[turn % answers.length]! })
  writeFileSync(
    join(strict.env['PORTCULLIS_HOME']!, 'portcullis.yaml'),
    'validation: {secrets: {mode: block}, classes: {confidential: mask, internal: mask}}\n',
    { mode: 0o600 },
  )
  const up = await startUp(strict.env, ['--upstream', upstream.url])
  try {
    const headers = { 'content-type': 'application/json', 'x-api-key': 'made-up-login' }
    const bodies = [
      asks(canary),
      asks('x', { [canary]: canary }),
      asks([{ type: 'tool_result', tool_use_id: canary, content: [{ type: 'text', text: canary }] }]),
    ]
    for (const body of bodies) await send('refused', up.gateway, '/v1/messages', headers, body)
    for (const stream of [false, true])
      for (const { text, toolUses } of answers) {
        const where = `the model answers ${text ? 'text' : toolUses ? 'a tool' : 'bytes'}, ${stream ? 'streamed' : 'whole'}`
        await send(where, up.gateway, '/v1/messages', headers, asks('x', { stream }))
      }
    writeFileSync(
      join(strict.env['PORTCULLIS_HOME']!, 'portcullis.yaml'),
      `network: {port: ${canary}}\n${canary}: 1\n`,
    )
    up.process.kill('SIGHUP')
    await send('after a bad reload', up.admin, '/api/status', {}, '', 'GET')
  } finally {
    await up.stop()
    await upstream.close()
  }
  look('stderr of up', up.stderr())
  searchFiles(join(strict.env['PORTCULLIS_HOME']!, 'data'))
  strict.remove()
}, 60_000)

test('a crash, in a command and in the service', async () => {
  const file = join(scratch.home, 'crash.mjs')
  writeFileSync(
    file,
    `setTimeout(() => { throw new Error('it broke with ${canary}') }, Number(process.env.CRASH_MS))\n`,
  )
  const env = { ...scratch.env, NODE_OPTIONS: `--import=${file}`, CRASH_MS: '1' }
  for (const argv of [['status'], ['hook', 'claude-code'], ['audit', 'tail', '-f']]) {
    const { code, stdout, stderr } = await portcullis(argv, {
      env: { ...env, CRASH_MS: '400', PORTCULLIS_DEBUG: '1' },
    })
    look(`a crash of ${argv[0]}`, stdout + stderr)
    if (argv[0] === 'hook') expect(code).toBe(2)
  }
  const other = scratchHome()
  const up = await portcullis(['up', '--port', '0', '--admin-port', '0'], {
    env: { ...other.env, NODE_OPTIONS: env.NODE_OPTIONS, CRASH_MS: '3000' },
  })
  expect(up.code).toBe(1)
  expect(up.stderr).toContain('unexpected fault: it broke with <masked:github-pat>')
  look('a crash of up', up.stdout + up.stderr)
  searchFiles(other.env['PORTCULLIS_HOME']!)
  other.remove()
}, 60_000)

test('command lines: wrong arguments, options, values and inputs of every command', async () => {
  const wrong = (name: string) => [
    [name, `--${canary}`],
    [name, '--config', join(scratch.home, canary)],
    [name, '--config', canary, '--json'],
    [name, canary, canary, canary, canary, '--json'],
    [name, canary, canary, canary, canary],
  ]
  const lines = [
    ...Object.keys(commands)
      .filter(name => name !== 'threats' && name !== 'check' && name !== 'scan')
      .flatMap(wrong),
    [canary],
    [`--${canary}`],
    ['--config', canary, 'status'],
    ['help', canary],
    [],
    ['hook', canary],
    ['explain', canary],
    ['explain', canary, '--json'],
    ['keys', 'create', '--expires', canary],
    ['keys', 'create', '--scopes', canary],
    ['keys', 'revoke', canary],
    ['keys', 'rotate', canary, '--grace', canary],
    ['keys', 'create', '--label', canary],
    ['keys', 'list'],
    ['keys', 'list', '--json'],
    ['audit', 'tail', canary],
    ['audit', 'tail', '-n', canary],
    ['audit', 'verify', canary],
    ['audit', 'verify', '--key', canary],
    ['audit', 'prove', canary],
    ['audit', 'export', '--since', canary],
    ['audit', 'prove', '--check', canary, '--key', canary],
    ['scan', canary],
    ['scan', '--format', canary],
    ['scan', '--classes', canary],
    ['scan', '--baseline', canary, canary],
    ['scan', '--rules', canary, '.'],
    ['scan', '--history', '--range', canary],
    ['scan', '--only', canary, '.'],
    ['scan', '--archive-depth', canary, '.'],
    ['policy', 'test', canary],
    ['policy', canary],
    ['config', 'check', canary],
    ['config', canary],
    ['store', canary],
    ['threats', 'assess', canary],
    ['threats', 'list', canary],
    ['check', `--agent=${canary}`, 'ls'],
    ['check', '--cwd', canary, 'cat x'],
    ['init', '--dry-run', '--yes', '--agents', canary],
    ['break-glass', '--reason', canary, '--minutes', canary],
    ['break-glass', '--session', canary],
    ['up', '--port', canary],
    ['up', '--upstream', `https://${canary}@acme.io`],
    ['up', '--host', canary],
    ['bench', canary],
  ]
  for (const line of lines) {
    const { stdout, stderr } = await runHere(line, { env: scratch.env, cwd: scratch.home, input: canary })
    const shown = line.join(' ').replaceAll(canary, 'CANARY').replaceAll(scratch.home, '~')
    look(`portcullis ${shown}: stdout`, stdout)
    look(`portcullis ${shown}: stderr`, stderr)
  }
}, 120_000)

test('scans and masks: files, names, lines, and reports in every format', async () => {
  const folder = join(scratch.home, 'work')
  mkdirSync(join(folder, `folder-${canary}`), { recursive: true })
  writeFileSync(join(folder, 'a.env'), `TOKEN=${canary}\n`)
  writeFileSync(
    join(folder, `folder-${canary}`, `${canary}.txt`),
    `${Buffer.from(canary).toString('base64')}\n`,
  )
  writeFileSync(join(folder, 'broken.zip'), `PK\u0003\u0004${canary}`)
  const runIn = (argv: string[], input = '') => runHere(argv, { env: scratch.env, cwd: folder, input })
  for (const format of ['text', 'json', 'sarif', 'gitlab']) {
    for (const more of [
      [],
      ['--baseline', 'base.json', '--update-baseline'],
      ['--no-allow-comments', '--binary'],
    ]) {
      const { stdout, stderr } = await runIn(['scan', '.', '--format', format, ...more])
      look(`scan ${format} ${more.join(' ')}`, stdout + stderr)
    }
  }
  look('the baseline', readFileSync(join(folder, 'base.json')))
  const lines = [{ id: 1, text: canary }, { id: canary }, canary].map(line => JSON.stringify(line)).join('\n')
  for (const argv of [
    ['scan', '--jsonl'],
    ['mask', '--jsonl'],
    ['check', '--jsonl'],
  ]) {
    const { stdout, stderr } = await runIn(argv, `${lines}\n{"${canary}\n`)
    // an id is the caller's own and comes back as it is
    look(argv.join(' '), `${stdout}${stderr}`.replaceAll(`"id":"${canary}"`, ''))
  }
  const chunks = JSON.stringify({
    id: 1,
    chunks: [canary.slice(0, 9), canary.slice(9, 20), canary.slice(20)],
  })
  look('mask --jsonl', (await runIn(['mask', '--jsonl'], chunks)).stdout)
  look('mask', (await runIn(['mask'], `a ${canary} b`)).stdout)
})

test('settings: the secret where another value or a key belongs', async () => {
  const file = join(scratch.home, 'wrong.yaml')
  const texts = [
    `${canary}: 1\n`,
    canary,
    `version: ${canary}\n`,
    `network:\n  host: ${canary}\n`,
    `network: {port: ${canary}}\n`,
    `network:\n  allow: [${canary}]\n`,
    `gateway:\n  upstream:\n    url: ${canary}\n`,
    `gateway:\n  upstream:\n    url: https://u:${canary}@acme.io\n`,
    `gateway:\n  upstream:\n    credential: {env: "${canary}"}\n`,
    `gateway:\n  upstream:\n    credential: ${canary}\n`,
    `gateway:\n  upstream:\n    credential: {env: "${canary} "}\n`,
    `gateway:\n  upstream:\n    credential: {file: /nowhere/${canary}}\n`,
    `validation:\n  secrets:\n    rules: {${canary}: mask}\n`,
    `validation:\n  secrets:\n    mode: ${canary}\n`,
    `validation:\n  classes:\n    internalSuffixes: ["${canary}!"]\n`,
    `validation:\n  rules:\n    - id: ${canary}\n`,
    `validation:\n  secrets:\n    userRules:\n      gitleaks: [${canary}]\n`,
    `authorization:\n  roles: {${canary}: {allow: [${canary}]}}\n  defaultRole: ${canary}\n`,
    `a: [${canary}\n`,
    `a: &${canary} 1\nb: *${canary}x\n`,
    `"${canary}\n`,
    `a: !${canary} 1\n`,
  ]
  for (const text of texts) {
    writeFileSync(file, text, { mode: 0o600 })
    const what = text.replaceAll(canary, 'CANARY').trim().replaceAll('\n', ' ')
    for (const argv of [
      ['config', 'check', file],
      ['config', 'show', '--config', file],
      ['check', 'ls', '--config', file],
      ['up', '--config', file, '--port', '0'],
      ['config', 'check', file, '--json'],
    ]) {
      // what would start is not started
      if (argv[0] === 'up' && (await runHere(['config', 'check', file], { env: scratch.env })).code === 0)
        continue
      const { stdout, stderr } = await runHere(argv, { env: scratch.env, cwd: scratch.home })
      look(`${argv[0]} ${argv[1]} on \`${what}\``, stdout + stderr)
    }
    const event = JSON.stringify(events()['a command'])
    const { stdout, stderr } = await runHere(['hook', 'claude-code', '--config', file], {
      env: scratch.env,
      input: event,
    })
    look(`hook on \`${what}\``, stdout + stderr)
  }
}, 120_000)

test('what is on record: tail, export, explain, store, and every file the program wrote', async () => {
  const tail = await runHere(['audit', 'tail', '-n', '1000'], { env: scratch.env })
  look('audit tail', tail.stdout + tail.stderr)
  const exported = await runHere(['audit', 'export'], { env: scratch.env })
  look('audit export', exported.stdout + exported.stderr)
  const ids = exported.stdout.match(/dec_\w+/g) ?? []
  expect(new Set(ids).size).toBeGreaterThan(10)
  for (const id of new Set(ids)) {
    const { stdout, stderr } = await runHere(['explain', id], { env: scratch.env })
    look(`explain ${id}`, stdout + stderr)
  }
  for (const argv of [
    ['status'],
    ['status', '--json'],
    ['doctor'],
    ['store', 'status'],
    ['policy', 'list'],
  ]) {
    const { stdout, stderr } = await portcullis(argv, { env: { ...scratch.env, SOME_SERVICE_TOKEN: canary } })
    look(argv.join(' '), stdout + stderr)
  }
  await send('status at the end', service.admin, '/api/status', {}, '', 'GET')
  await send('metrics at the end', service.admin, '/metrics', {}, '', 'GET')
  // the database’s log is looked at before it is folded into the file
  searchFiles(guarded())
  await service.stop()
  look('stderr of up', service.stderr())
  expect(searchFiles(guarded())).toBeGreaterThan(5)
}, 60_000)

test('nothing of it came out anywhere', () => {
  expect(leaks).toEqual([])
})

function searchFiles(folder: string): number {
  let files = 0
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    look('the name of a file', name)
    if (!statSync(join(folder, name)).isFile()) continue
    files++
    look(name, readFileSync(join(folder, name)))
  }
  return files
}
