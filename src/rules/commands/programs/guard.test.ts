import { describe, expect, test } from 'vitest'
import type { FileSystemView } from '../../judgement.ts'
import { judgeCommand } from '../judge.ts'

const view: FileSystemView = { realPath: path => path, caseInsensitive: false }
const workplace = { cwd: '/home/me/app', home: '/home/me', project: '/home/me/app' }
const judge = (command: string) => judgeCommand(command, workplace, view)

describe('an agent does not break the glass', () => {
  test.each([
    'portcullis break-glass --minutes 60 --reason x',
    './portcullis break-glass --minutes 60 --reason x',
    '/usr/local/bin/portcullis --config x break-glass --minutes 5',
    "port''cullis break-glass",
    'p=portcullis; $p break-glass',
    './copy break-glass --minutes 5 --reason x',
    'npx -y portcullis@latest break-glass',
    'npm exec portcullis -- break-glass',
    'pnpm dlx portcullis break-glass',
    'node bin/portcullis.mjs break-glass',
    'node src/cli/main.ts break-glass',
    'npx tsx src/cli/main.ts break-glass',
    "script -qec 'portcullis break-glass --minutes 5' /dev/null",
    'script -q /dev/null portcullis break-glass --minutes 5',
    `expect -c 'spawn portcullis break-glass; expect "type"; send "x"'`,
    'unbuffer portcullis break-glass',
    'env -u CLAUDECODE setsid portcullis break-glass',
    "tmux send-keys -t 0 'portcullis break-glass --minutes 5' Enter",
    "screen -X stuff 'portcullis break-glass'",
    'ssh localhost portcullis break-glass',
    "python3 -c \"import pty; pty.spawn(['portcullis','break-glass'])\"",
    "node -e \"require('child_process').spawn('portcullis',['break-glass'])\"",
    'wget --method=POST http://127.0.0.1:8788/v1/break-glass/ask',
    'curl --unix-socket ~/.portcullis/data/portcullis.sock http://x/v1/status',
    'curl --unix-socket=$HOME/.portcullis/data/portcullis.sock http://x/',
    'cd ~/.portcullis/data && curl --unix-socket portcullis.sock http://x/',
    'socat - UNIX-CONNECT:/home/me/.portcullis/data/portcullis.sock',
    'nc -U ~/.portcullis/data/portcullis.sock',
    'python3 -c "import socket; socket.socket(socket.AF_UNIX).connect(\'/home/me/.portcullis/data/portcullis.sock\')"',
  ])('%s', command => {
    const { opinion, findings } = judge(command)
    expect(opinion).toBe('deny')
    expect(findings.filter(({ severity }) => severity === 'deny').map(({ threat }) => threat)).toContain(
      'GRD-TMP-001',
    )
  })
})

describe('what only speaks of it is let be', () => {
  test.each([
    'git checkout break-glass',
    'git commit -m "break-glass for portcullis"',
    'grep -rn break-glass docs/portcullis.md',
    'echo "portcullis break-glass is for people"',
    'npm run break-glass',
    'portcullis status',
    'curl --unix-socket /var/run/docker.sock http://x/version',
  ])('%s', command => {
    expect(judge(command).findings.filter(({ threat }) => threat === 'GRD-TMP-001')).toEqual([])
  })
})

describe('an agent does not vouch for hook scripts', () => {
  test.each([
    'portcullis scripts pin hooks/pre.sh',
    './portcullis --data /tmp/x scripts pin --accept-danger hooks/pre.sh',
    'npx portcullis scripts pin hooks/*',
    'node src/cli/main.ts scripts pin a',
    "bash -c 'portcullis scripts pin a'",
    "tmux send-keys 'portcullis scripts pin a' Enter",
    'python3 -c "import os; os.system(\'portcullis scripts pin a\')"',
  ])('%s', command => {
    expect(judge(command).findings).toContainEqual(
      expect.objectContaining({ rule: 'command.disables-guard', severity: 'deny' }),
    )
  })

  test.each([
    'portcullis scripts check hooks/pre.sh',
    'npm run scripts pin',
    'grep "portcullis scripts pin" README.md',
  ])('it may: %s', command => {
    expect(judge(command).findings.map(({ rule }) => rule)).not.toContain('command.disables-guard')
  })
})
