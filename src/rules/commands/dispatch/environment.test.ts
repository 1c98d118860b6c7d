import { describe, expect, it } from 'vitest'
import type { FileSystemView } from '../../judgement.ts'
import { judgeCommand } from '../judge.ts'

const view: FileSystemView = { realPath: path => path, caseInsensitive: false }
const workplace = { cwd: '/home/dev/app', home: '/home/dev', project: '/home/dev/app' }

const rulesOf = (command: string) =>
  judgeCommand(command, workplace, view).findings.map(({ rule, severity }) => `${severity} ${rule}`)

const POISONS = 'ask command.poisons-environment'

describe('a variable that later programs see', () => {
  it.each([
    ['a module folder that everybody may write to', 'NODE_PATH=/tmp/evil node app.js'],
    ['the same, exported before', 'export NODE_PATH=/tmp/evil; node app.js'],
    ['the same, given first and exported later', 'NODE_PATH=/tmp/evil; export NODE_PATH; node app.js'],
    ['the same, by env', 'env NODE_PATH=/tmp/evil node app.js'],
    ['settings whose name looks like a secret', 'GOENV=/tmp/evil.env go version'],
    ['settings on another disk', 'ANSIBLE_CONFIG=/media/usb/ansible.cfg ansible --version'],
    ['a compiler wrapper', 'RUSTC_WRAPPER=/tmp/evil.sh cargo check'],
    [
      'the name of a variable put together',
      'CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=/tmp/e cargo build',
    ],
    ['a name that npm reads in any case', 'NPM_CONFIG_SCRIPT_SHELL=/tmp/evil.sh npm test'],
    ['a pager from a file', 'read -r PAGER < /tmp/p; export PAGER; git log'],
    ['a check of checksums switched off', 'GOSUMDB=off go get example.com/x'],
    ['a prompt that runs something', `PS1='$(id) ' bash -i`],
    ['a variable for programs yet to come', 'go env -w GOSUMDB=off'],
    ['an editor in the settings of a forge', 'gh config set editor /tmp/evil.sh'],
    ['a switch of npm in camel case', 'pnpm config set scriptShell /tmp/evil.sh'],
    ['a program of yarn’s own', 'yarn config set yarnPath /tmp/evil.cjs'],
    ['one for every window of tmux', 'tmux set-environment -g BASH_ENV /tmp/evil.sh'],
  ])('is asked about: %s', (_, command) => {
    expect(rulesOf(command)).toContain(POISONS)
  })

  it.each([
    'NODE_PATH=lib node app.js',
    'NODE_PATH=/tmp/evil; echo done',
    'XDG_CONFIG_HOME="$(mktemp -d)" npm test',
    'RUSTC_WRAPPER=sccache cargo check',
    'CC="ccache gcc" make',
    'PYTHONPATH="$PYTHONPATH:src" pytest',
    'PYTHONBREAKPOINT=ipdb.set_trace pytest',
    'GOFLAGS=-mod=vendor go build ./...',
    'MAKEFLAGS=-j8 make',
    'GIT_TRACE=1 git fetch',
    'DOCKER_HOST=unix:///var/run/docker.sock docker ps',
    'GOPROXY=https://proxy.golang.org,direct go mod download',
    'AWS_ENDPOINT_URL=http://localhost:4566 aws s3 ls',
    String.raw`export PS1="\u@\h:\w\$ "`,
  ])('is ordinary: %s', command => {
    expect(rulesOf(command)).toEqual([])
  })

  it('is a place where packages come from', () => {
    expect(rulesOf('npm_config_registry=http://packages.example npm ci')).toEqual([
      'ask command.installs-package',
    ])
    expect(rulesOf('npm_config_registry=https://registry.npmjs.org npm ci')).toEqual([])
  })

  it('is a place that settings name from now on', () => {
    expect(rulesOf('conda config --add channels http://packages.example')).toEqual([
      'ask command.installs-package',
    ])
    expect(rulesOf('conda config --add channels conda-forge')).toEqual([])
  })

  it('lists too many places to be looked at', () => {
    const list = Array.from({ length: 100 }, (_, at) => `/usr/lib/${at}`).join(':')
    expect(rulesOf(`NODE_PATH=${list} node app.js`)).toEqual([POISONS])
  })

  it('is a file that is written', () => {
    expect(rulesOf('GIT_TRACE=/home/dev/.bashrc git status')).toEqual(['deny command.changes-shell-profile'])
  })

  it('holds options that are read as the program reads them', () => {
    expect(rulesOf("TAR_OPTIONS='--checkpoint-action=exec=/tmp/e.sh' tar cf x.tar src")).toContain(
      'ask command.runs-unknown-code',
    )
    expect(rulesOf('GOFLAGS=-toolexec=/tmp/e.sh go build ./...')).toContain(
      'ask command.runs-code-of-other-folder',
    )
  })

  it('is a command that gets a file', () => {
    expect(rulesOf("KUBECTL_EXTERNAL_DIFF='rm -rf' kubectl diff -f a.yaml")).toEqual([
      'ask command.deletes-unknown-target',
    ])
    expect(rulesOf("KUBECTL_EXTERNAL_DIFF='diff -u' kubectl diff -f a.yaml")).toEqual([])
  })
})
