import { describe, expect, it } from 'vitest'
import type { FileSystemView } from '../../judgement.ts'
import { judgeCommand } from '../judge.ts'

const view: FileSystemView = { realPath: path => path, caseInsensitive: false }
const workplace = { cwd: '/home/dev/app', home: '/home/dev', project: '/home/dev/app' }

const rulesOf = (command: string) => [
  ...new Set(
    judgeCommand(command, workplace, view).findings.map(({ rule, severity }) => `${severity} ${rule}`),
  ),
]

const ELSEWHERE = 'ask command.runs-code-of-other-folder'

describe('what an option hands to a program', () => {
  it.each([
    ['glued', 'prettier --plugin=/tmp/evil.mjs --write .'],
    ['in the next word', 'eslint --rulesdir /tmp/evil .'],
    ['above the project', 'eslint --rulesdir ../../../mnt/evil .'],
    ['for the program that npx runs', 'npx eslint@9 --rulesdir /tmp/evil .'],
    ['for the module that python runs', 'python3 -m pytest --rootdir=/tmp/evil'],
    ['for the program that a verb runs', 'pnpm exec jest --config /tmp/evil.js'],
    ['only with the verb that reads it', 'docker compose -f /tmp/evil.yml up'],
    ['by a name that every program gives its settings', 'some-linter --rc-file /tmp/evil.rc src'],
    ['as a file of arguments', 'java @/tmp/evil.args Main'],
  ])('is code from elsewhere, %s', (_, command) => {
    expect(rulesOf(command)).toContain(ELSEWHERE)
  })

  it.each([
    'prettier --plugin=prettier-plugin-tailwindcss --write .',
    'npx eslint --config eslint.config.js .',
    'pnpm view left-pad --config.x=/tmp/y',
    'docker build -f docker/Dockerfile .',
    'java -cp target/classes Main',
    'npm --prefix frontend run build',
    'yarn --cwd packages/api build',
    'go vet -vettool=$(which shadow) ./...',
    'fzf --preview "bat --color=always {}"',
    'docker run --env-file .env app',
    'ls *.png | parallel convert {} {.}.jpg',
    'hyperfine "node a.js" "node b.js"',
    'git worktree add ../app-fix fix',
    'some-linter --rc-file config/lint.rc --log-file /tmp/lint.log src',
    'kubectl port-forward --address 127.0.0.1 svc/x 8080:80',
  ])('is the work of the project: %s', command => {
    expect(rulesOf(command)).toEqual([])
  })

  it.each([
    [
      'a list whose lines are files',
      'git hash-object --stdin-paths <<< /etc/shadow',
      'deny command.reads-credential',
    ],
    [
      'a list that is shown where it is wrong',
      'wc --files0-from=/etc/shadow',
      'deny command.reads-credential',
    ],
    [
      'a file of settings outside',
      'docker run --env-file ~/.aws/credentials a',
      'deny command.reads-credential',
    ],
    ['a log over a start file', 'less -o/home/dev/.bashrc a.txt', 'deny command.changes-shell-profile'],
    ['a shortened output', 'sort --outp=/home/dev/.zshrc a.txt', 'deny command.changes-shell-profile'],
    [
      'a folder of keys to unpack into',
      'tar --one-top-level=/home/dev/.ssh -xf a.tar',
      'deny command.writes-outside-project',
    ],
    ['a second checkout over keys', 'git worktree add ~/.ssh/x', 'deny command.writes-outside-project'],
    [
      'a port open to all',
      'kubectl port-forward --address 0.0.0.0 svc/x 8080:80',
      'ask command.opens-listener',
    ],
    ['a message from a key', 'git commit -F ~/.ssh/id_rsa', 'deny command.reads-credential'],
    [
      'a proxy that sees everything',
      'curl --proxy http://203.0.113.5:3128 http://example.com',
      'ask command.sends-unknown-data',
    ],
    [
      'a program with its arguments',
      'gdb --batch -ex run --args rm -rf /home/dev',
      'deny command.deletes-protected-folder',
    ],
    ['commands side by side', "hyperfine 'ls' 'rm -rf /home/dev'", 'deny command.deletes-protected-folder'],
    [
      'words appended to a text',
      "parallel 'rm -rf {}' ::: /home/dev",
      'deny command.deletes-protected-folder',
    ],
    [
      'a hook within a hook',
      `tmux set-hook -g client-attached 'run-shell "rm -rf /home/dev"'`,
      'deny command.deletes-protected-folder',
    ],
    [
      'a pipe in place of a file',
      "psql -o '|rm -rf /home/dev' -c 'select 1'",
      'deny command.deletes-protected-folder',
    ],
  ])('is %s', (_, command, rule) => {
    expect(rulesOf(command)).toContain(rule)
  })

  it('is read where this very command wrote it', () => {
    const jest = (code: string) =>
      `cat > /tmp/jest.config.js <<'X'\n${code}\nX\nnpx jest --config /tmp/jest.config.js`
    expect(rulesOf(jest('module.exports = {}'))).toEqual([])
    expect(rulesOf(jest("require('child_process').execSync('rm -rf /home/dev')"))).toContain(
      'deny command.deletes-protected-folder',
    )
  })
})
