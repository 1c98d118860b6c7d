import { describe, expect, test } from 'vitest'
import { configSchema } from '../../src/config/schema.ts'
import { findAdapter } from '../../src/enforcement/hooks/agents.ts'
import { callEventOf } from '../../src/enforcement/hooks/call-events.ts'
import { createJudge } from '../../src/enforcement/hooks/check.ts'
import { handleEvent } from '../../src/enforcement/hooks/handle.ts'
import { agentSetups } from '../../src/enforcement/hooks/setups.ts'
import { createValidationLayer } from '../../src/guard/validation/validation.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { createSecretEngine } from '../../src/rules/secrets/engine.ts'

const home = '/home/ada'
const cwd = '/home/ada/app'
const config = configSchema.parse({})
const engine = createSecretEngine({ placeholder: kind => `<masked:${kind}>`, minimumGrade: 'likely' })
const view = {
  // The repository brings a link to a folder of credentials.
  realPath: (path: string) => path.replace('/home/ada/app/data', '/home/ada/.aws'),
  readSmall: () => null,
  caseInsensitive: false,
}
const validation = createValidationLayer(config, { engine, view, own: [] })
const { judge } = createJudge({ validation, engine, config, clock: systemClock })

/** What the real rules and the adapter together make of one tool call of a client. */
async function verdictOf(
  agent: string,
  tool: string,
  input: object,
): Promise<'refused' | 'asked' | 'passed'> {
  return verdictOfEvent(agent, callEventOf(agent, { tool, input, cwd }))
}

async function verdictOfEvent(agent: string, event: unknown): Promise<'refused' | 'asked' | 'passed'> {
  const adapter = findAdapter(agent)!
  const guard = {
    async decide(request: Parameters<typeof judge>[0]) {
      const decision = await judge(request)
      return { decision, settled: Promise.resolve(decision) }
    },
  }
  const answer = await handleEvent(
    adapter,
    Buffer.from(JSON.stringify(event)),
    { cwd, project: cwd },
    {
      guard,
      engine,
      config,
      audit: { append: async () => 1 },
      clock: systemClock,
      ids: () => 'dec_1',
      home,
    },
  )
  const setup = agentSetups.find(({ name }) => name === agent)
  if (setup?.isRefusal({ stdout: answer.body, exitCode: answer.exitCode })) return 'refused'
  return /"ask"/.test(answer.body) ? 'asked' : 'passed'
}

const key = '/home/ada/.ssh/id_rsa'
const settings = '.claude/settings.json'
const hooksPatch = (header: string) => `*** Begin Patch\n${header}\n+x\n*** Add File: a\n+b\n*** End Patch`

type Case = readonly [title: string, agent: string, tool: string, input: object]

describe('an act is refused whatever the shape it comes in', () => {
  test.each<Case>([
    ['a writing tool no table knows', 'claude-code', 'FileWrite', { file_path: settings, content: '{}' }],
    ['the name in another case', 'claude-code', 'write', { file_path: settings, content: '{}' }],
    ['content beside a path', 'claude-code', 'NewTool', { path: settings, content: '{}' }],
    ['a second field beside a command', 'claude-code', 'NewTool', { command: 'ls', file_path: key }],
    ['words beside a command', 'opencode', 'sh_exec', { command: 'rm', args: ['-rf', '/'] }],
    ['several files to upload', 'claude-code', 'Artifact', { action: 'upload_asset', file_paths: [key] }],
    [
      'a file behind another',
      'claude-code',
      'Projects',
      { method: 'project_write', path: 'x', local_path: key },
    ],
    ['a socket', 'claude-code', 'Monitor', { ws: { url: 'ws://169.254.169.254/' }, timeout_ms: 1 }],
    ['an MCP tool without a prefix writes', 'opencode', 'fs_write_file', { path: settings, content: 'x' }],
    ['an MCP tool without a prefix deletes', 'opencode', 'fs_delete_file', { path: settings }],
    ['an MCP tool without a prefix', 'copilot-cli', 'fs-write_file', { path: settings, content: 'x' }],
    ['a tool that deletes', 'copilot-cli', 'delete', { path: settings }],
    ['a discovered tool that deletes', 'gemini-cli', 'x__delete_file', { path: settings }],
    ['what a tool does as a field', 'gemini-cli', 'mcp_x_files', { operation: 'delete', path: settings }],
    ['content for an MCP tool of any name', 'cursor', 'MCP:x', { path: settings, content: 'x' }],
    [
      'a call inside a call',
      'cursor',
      'CallMcpTool',
      { toolName: 'x', arguments: { path: settings, content: '' } },
    ],
    ['a notebook by another name', 'cursor', 'EditNotebook', { target_notebook: settings, new_string: 'x' }],
    [
      'a replacement by another name',
      'cursor',
      'search_replace',
      { file_path: settings, old_string: 'a', new_string: 'b' },
    ],
    [
      'a patch no table knows',
      'cursor',
      'ApplyPatch',
      { patch: hooksPatch('*** Add File: .cursor/hooks.json') },
    ],
    ['the folder of a search', 'cursor', 'Glob', { target_directory: '../.ssh', glob_pattern: '*' }],
    ['folders of a search', 'cursor', 'SemanticSearch', { query: 'x', target_directories: ['../.ssh'] }],
    ['two fields for one file', 'cursor', 'Read', { file_path: 'a', path: key }],
    ['two fields for one file', 'gemini-cli', 'read_file', { file_path: 'a', absolute_path: key }],
    [
      'two fields for one folder',
      'gemini-cli',
      'run_shell_command',
      { command: 'rm -rf .', dir_path: 'a', directory: home },
    ],
    ['two fields for one list', 'gemini-cli', 'read_many_files', { include: ['a'], paths: ['.env'] }],
    [
      'an address in the other field',
      'gemini-cli',
      'web_fetch',
      { url: 'https://example.com', prompt: 'http://169.254.169.254/' },
    ],
    ['an address without slashes', 'gemini-cli', 'web_fetch', { url: 'http:169.254.169.254/latest' }],
    [
      'two patches',
      'copilot-cli',
      'apply_patch',
      { patch: hooksPatch('*** Add File: b'), input: hooksPatch('*** Add File: .claude/settings.json') },
    ],
    [
      'a header without a blank',
      'opencode',
      'apply_patch',
      { patchText: hooksPatch('*** Add File:.claude/settings.json') },
    ],
    [
      'a patch in a command',
      'codex',
      'Bash',
      { command: `apply_patch <<'E'\n${hooksPatch('*** Add File: .codex/hooks.json')}\nE` },
    ],
    [
      'a patch from another folder',
      'codex',
      'Bash',
      { command: `cd "/etc" && apply_patch <<'E'\n${hooksPatch('*** Update File: passwd')}\nE` },
    ],
    ['a home that is a folder to others', 'opencode', 'read', { filePath: '~/../data/config' }],
    ['a search from a home', 'claude-code', 'Grep', { pattern: 'x', path: '~', glob: '.ssh/*' }],
    ['a key with a hyphen', 'claude-code', 'mcp__fs__read', { 'file-path': key }],
    ['a key no one foresees', 'claude-code', 'mcp__fs__read', { a: { b: [{ c: key }] } }],
    ['paths by line', 'claude-code', 'mcp__fs__read_files', { paths: `a\n${key}` }],
    ['paths as JSON', 'claude-code', 'mcp__fs__read_files', { paths: JSON.stringify(['a', key]) }],
    ['a long way round', 'claude-code', 'mcp__fs__read_file', { path: `a/${'b'.repeat(5_000)}/../../.env` }],
    ['a command with a longer key', 'claude-code', 'mcp__x__run', { bash_command: 'rm -rf ~' }],
    ['text for a shell', 'claude-code', 'mcp__x__bash', { text: 'rm -rf ~' }],
    ['an address without a scheme', 'claude-code', 'mcp__f__fetch', { url: '169.254.169.254/latest' }],
    [
      'addresses in a list',
      'claude-code',
      'mcp__f__fetch',
      { urls: 'http://a.example,http://169.254.169.254/' },
    ],
    ['an address by another key', 'claude-code', 'mcp__f__go', { page: 'http://169.254.169.254/' }],
    ['braces in a search', 'claude-code', 'Grep', { pattern: 'x', glob: '{.env,*.ts}' }],
    ['a list of searches', 'claude-code', 'Grep', { pattern: 'x', glob: '*.ts, .env' }],
    ['a class in a search', 'opencode', 'grep', { pattern: 'x', include: '[.]env' }],
    ['a name that may be hidden', 'copilot-cli', 'grep', { pattern: 'x', glob: '*.{env,ts}' }],
    ['braces that go up', 'gemini-cli', 'read_many_files', { include: ['{../.ssh,src}/*'] }],
    ['a working folder from the home', 'opencode', 'bash', { command: 'rm -rf .', workdir: '~' }],
    ['a key at the end of what is typed', 'copilot-cli', 'write_bash', { input: 'rm -rf ~{enter}' }],
    ['keys that change what is typed', 'copilot-cli', 'write_bash', { input: 'rm -rf ~x{backspace}{enter}' }],
  ])('%s: %s %s', async (_title, agent, tool, input) => {
    expect(await verdictOf(agent, tool, input)).toBe('refused')
  })

  test('a tool that says nothing about what it does is asked about', async () => {
    expect(await verdictOf('claude-code', 'mcp__vault__foo', { path: '~/.bashrc' })).toBe('asked')
  })
})

describe('a secret is written by no tool of any agent', () => {
  // Made of two parts, so that no scanner takes it for a leak.
  const token = `glpat-${'xK3vQ9mB7wT2yR5pL8dZ'}`
  const addFile = (text: string) => `*** Begin Patch\n*** Add File: a.ts\n+${text}\n*** End Patch`
  const tools: readonly (readonly [string, string, (text: string) => object])[] = [
    ['claude-code', 'Write', text => ({ file_path: 'a.ts', content: text })],
    ['claude-code', 'Edit', text => ({ file_path: 'a.ts', old_string: 'x', new_string: text })],
    [
      'claude-code',
      'MultiEdit',
      text => ({
        file_path: 'a.ts',
        edits: [
          { old_string: 'x', new_string: 'y' },
          { old_string: 'y', new_string: text },
        ],
      }),
    ],
    ['claude-code', 'NotebookEdit', text => ({ notebook_path: 'a.ipynb', new_source: text })],
    ['claude-code', 'mcp__fs__write_file', text => ({ path: 'a.ts', content: text })],
    [
      'claude-code',
      'mcp__fs__edit_file',
      text => ({ path: 'a.ts', edits: [{ oldText: 'x', newText: text }] }),
    ],
    ['codex', 'apply_patch', text => ({ command: addFile(text) })],
    ['codex', 'Bash', text => ({ command: `apply_patch <<'E'\n${addFile(text)}\nE` })],
    ['gemini-cli', 'write_file', text => ({ file_path: 'a.ts', content: text })],
    ['gemini-cli', 'replace', text => ({ file_path: 'a.ts', old_string: 'x', new_string: text })],
    ['cursor', 'Write', text => ({ file_path: 'a.ts', content: text })],
    ['cursor', 'StrReplace', text => ({ path: 'a.ts', old_string: 'x', new_string: text })],
    ['cursor', 'search_replace', text => ({ file_path: 'a.ts', old_string: 'x', new_string: text })],
    ['cursor', 'EditNotebook', text => ({ target_notebook: 'a.ipynb', new_string: text })],
    ['cursor', 'ApplyPatch', text => ({ patch: addFile(text) })],
    ['copilot-cli', 'create', text => ({ path: 'a.ts', file_text: text })],
    ['copilot-cli', 'edit', text => ({ path: 'a.ts', old_str: 'x', new_str: text })],
    ['copilot-cli', 'str_replace_editor', text => ({ command: 'insert', path: 'a.ts', insert_text: text })],
    ['copilot-cli', 'apply_patch', text => ({ patch: addFile(text) })],
    ['opencode', 'write', text => ({ filePath: 'a.ts', content: text })],
    ['opencode', 'edit', text => ({ filePath: 'a.ts', oldString: 'x', newString: text })],
    ['opencode', 'multiedit', text => ({ filePath: 'a.ts', edits: [{ oldString: 'x', newString: text }] })],
    ['opencode', 'patch', text => ({ patchText: addFile(text) })],
    ['opencode', 'fs_write_file', text => ({ path: 'a.ts', content: text })],
  ]

  test.each(tools)('%s %s', async (agent, tool, input) => {
    expect(await verdictOf(agent, tool, input(`key = "${token}"`))).toBe('refused')
    // A comment that quiets a scanner of files says nothing here: the agent would write it, too.
    for (const comment of ['portcullis:allow', 'gitleaks:allow', 'pragma: allowlist secret']) {
      expect(await verdictOf(agent, tool, input(`key = "${token}" # ${comment}`))).toBe('refused')
    }
    expect(await verdictOf(agent, tool, input('key = process.env.KEY'))).not.toBe('refused')
  })

  test('the editor of an agent that asks before each', async () => {
    const write = (text: string) => ({
      agent_action_name: 'pre_write_code',
      tool_info: { file_path: `${cwd}/a.ts`, edits: [{ old_string: 'x', new_string: text }] },
    })
    expect(await verdictOfEvent('windsurf', write(`key = "${token}"`))).toBe('refused')
    expect(await verdictOfEvent('windsurf', write('key = 1'))).toBe('passed')
  })

  test('what is taken out may hold one', async () => {
    const edit = { file_path: 'a.ts', old_string: `key = "${token}"`, new_string: 'key = process.env.KEY' }
    expect(await verdictOf('claude-code', 'Edit', edit)).toBe('passed')
  })
})

describe('honest calls pass', () => {
  test.each<Case>([
    ['a list', 'claude-code', 'mcp__fs__list_directory', { path: '/srv/other' }],
    ['a state', 'claude-code', 'mcp__git__git_status', { repo_path: '/srv/other' }],
    ['a file in the project', 'opencode', 'fs_write_file', { path: 'src/a.ts', content: 'x' }],
    ['a file that is read', 'opencode', 'fs_read_text_file', { path: settings }],
    ['a request to a server', 'claude-code', 'mcp__http__request', { method: 'DELETE', path: '/v1/users' }],
    ['a workflow', 'claude-code', 'Workflow', { script: "export const meta = {}\nawait agent('a')" }],
    ['a socket', 'claude-code', 'Monitor', { ws: { url: 'wss://example.com' }, timeout_ms: 1 }],
    ['a plan', 'codex', 'update_plan', { plan: [{ step: 'a', status: 'pending' }], explanation: 'b' }],
    [
      'a patch in a command',
      'codex',
      'Bash',
      { command: `apply_patch <<'E'\n${hooksPatch('*** Add File: b')}\nE` },
    ],
    [
      'two addresses',
      'gemini-cli',
      'web_fetch',
      { prompt: 'compare https://a.example and https://b.example' },
    ],
    ['a folder', 'gemini-cli', 'run_shell_command', { command: 'ls', dir_path: 'src' }],
    ['an answer', 'copilot-cli', 'write_bash', { input: 'y{enter}' }],
    ['keys', 'copilot-cli', 'write_bash', { input: '{down}{down}{enter}' }],
    ['braces that are no keys', 'copilot-cli', 'write_bash', { input: `echo \${HOME} '{print}'{enter}` }],
    ['lints', 'cursor', 'ReadLints', { paths: ['src/a.ts'] }],
    [
      'a path in a text',
      'claude-code',
      'mcp__jira__create',
      { title: '/etc/shadow', description: '~/.ssh/id_rsa' },
    ],
    ['a name', 'claude-code', 'mcp__x__get', { name: '/v1/users', repository: 'https://example.com/a.git' }],
    ['a page', 'claude-code', 'mcp__x__go', { url: 'localhost:3000/a' }],
    [
      'findings about a file',
      'claude-code',
      'ReportFindings',
      { findings: [{ file: '.env', summary: 'a' }] },
    ],
    ['kinds of files', 'claude-code', 'Glob', { pattern: 'src/**/*.{ts,tsx,json,test.ts}' }],
    ['all that is named', 'claude-code', 'Glob', { pattern: '**/*.*' }],
    ['a route', 'claude-code', 'Glob', { pattern: 'app/(group)/[id]/**/page.tsx' }],
    ['two kinds', 'cursor', 'Grep', { pattern: 'x', glob: '*.ts, *.tsx' }],
    ['a notebook', 'cursor', 'EditNotebook', { target_notebook: 'a.ipynb', new_string: 'x' }],
  ])('%s: %s %s', async (_title, agent, tool, input) => {
    expect(await verdictOf(agent, tool, input)).toBe('passed')
  })
})
