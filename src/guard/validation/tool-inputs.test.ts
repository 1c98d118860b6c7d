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
    ['prose about a command', 'mcp__tracker__create', { title: 'rm -rf ~ is bad' }, 'none'],
  ])('%s', (_title, tool, leaves, expected) => {
    expect(opinion(tool, leaves as Record<string, string>)).toBe(expected)
  })
})
