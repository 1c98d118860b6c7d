import type { Call } from '../acts.ts'
import { isElsewhere } from '../dispatch/environment.ts'
import { byProgram } from './by-program.ts'

interface Installer {
  readonly programs: RegExp
  /** The arguments, joined, of a use that installs or runs a package. */
  readonly when: RegExp
}

/** Uses by which a package's own code gets to run. */
const installers: readonly Installer[] = [
  {
    programs: /^(?:npm|pnpm|yarn|bun)$/,
    when: /(?:^|\s)(?:i|install|add|x|exec|dlx|create|pack|publish|link)\s/,
  },
  { programs: /^(?:npx|bunx|pnpx|uvx)$/, when: /./ },
  { programs: /^pip3?$/, when: /(?:^|\s)(?:install|wheel|download)\s/ },
  { programs: /^pipx$/, when: /^(?:install|run|inject)\s/ },
  { programs: /^uv$/, when: /(?:^|\s)(?:install|add|run)\s/ },
  {
    programs: /^(?:gem|luarocks|composer|opam|raco|zef|cpm|cpanm|cpan|dub|shards|nimble)$/,
    when: /(?:^|\s)(?:install|require|build|-i|[~/].*)/,
  },
  { programs: /^easy_install[\d.-]*$/, when: /./ },
  { programs: /^cargo$/, when: /^(?:install|binstall)\s/ },
  { programs: /^deno$/, when: /^(?:install|add|compile|cache)\s/ },
  { programs: /^R$/, when: /^CMD\s+INSTALL\s/ },
  { programs: /^(?:helm|vagrant|kubectl|nomad|packer)$/, when: /^(?:plugin|plugins)\s+install\s/ },
  { programs: /^(?:code|cursor|codium|windsurf)$/, when: /--install-extension/ },
  { programs: /^(?:brew|flatpak|snap)$/, when: /(?:^|\s)(?:install|reinstall)\s/ },
  { programs: /^nix(?:-env|-shell)?$/, when: /(?:^|\s)(?:profile|-i|-iA|install|run|shell|develop|-f)\s/ },
  { programs: /^mix$/, when: /^(?:archive|escript)\.install\s/ },
]

/** A package from an address or a code host, by the spellings package managers know. */
const REMOTE_PACKAGE =
  /^(?:https?|git|ssh|git\+\w+|hg\+\w+|svn\+\w+):\/\/|^(?:github|gitlab|bitbucket|gist|git):|^git@/
const KNOWN_REGISTRY =
  /^https:\/\/(?:registry\.npmjs\.org|registry\.yarnpkg\.com|pypi\.org|files\.pythonhosted\.org|download\.pytorch\.org|rubygems\.org|index\.crates\.io|deno\.land|jsr\.io|esm\.sh)\//

const installersOf = byProgram(installers)

/** Asks about packages from where anybody may have put them: temporary folders, raw addresses. */
export function judgeInstalls(call: Call): void {
  const { shell, name, state } = call
  const rows = installersOf(name)
  if (rows.length === 0) return
  const text = call.args.join(' ')
  if (!rows.some(row => row.when.test(text))) return
  for (const arg of packagesOf(call)) {
    const source = arg.replace(/^--?[\w-]+=/, '').replace(/^file:(?:\/\/)?/, '')
    if (REMOTE_PACKAGE.test(source)) {
      if (!isFromSettings(call, arg) && !KNOWN_REGISTRY.test(source))
        shell.raise('command.installs-package', name, source)
    } else if (/^[/~.]/.test(source) && isElsewhere(shell.path(source, state), shell) && !isOutput(call, arg))
      shell.raise('command.installs-package', name, source)
  }
}

/** What `npx` runs is one package, by an option or as the first operand; the rest is for that package. */
function packagesOf({ name, args }: Call): readonly string[] {
  const isRunner = /^(?:npx|bunx|pnpx|uvx)$/.test(name)
  const verb = args.findIndex(arg => /^(?:exec|x|dlx|run)$/.test(arg))
  if (!isRunner && (verb < 0 || args.slice(0, verb).some(arg => !arg.startsWith('-')))) return args
  const words = isRunner ? args : args.slice(verb + 1)
  const first = words.findIndex((arg, at) => !arg.startsWith('-') && !PACKAGE.test(words[at - 1] ?? ''))
  return words.slice(0, first < 0 ? undefined : first + 1)
}

const PACKAGE =
  /^(?:-p|-c|--package|--call|--from|--with|--python|--registry|--index-url|--prefix|-w|--workspace)$/

const SETTINGS =
  /^--(?:registry|index-url|extra-index-url|find-links|proxy|https-proxy|index|default-index|source|repository|trusted-host|index-strategy|pre|extra)$|^-i$/

function isFromSettings({ args }: Call, arg: string): boolean {
  return SETTINGS.test(arg.split('=')[0]!) || SETTINGS.test(args[args.indexOf(arg) - 1] ?? '')
}

/** Where a package is put, rather than where it comes from. */
const OUTPUTS =
  /^(?:--(?:prefix|target|root|dest|cache-dir|cache|cachedir|install-dir|bindir|log|log-file|report|userconfig|pack-destination|requirement|constraint|python|env-file|tmp|build|src|wheel-dir|store-dir|modules-folder|cwd|dir|out-dir|target-dir|working-dir)|-[tdrcwCo])$/

function isOutput({ args }: Call, arg: string): boolean {
  return OUTPUTS.test(arg.split('=')[0]!) || OUTPUTS.test(args[args.indexOf(arg) - 1] ?? '')
}
