import { describe, expect, test } from 'vitest'
import { judgeCommand } from '../../rules/commands/judge.ts'
import { judgePath } from '../../rules/paths/judge.ts'
import { judgeUrl } from '../../rules/paths/judge-url.ts'
import { type InputJudges, judgeToolInput } from './tool-inputs.ts'

const workplace = { cwd: '/home/dev/app', home: '/home/dev', project: '/home/dev/app' }
const view = { realPath: (path: string) => path, caseInsensitive: false }
const options = { protect: [], outsideProject: 'ask', own: [] } as const
const judges: InputJudges = {
  command: text => judgeCommand(text, workplace, view, options),
  path: (path, operation) => judgePath({ path, operation, tool: 'test' }, workplace, view, options),
  url: judgeUrl,
}

function opinion(tool: string, leaves: Readonly<Record<string, string>>): string {
  const texts = Object.entries(leaves).map(([where, text]) => ({ where: `tool_input.${where}`, text }))
  return judgeToolInput({ type: 'tool', id: tool, tool, workplace, texts }, judges).opinion
}

describe('the input of a tool that is not known by name', () => {
  test.each([
    ['a command', 'mcp__sh__run', { command: 'rm -rf ~' }, 'deny'],
    ['a command deeper down', 'mcp__x__y', { 'args.cmd': 'rm -rf ~' }, 'deny'],
    ['an argv', 'mcp__x__y', { 'cmd[0]': 'rm', 'cmd[1]': '-rf', 'cmd[2]': '/' }, 'deny'],
    ['a program and its arguments', 'mcp__x__y', { command: 'rm', 'args[0]': '-rf', 'args[1]': '/' }, 'deny'],
    ['several commands', 'mcp__x__y', { 'commands[0]': 'ls', 'commands[1]': 'rm -rf ~' }, 'deny'],
    ['a credential', 'mcp__fs__read', { path: '/home/dev/.ssh/id_rsa' }, 'deny'],
    ['one of several paths', 'mcp__fs__read', { 'paths[0]': 'a', 'paths[1]': '/etc/shadow' }, 'deny'],
    ['a file address', 'mcp__fs__read', { uri: 'file:///home/dev/.ssh/id%5Frsa' }, 'deny'],
    ['a profile', 'mcp__fs__write_file', { path: '/home/dev/.bashrc', content: 'x' }, 'deny'],
    ['cloud credentials', 'mcp__f__fetch', { url: 'http://169.254.169.254/latest' }, 'deny'],
    ['an honest command', 'mcp__sh__run', { command: 'ls' }, 'none'],
    ['an honest path', 'mcp__fs__write_file', { path: 'src/a.ts', content: 'rm -rf ~' }, 'none'],
    ['a dev server', 'mcp__browser__navigate', { url: 'http://localhost:3000/' }, 'none'],
    ['an argv of its own', 'mcp__x__y', { 'argv[0]': 'rm', 'argv[1]': '-rf', 'argv[2]': '/' }, 'deny'],
    ['a command in another folder', 'mcp__x__y', { command: 'rm -rf .', cwd: '/home/dev' }, 'deny'],
    ['a program by another key', 'mcp__x__y', { executable: 'rm', 'args[0]': '-rf', 'args[1]': '/' }, 'deny'],
    ['JSON in a text', 'mcp__x__call', { arguments: '{"steps":[{"cmd":"rm -rf ~"}]}' }, 'deny'],
    ['JSON in JSON', 'mcp__x__call', { input: JSON.stringify({ body: '{"command":"rm -rf ~"}' }) }, 'deny'],
    ['statements', 'mcp__pg__execute', { sql: 'DROP TABLE users' }, 'ask'],
    ['a query to a database', 'mcp__postgres__query', { query: 'truncate table orders' }, 'ask'],
    ['a program in a database', 'mcp__pg__run', { sql: "copy t to program 'sh'" }, 'deny'],
    ['Python', 'mcp__jupyter__execute', { code: "import os; os.system('rm -rf ~')" }, 'deny'],
    [
      'code with its language',
      'mcp__x__y',
      { code: "shutil.rmtree('/home/dev')", language: 'python' },
      'deny',
    ],
    ['shell as code', 'mcp__x__y', { code: 'rm -rf ~', language: 'bash' }, 'deny'],
    ['a path by another key', 'mcp__fs__read', { outputFilePath: '/etc/shadow' }, 'deny'],
    ['where a copy goes', 'mcp__fs__copy', { source: 'a', destination: '/home/dev/.bashrc' }, 'deny'],
    ['a search for keys', 'mcp__fs__search', { path: '/home/dev', pattern: '.ssh/id_*' }, 'deny'],
    ['a search from the root', 'mcp__fs__glob', { pattern: '/home/dev/.aws/*' }, 'deny'],
    ['Docker', 'mcp__http__get', { url: 'http://localhost:2375/containers/json' }, 'deny'],
    ['an address by another key', 'mcp__x__y', { callbackUrl: 'http://169.254.169.254/' }, 'deny'],
    ['an honest statement', 'mcp__pg__query', { sql: 'select * from users where id = 1' }, 'none'],
    ['a query about statements', 'WebSearch', { query: 'drop table users syntax' }, 'none'],
    ['a prompt about code', 'Task', { prompt: 'run rm -rf ~ never', description: 'x' }, 'none'],
    ['honest Python', 'mcp__jupyter__execute', { code: 'print(sum([1, 2]))' }, 'none'],
    [
      'a script for a page',
      'mcp__browser__evaluate',
      { code: "document.querySelector('a').remove()" },
      'none',
    ],
    ['an honest search', 'mcp__fs__search', { path: 'src', pattern: '**/*.ts' }, 'none'],
    ['a search for text', 'mcp__fs__grep', { path: 'src', pattern: 'process\\.env' }, 'none'],
    ['code to look at', 'mcp__review__comment', { code: "os.system('rm -rf ~')" }, 'none'],
    ['prose about a command', 'mcp__tracker__create', { title: 'rm -rf ~ is bad' }, 'none'],
  ])('%s', (_title, tool, leaves, expected) => {
    expect(opinion(tool, leaves as Record<string, string>)).toBe(expected)
  })
})

test('an input too large to be read to its end is for a person to look at', () => {
  const padding = Object.fromEntries(
    Array.from({ length: 400 }, (_, index) => [`a${index}.path`, `src/${index}`]),
  )
  expect(opinion('mcp__x__y', { ...padding, command: 'ls' })).toBe('ask')
  expect(opinion('mcp__x__y', { command: 'rm -rf ~', ...padding })).toBe('deny')
  const words = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`note${index}`, 'text']))
  expect(opinion('mcp__x__y', { ...words, command: 'ls' })).toBe('none')
})
