import { isRemote, isUnknown } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import { fork } from '../shell/state.ts'
import { judgeForeignCode } from './foreign-code.ts'

const NONE = { text: '', connected: false }

interface Orders {
  readonly programs: RegExp
  readonly files: readonly string[]
  /** How the file says what is run. */
  readonly as: 'recipes' | 'scripts' | 'code'
}

/** The files that tools take their orders from, as far as they are code or hold commands. */
const orders: readonly Orders[] = [
  { programs: /^(?:g?make|bmake|remake)$/, files: ['Makefile', 'makefile', 'GNUmakefile'], as: 'recipes' },
  { programs: /^just$/, files: ['justfile', 'Justfile', '.justfile'], as: 'recipes' },
  { programs: /^(?:npm|npx|pnpm|yarn|bun)$/, files: ['package.json'], as: 'scripts' },
  { programs: /^composer$/, files: ['composer.json'], as: 'scripts' },
  { programs: /^deno$/, files: ['deno.json', 'deno.jsonc'], as: 'scripts' },
  { programs: /^(?:bundle|bundler|bundle-audit)$/, files: ['Gemfile', 'gems.rb'], as: 'code' },
  {
    programs: /^(?:rake|cap|thor|guard|fastlane|pod|vagrant|berks|brew|puma|rackup)$/,
    files: [
      'Rakefile',
      'Capfile',
      'Thorfile',
      'Guardfile',
      'Fastfile',
      'Podfile',
      'Vagrantfile',
      'Berksfile',
      'Brewfile',
      'config.ru',
    ],
    as: 'code',
  },
  {
    programs:
      /^(?:pip3?|python[\d.]*|uv|pipx|tox|nox|pytest|scons|waf|fab|invoke|doit|snakemake|conan|meson|sphinx-build)$/,
    files: [
      'setup.py',
      'conftest.py',
      'noxfile.py',
      'SConstruct',
      'wscript',
      'fabfile.py',
      'tasks.py',
      'dodo.py',
      'Snakefile',
      'conanfile.py',
      'conf.py',
      'sitecustomize.py',
      'usercustomize.py',
    ],
    as: 'code',
  },
  {
    programs: /^(?:gradlew?|mvnw?|sbt|mill|lein|clojure|clj|ant|groovy)$/,
    files: [
      'build.gradle',
      'build.gradle.kts',
      'settings.gradle',
      'init.gradle',
      'build.sbt',
      'build.sc',
      'project.clj',
      'deps.edn',
      'build.xml',
    ],
    as: 'code',
  },
  { programs: /^(?:cargo|rustc)$/, files: ['build.rs'], as: 'code' },
  { programs: /^go$/, files: ['main.go', 'gen.go', 'generate.go'], as: 'code' },
  { programs: /^(?:mix|iex|rebar3|elixir)$/, files: ['mix.exs', 'rebar.config', '.iex.exs'], as: 'code' },
  {
    programs:
      /^(?:grunt|gulp|webpack|vite|rollup|jest|vitest|eslint|babel|next|nuxt|npx|karma|mocha|prettier)$/,
    files: [
      'Gruntfile.js',
      'gulpfile.js',
      'webpack.config.js',
      'vite.config.js',
      'vite.config.ts',
      'rollup.config.js',
      'jest.config.js',
      'vitest.config.ts',
      'eslint.config.js',
      '.eslintrc.js',
      'babel.config.js',
      'next.config.js',
      'nuxt.config.ts',
      'karma.conf.js',
      '.mocharc.js',
      'prettier.config.js',
    ],
    as: 'code',
  },
  {
    programs: /^(?:cmake|ctest|premake\d?|xmake)$/,
    files: ['CMakeLists.txt', 'premake5.lua', 'xmake.lua'],
    as: 'code',
  },
  { programs: /^(?:perl|cpanm?|prove)$/, files: ['Makefile.PL', 'Build.PL'], as: 'code' },
  { programs: /^R(?:script)?$/, files: ['.Rprofile'], as: 'code' },
  { programs: /^(?:task|go-task)$/, files: ['Taskfile.yml', 'Taskfile.yaml'], as: 'recipes' },
  { programs: /^(?:gdb)$/, files: ['.gdbinit'], as: 'code' },
]

const FOLDER = /^(?:-C|--(?:working-dir|directory|prefix|cwd|dir|project|root|rootdir|chdir)|-d|-p)$/

/** A file of orders that this very command has written speaks before the tool that obeys it runs. */
export function judgeMadeFiles(call: Call): void {
  if (call.state.files.size === 0) return
  const rows = orders.filter(({ programs }) => programs.test(call.name))
  if (rows.length === 0) return
  for (const folder of foldersOf(call))
    for (const { files, as } of rows)
      for (const file of files) {
        const text = call.state.files.get(call.shell.path(`${folder}/${file}`, call.state))
        if (text !== undefined) judgeOrders(call, text, as)
      }
}

function foldersOf({ args }: Call): Set<string> {
  const folders = new Set(['.'])
  for (const [at, arg] of args.entries()) {
    const [name = '', value = args[at + 1]] = arg.split('=')
    if (FOLDER.test(name) && value) folders.add(value)
    else if (/^(?:[/~]|\.\.?\/)/.test(arg)) folders.add(arg)
  }
  return folders
}

function judgeOrders(call: Call, text: string, as: Orders['as']): void {
  if (isRemote(text)) {
    call.shell.raise('command.runs-remote-code', call.name, null, 'ask')
    return
  }
  if (isUnknown(text)) return
  if (as === 'code') judgeForeignCode(call, text)
  else for (const code of as === 'recipes' ? recipesOf(text) : scriptsOf(text)) judgeShellText(call, code)
}

function judgeShellText(call: Call, code: string): void {
  if (/^\s*(?:exec\s+)?(?:\/(?:usr\/)?bin\/)?(?:ba|da|z|k)?sh(?:\s+-i)?(?:\s+\d?[<>]\S+)*\s*$/.test(code))
    call.shell.raise('command.runs-unknown-code', call.name, code)
  call.shell.runText(code, NONE, fork(call.state))
}

function recipesOf(text: string): string[] {
  return text
    .split('\n')
    .slice(0, 200)
    .filter(line => /^(?:\t| {2,})[^#]/.test(line))
    .map(line =>
      line
        .replace(/^\s+[-@+]*/, '')
        .replace(/^(?:-\s+)?(?:cmd:\s*)?/, '')
        .replaceAll('$$', '$'),
    )
}

function scriptsOf(text: string): string[] {
  const section = /"(?:scripts|tasks)"\s*:\s*\{([^}]*)\}/.exec(text)?.[1] ?? ''
  return [...section.matchAll(/:\s*"((?:[^"\\]|\\.)*)"/g)]
    .map(([, code = '']) => code.replace(/\\(["\\/])/g, '$1'))
    .slice(0, 100)
}
