import { type Call, type Program, states } from '../acts.ts'
import { planMake } from '../code/makefile.ts'
import { runTask } from '../code/projects.ts'
import { readMentioned } from '../dispatch/mentions.ts'
import { optionValues, readOptions } from '../dispatch/options.ts'
import { fork } from '../shell/state.ts'

const NONE = { text: '', connected: false }
const REGISTRY =
  /^--(?:registry|index-url|extra-index-url|trusted-host|find-links|allow-untrusted|source|index)(?:=|$)|^-i$/

/** Installing what a project lists is everyday work; other registries, raw addresses and publishing want a look. */
const manager: Program = call => {
  const { args, shell, name } = call
  const text = args.join(' ')
  if (
    /^(?:npm|pnpm|yarn|bun)$/.test(name) &&
    /(?:^|\s)(?:install|i|add|link)\s|^global\s/.test(`${text} `) &&
    (args.some(arg => /^(?:-g|--global|--location=global)$/.test(arg)) || args[0] === 'global')
  )
    shell.raise('command.installs-package', name, text)
  const installs = /(?:^|\s)(?:install|i|add|ci|exec|x|dlx|run|get|download|create|init)(?:\s|$)/.test(text)
  if (
    /^(?:publish|unpublish|deprecate|owner|yank|push|token|adduser|login|logout|access|dist-tag)\b/.test(
      text,
    ) &&
    !/^(?:push)\b/.test(text) &&
    !args.includes('--dry-run')
  )
    shell.raise('command.changes-system', name, text)
  else if (installs && args.some((arg, index) => REGISTRY.test(arg) && isForeign(arg, args[index + 1])))
    shell.raise('command.installs-package', name, text)
  else if (
    installs &&
    args.some(
      arg =>
        /^(?:git\+|https?:\/\/|git:\/\/|github:)/.test(arg) &&
        !/^https:\/\/(?:registry\.npmjs\.org|pypi\.org|files\.pythonhosted\.org)\//.test(arg),
    )
  )
    shell.raise('command.installs-package', name, text)
  else if (
    /^config\s+set\s+(?:\w+\.(?:extra-)?index-url|script-shell|registry|ignore-scripts|.*_auth|git|node-gyp|shell|prefix)/.test(
      text,
    )
  )
    shell.raise('command.poisons-environment', name, text)
  else if (/^config\s+(?:get|list|ls).*(?:_auth|token)/i.test(text))
    shell.raise('command.prints-credential', name, text)
  const read = readOptions(args, {
    valued: 'cw',
    stopAtOperand: true,
    valuedLong: ['call', 'script-shell', 'package', 'prefix', 'workspace'],
  })
  for (const code of optionValues(read, 'script-shell')) {
    shell.runText(code, NONE, call.state)
    shell.raise('command.poisons-environment', name, code)
  }
  if (name === 'npx' || name === 'bunx' || args[0] === 'exec' || args[0] === 'x' || args[0] === 'dlx')
    judgeExec(call)
  if (name === 'yarn') judgeYarnSettings(call)
  if (/^(?:npm|pnpm|yarn|bun)$/.test(name)) runTask(call)
  return readMentioned(call)
}

/** Any use of yarn loads the release and the plugins that its settings name, even `yarn --version`. */
function judgeYarnSettings({ shell, name, state }: Call): void {
  const path = shell.path('.yarnrc.yml', state)
  const text = state.files.get(path) ?? shell.textAt(path) ?? ''
  for (const [, file = ''] of text.matchAll(
    /^[ \t-]*(?:yarnPath|path|spec)[ \t]*:[ \t]*["']?([^\s"']{1,500})/gm,
  ))
    if (/^[/~]|^\.\.|^https?:/.test(file)) shell.raise('command.runs-code-of-other-folder', name, file)
}

function isForeign(arg: string, next: string | undefined): boolean {
  const value = arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : (next ?? '')
  return !/^https:\/\/(?:registry\.npmjs\.org|registry\.yarnpkg\.com|pypi\.org|test\.pypi\.org|download\.pytorch\.org|npm\.pkg\.github\.com|rubygems\.org|index\.crates\.io)(?:\/|$)/.test(
    value,
  )
}

/** `npx -c CODE`, and packages named like the destroyers they are. */
function judgeExec(call: Parameters<Program>[0]): void {
  const rest = /^(?:exec|x|dlx)$/.test(call.args[0] ?? '') ? call.args.slice(1) : call.args
  const read = readOptions(rest, {
    valued: 'cpw',
    valuedLong: ['call', 'package', 'workspace'],
    stopAtOperand: true,
  })
  for (const code of optionValues(read, 'c', 'call')) call.shell.runText(code, NONE, call.state)
  const [program] = read.operands
  if (program !== undefined && /^(?:git\+)?https?:/.test(program))
    call.shell.raise('command.runs-remote-code', call.name, program)
  if (
    program !== undefined &&
    /^(?:rimraf|del-cli|trash|rm|bash|sh|node|tsx|shx|cross-env|dotenv|env-cmd|concurrently|pm2|nodemon|onchange)$/.test(
      program,
    )
  ) {
    const inner = /^(?:shx|cross-env|dotenv|env-cmd)$/.test(program)
      ? read.operands.slice(1).filter(arg => !/^\w+=/.test(arg))
      : read.operands
    call.shell.runArgv(inner, NONE, call.state)
  }
}

/** Package managers of the system change the machine for everyone. */
const system: Program = call => {
  const text = call.args.join(' ')
  const options = call.args
    .filter((_, index) => /^(?:-o|--option)$/.test(call.args[index - 1] ?? ''))
    .concat(call.args.filter(arg => /^-o\S/.test(arg)))
  if (options.some(option => /invoke|hooks?|pager|Dpkg::Pre|Post|Binary|Proxy-Auto/i.test(option))) {
    call.shell.raise('command.runs-unknown-code', call.name, text)
    for (const option of options) call.shell.runText(option.replace(/^[^=]*=/, ''), NONE, call.state)
  }
  if (
    /(?:^|\s)(?:remove|purge|autoremove|erase|uninstall|-R\w*|del)(?:\s|$)/.test(text) &&
    call.name !== 'brew'
  )
    call.shell.raise('command.changes-system', call.name, text)
  if (
    (/^(?:dpkg|rpm|apk|pacman)$/.test(call.name) &&
      /(?:^|\s)(?:-\w*[iU]\w*|--install|--upgrade)(?:\s|$)/.test(text)) ||
    (/(?:^|\s)(?:install|add)\s/.test(text) &&
      call.args.some(arg => /^(?:\.{0,2}\/|https?:).*\.(?:deb|rpm|apk|pkg)$/.test(arg)))
  )
    call.shell.raise('command.installs-package', call.name, text)
  if (/--(?:allow-unauthenticated|force-yes|nogpgcheck|allow-untrusted|no-gpg-checks)/.test(text))
    call.shell.raise('command.installs-package', call.name, text)
  return undefined
}

/** Build tools run what the project says: on the command line, and in the files that can be read. */
const build: Program = call => {
  const { args, shell, state } = call
  for (const arg of args) {
    const code = /^--eval=(.*)$/s.exec(arg)?.[1] ?? /^(?:SHELL|MAKEFLAGS|CC|CXX)=(.*)$/s.exec(arg)?.[1]
    if (
      code &&
      !/^(?:\/(?:usr\/)?bin\/)?(?:ba|z|da)?sh$|^(?:gcc|clang|g\+\+|clang\+\+|cc|c\+\+)(?:-\d+)?$/.test(code)
    ) {
      shell.raise('command.runs-unknown-code', call.name, code)
      shell.runText(code.replace(/\$\(shell ([^)]*)\)/g, '$1').replace(/^.*:\s*;?/, ''), NONE, state)
    }
  }
  const read = readOptions(args, { valued: 'fCjIEO', valuedLong: ['file', 'directory', 'eval', 'makefile'] })
  for (const code of optionValues(read, 'eval', ...(/^g?make$/.test(call.name) ? ['E'] : []))) {
    shell.raise('command.runs-unknown-code', call.name, code)
    shell.runText(code.replace(/\$\(shell ([^)]*)\)/g, '$1'), NONE, state)
  }
  for (const file of optionValues(read, 'f', 'file', 'makefile', 'C', 'directory')) {
    if (file === '-') {
      shell.raise('command.runs-unknown-code', call.name)
      if (/^g?make$/.test(call.name)) runRecipes(call)
      continue
    }
    const kind = shell.paths.classify(shell.path(file, state))
    if (kind !== 'project') shell.raise('command.runs-code-of-other-folder', call.name, file)
  }
  if (/^(?:g?make|just)$/.test(call.name)) runTask(call)
  return undefined
}

/** A makefile on standard input. */
function runRecipes({ shell, state, stdin }: Call): void {
  const plan = planMake(stdin.text, [], new Map(), state.cwd)
  for (const line of [...plan.atReading, ...plan.recipes.flatMap(({ lines }) => lines)])
    shell.runText(line, NONE, fork(state))
}

/** `cmake -E` brings small tools of its own. */
function cmakeTool(args: readonly string[]): string[] {
  const tools: Record<string, string> = {
    remove: 'rm',
    rm: 'rm',
    remove_directory: 'rm',
    env: 'env',
    copy: 'cp',
    rename: 'mv',
    cat: 'cat',
  }
  const tool = tools[args[0] ?? '']
  return tool ? [tool, ...(args[0] === 'remove_directory' ? ['-r'] : []), ...args.slice(1)] : ['true']
}

/** Package managers and build tools. */
export const packages: Readonly<Record<string, Program>> = {
  npm: manager,
  pnpm: manager,
  yarn: manager,
  bun: manager,
  npx: manager,
  bunx: manager,
  pip: manager,
  pip3: manager,
  pipx: manager,
  uv: manager,
  uvx: manager,
  poetry: manager,
  pdm: manager,
  cargo: manager,
  gem: manager,
  bundle: manager,
  composer: manager,
  go: states(call => {
    if (call.args.some(arg => /^-(?:exec|toolexec|ldflags.*-extld)/.test(arg)))
      call.shell.raise('command.runs-unknown-code', call.name, call.args.join(' '))
  }),
  conda: manager,
  mamba: manager,
  twine: manager,
  apt: system,
  'apt-get': system,
  aptitude: system,
  dpkg: system,
  yum: system,
  dnf: system,
  rpm: system,
  pacman: system,
  zypper: system,
  apk: system,
  brew: system,
  snap: system,
  port: system,
  'xbps-install': system,
  'apt-key': states(call => {
    if (/\b(?:add|adv)\b/.test(call.args.join(' ')))
      call.shell.raise('command.installs-package', call.name, call.args.join(' '))
  }),
  'add-apt-repository': states(call =>
    call.shell.raise('command.installs-package', call.name, call.args.join(' ')),
  ),
  emerge: system,
  make: build,
  gmake: build,
  cmake: states(call => {
    if (call.args[0] === '-E') call.shell.runArgv(cmakeTool(call.args.slice(1)), NONE, call.state)
  }),
  ninja: build,
  just: build,
  task: build,
  rake: build,
  gradle: build,
  mvn: build,
  ant: build,
  bazel: build,
  meson: build,
}
