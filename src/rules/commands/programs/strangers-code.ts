import { isRemote, REMOTE, UNKNOWN } from '../../paths/pattern.ts'
import { baseName, parentOf } from '../../paths/posix.ts'
import { isKnownPublisher } from '../../paths/publishers.ts'
import type { Call } from '../acts.ts'
import { hostOf, isThisMachine } from '../dispatch/elsewhere.ts'
import { readOptions } from '../dispatch/options.ts'
import { argumentText, byProgram } from './by-program.ts'

/** Uses that run, build or install what lies in the folder they work in. */
const WORKS_IN_FOLDER: readonly (readonly [programs: RegExp, when: RegExp])[] = [
  [
    /^(?:g?make|ninja|just|task|rake|meson|scons|ant|bazel|gradlew?|mvnw?|sbt|tox|nox|cmake|setup\.py|bundle|invoke|fab)$/,
    /^/,
  ],
  [
    /^(?:npm|pnpm|yarn|bun|npx)$/,
    /^$|(?:^|\s)(?:i|install|ci|run|test|t|start|exec|build|rebuild|link|add)(?:\s|$)/,
  ],
  [/^(?:pip3?|pipx|uv|poetry|pdm)$/, /(?:^|\s)(?:install|sync|run|build|develop)(?:\s|$)/],
  [/^cargo$/, /^(?:b|build|r|run|t|test|install|bench|check|clippy)(?:\s|$)/],
  [/^go$/, /^(?:generate|run|test|install)(?:\s|$)/],
  [/^(?:docker|podman|docker-compose|nerdctl)$/, /(?:^|\s)(?:build|up|run)(?:\s|$)/],
  [
    /^(?:composer|mix|swift|dotnet|stack|cabal|dune|zig|nimble|dub|rebar3|lein|flutter|dart)$/,
    /^(?:install|update|deps\S*|compile|build|run|test|pub|restore)(?:\s|$)/,
  ],
  [/^(?:vagrant|terraform|tofu|pulumi|ansible-playbook)$/, /^(?!.*--help)/],
  [/^(?:code|cursor)$/, /^\./],
]

/** Files that are run by being named: scripts, in whatever language. */
const RUNS_OPERAND =
  /^(?:(?:ba|da|z|k|a|fi)?sh|source|\.|python\d?|node|deno|bun|tsx|ts-node|perl|ruby|php|lua|Rscript|julia|pwsh)$/

/** Raises code of people nobody has named as trustworthy: cloned and run at once, or fetched by a build tool. */
export function judgeStrangersCode(call: Call): void {
  rememberClone(call)
  judgeClonedFolder(call)
  judgeForeignSources(call)
}

/** A checkout is remembered as a thing that came over the network. */
function rememberClone({ name, args, shell, state }: Call): void {
  const isClone =
    (name === 'git' && args.includes('clone')) ||
    (/^(?:gh|glab)$/.test(name) && /^repo\s+clone\b/.test(argumentText(args))) ||
    (/^(?:hg|svn|jj|sl|fossil)$/.test(name) &&
      /(?:^|\s)(?:clone|checkout|co)\s/.test(`${argumentText(args)} `)) ||
    /^(?:degit|tiged|giget)$/.test(name)
  if (!isClone) return
  const at = args.findIndex(arg => /^(?:clone|checkout|co)$/.test(arg))
  const read = readOptions(args.slice(at + 1), {
    valued: 'bojcu',
    valuedLong: [
      'branch',
      'depth',
      'origin',
      'jobs',
      'config',
      'reference',
      'filter',
      'template',
      'separate-git-dir',
      'shallow-since',
    ],
  })
  const [source = '', folder] = read.operands
  if (!/:|^[\w.-]+\/[\w.-]+$/.test(source) || /^(?:file:|[./~])/.test(source)) return
  const place =
    folder ??
    baseName(source.replace(/\/+$/, ''))
      .replace(/\.git$/, '')
      .replace(/^.*:/, '')
  if (place !== '') state.files.set(shell.path(place, state), UNKNOWN + REMOTE)
}

/** Names that say what the code is for. */
const EXPLOITS =
  /(?:^|[/_-])(?:cve-\d{4}-\d{3,}|\w{0,30}exploits?|priv-?esc\w{0,30}|rootkit\w{0,30}|dirty-?(?:cow|pipe)|pwnkit|(?:lin|win)peas|lpe|local-root)(?:[/_.-]|$)/i

const weightOf = (...names: readonly string[]) => (names.some(name => EXPLOITS.test(name)) ? 'deny' : 'ask')

function judgeClonedFolder(call: Call): void {
  const { shell, name, args, state } = call
  if (state.files.size === 0) return
  const clones = [...state.files].filter(([, content]) => content === UNKNOWN + REMOTE).map(([path]) => path)
  if (clones.length === 0) return
  const isInClone = (path: string) => clones.find(clone => path.startsWith(`${clone}/`) || path === clone)
  const text = argumentText(args)
  const works = WORKS_IN_FOLDER.some(([programs, when]) => programs.test(name) && when.test(text))
  if (works) {
    const folders = [
      state.cwd,
      ...args
        .filter(arg => /[/.\w]/.test(arg) && !arg.startsWith('-'))
        .slice(0, 12)
        .map(arg => shell.path(arg, state)),
      ...args
        .flatMap(arg => (/^--?[\w-]+=(.+)$/.exec(arg)?.[1] ?? []) as string | [])
        .slice(0, 6)
        .map(arg => shell.path(arg, state)),
    ]
    const found = folders.find(isInClone)
    if (found !== undefined) shell.raise('command.runs-remote-code', name, found, weightOf(found))
  }
  if (!RUNS_OPERAND.test(name)) return
  const script = args.find(arg => !arg.startsWith('-'))
  const path = script === undefined ? undefined : shell.path(script, state)
  if (path !== undefined && isInClone(path) !== undefined && isInClone(path) !== path)
    shell.raise('command.runs-remote-code', name, path, weightOf(path))
}

/** A program started by its place in a checkout. */
export function judgeProgramOfClone(call: Call): void {
  const { shell, name, state } = call
  if (!name.includes('/') || state.files.size === 0) return
  let folder = parentOf(shell.path(name, state))
  while (folder !== '/' && folder !== '') {
    if (state.files.get(folder) === UNKNOWN + REMOTE) {
      shell.raise('command.runs-remote-code', name, folder, weightOf(name, folder))
      return
    }
    folder = parentOf(folder)
  }
}

interface Source {
  readonly programs: RegExp
  readonly when: RegExp
  /** An argument that brings code from elsewhere. */
  readonly argument: RegExp
  /** Only the first operand names what is fetched; the rest are the tool's. */
  readonly onlyFirst?: boolean
}

const ADDRESS = /^(?:https?|git|ssh|git\+\w+|git::\w*|hg::\w*|s3::\w*|gcs::\w*):\/\/|^git::|^git@/
const EMBEDDED_ADDRESS = /(?:https?|git|ssh):\/\/[\w.-]+/

/** An image from a registry of somebody's own. */
const STRANGE_IMAGE =
  /^(?:docker:\/\/|oras:\/\/)?(?!(?:docker\.io|registry-1\.docker\.io|index\.docker\.io|ghcr\.io|quay\.io|gcr\.io|\w+\.gcr\.io|k8s\.gcr\.io|registry\.k8s\.io|mcr\.microsoft\.com|public\.ecr\.aws|nvcr\.io|registry\.gitlab\.com|lscr\.io|cgr\.dev|docker\.elastic\.co|registry\.access\.redhat\.com|registry\.redhat\.io|container-registry\.oracle\.com|docker\.n8n\.io|registry\.fedoraproject\.org|localhost|host\.docker\.internal|[\w.-]+\.(?:pkg\.dev|amazonaws\.com|azurecr\.io|local|internal|test|svc))(?::\d+)?\/)[\w-]+(?:\.[\w-]+)+(?::\d+)?\/[\w./-]+(?::[\w.-]+)?(?:@sha256:\w+)?$/

/** Tools that fetch code by an argument and run it. */
const sources: readonly Source[] = [
  {
    programs: /^(?:docker|podman|nerdctl|buildah|img)$/,
    when: /(?:^|\s)(?:build|bud|bake)\s/,
    argument: /^(?:https?:\/\/|git:\/\/|git@|ssh:\/\/|github\.com\/)/,
  },
  {
    programs: /^(?:terraform|tofu|terragrunt)$/,
    when: /^init\b/,
    argument: /^-{1,2}(?:from-module|source)=.*[:/]/,
  },
  {
    programs: /^(?:mvnw?|gradlew?|sbt|ivy|lein|clojure|clj)$/,
    when: /https?:\/\//,
    argument: /^-[DP](?:remoteRepositories|repoUrl|remoteRepos|repositories?)=/,
  },
  { programs: /^perl$/, when: /(?:^|\s)-M\s*CPAN\b/, argument: /install|notest|https?:/ },
  {
    programs: /^(?:docker|podman|nerdctl|crictl|ctr|singularity|apptainer)$/,
    when: /(?:^|\s)(?:run|pull|create|exec|build)\s/,
    argument: STRANGE_IMAGE,
  },
  { programs: /^brew$/, when: /^(?:install|reinstall|tap|upgrade)\s/, argument: ADDRESS },
  {
    programs: /^brew$/,
    when: /^(?:install|reinstall|tap)\s/,
    argument:
      /^(?!(?:homebrew|hashicorp|aws|azure|microsoft|google|github|gitlab|mongodb|heroku|stripe|supabase|oven-sh|denoland|shivammathur|dart-lang|leoafarias|goreleaser|anchore|aquasecurity|argoproj|fluxcd|helm|kubernetes|derailed|dopplerhq|infisical|planetscale|snyk|sentry|getsentry|twilio|vercel|cloudflare|confluentinc|databricks|datadog|elastic|grafana|redis|redis-stack|jetbrains|nektos|pulumi|railwaycat|koekeishiya|buildpacks|bufbuild|earthly|facebook|fsouza|jesseduffield|charmbracelet|cirruslabs|carthage|mas-cli|nats-io|okteto|osx-cross|sdkman|spring-io|swiftlint|txn2|temporalio|ngrok|localstack|minio|opentofu|int128|weaveworks|turbot|steampipe|tilt-dev|tursodatabase|neondatabase|sqlc-dev|ariga|atlassian|1password|bitwarden|yubico|d12frosted|ethereum|fermyon|wasmerio|xo|zegervdv)\/)[\w-]+\/[\w-]+(?:\/[\w@.+-]+)?$/i,
  },
  {
    programs: /^snap$/,
    when: /^install\s/,
    argument: /^--(?:dangerous|devmode|classic-dangerous|jailmode-off)$/,
  },
  {
    programs: /^composer$/,
    when: /(?:require|install|update|create-project|global|config)\b/,
    argument: /^--repository(?:-url)?(?:=|$)|^repositories?\b|\{.*https?:/,
  },
  {
    programs: /^(?:npm|pnpm|yarn|bun)$/,
    when: /(?:^|\s)(?:i|install|add|x|exec|dlx)\s/,
    argument: /^(?:@?[\w./-]+@)(?:https?:|git[+:@]|github:|gitlab:|bitbucket:|gist:|[\w.-]+\/[\w.-]+(?:#|$))/,
  },
  {
    programs: /^(?:npm|pnpm|yarn|bun)$/,
    when: /(?:^|\s)(?:i|install|add)\s/,
    argument: /^[A-Za-z0-9][\w-]*\/[\w.-]+(?:#\S+)?$/,
  },
  {
    programs: /^(?:npx|bunx|pnpx)$/,
    when: /^/,
    onlyFirst: true,
    argument: /^(?:https?:|git[+:@]|github:|gitlab:|gist:)|^[A-Za-z0-9][\w-]*\/[\w.-]+(?:#\S+)?$/,
  },
  {
    programs: /^(?:pip3?|pipx|uv|uvx)$/,
    when: /(?:^|\s)(?:install|run|add|tool|--from|--with)/,
    argument: /^[\w[\],.-]+\s*@\s*(?:https?|git\+|ssh)|^-(?:r|c)(?:https?:)/,
  },
  {
    programs: /^(?:pip3?|uv)$/,
    when: /(?:^|\s)install\s.*(?:-r|--requirement|-c|--constraint)[= ]?https?:/,
    argument: ADDRESS,
  },
  { programs: /^cargo$/, when: /^(?:install|add)\s/, argument: /^--(?:git|registry|index)(?:=|$)/ },
  { programs: /^gem$/, when: /^(?:install|sources)\b/, argument: /^(?:--source|-s|--add|-a)(?:=|$)/ },
  {
    programs: /^(?:bundle|poetry|pdm)$/,
    when: /(?:^|\s)(?:source|config|add|plugin)\b/,
    argument: /^--(?:git|source)(?:=|$)|^git\+|^https?:/,
  },
  {
    programs: /^(?:helm)$/,
    when: /^(?:repo\s+add|plugin\s+install|install|upgrade|pull)\b/,
    argument: ADDRESS,
  },
  {
    programs: /^(?:kubectl|oc|k)$/,
    when: /(?:^|\s)(?:apply|create|replace|krew)\b/,
    argument: /^(?:-f|-k|--filename=|--kustomize=)?(?:https?:\/\/)/,
  },
  { programs: /^(?:gradlew?)$/, when: /^/, argument: /^(?:--init-script|-I)=?(?:https?:|\/tmp\/|\/dev\/fd)/ },
  {
    programs: /^(?:nix|nix-shell|nix-env|nix-build)$/,
    when: /^/,
    argument: /^(?:https?:|github:|git\+|gitlab:|sourcehut:|tarball\+)/,
  },
  { programs: /^(?:deno)$/, when: /^(?:run|install|x|compile|serve|test)\b/, argument: /^https?:/ },
  { programs: /^(?:flatpak)$/, when: /^(?:install|remote-add)\b/, argument: ADDRESS },
  { programs: /^(?:ansible-galaxy|ansible-pull)$/, when: /^/, argument: /^(?:git\+|https?:|git@|-U$)/ },
  { programs: /^(?:asdf|mise|rtx)$/, when: /^plugins?\s+(?:add|install|i|a)\b/, argument: ADDRESS },
  {
    programs: /^(?:conda|mamba|micromamba)$/,
    when: /(?:^|\s)(?:install|create|update|env)\b/,
    argument: /^(?:-c|--channel=?)?(?:https?:\/\/)/,
  },
  { programs: /^(?:code|cursor|codium)$/, when: /--install-extension/, argument: /\.vsix$/ },
  {
    programs: /^(?:opam|luarocks|vcpkg|conan|cpanm|raco|spack|guix)$/,
    when: /(?:^|\s)(?:pin|install|remote|pull|add|repository)\b|^/,
    argument: ADDRESS,
  },
  { programs: /^(?:gh)$/, when: /^extension\s+install\b/, argument: /\// },
  { programs: /^(?:pre-commit)$/, when: /^try-repo\b/, argument: /:/ },
  {
    programs: /^(?:cookiecutter|copier|yeoman|yo|degit|plop|hygen|create-react-app)$/,
    when: /^/,
    argument: /^(?:https?:|git[+:@]|gh:|gl:|bb:)/,
  },
  { programs: /^(?:git)$/, when: /(?:^|\s)submodule\s+add\b/, argument: ADDRESS },
  {
    programs: /^(?:claude|codex|gemini|cursor-agent)$/,
    when: /(?:mcp\s+add|plugin|extensions?\s+install)\b/,
    argument: ADDRESS,
  },
]

const sourcesOf = byProgram(sources)

const PUBLISHERS_OF_PACKAGES =
  /^https:\/\/(?:registry\.npmjs\.org|registry\.yarnpkg\.com|(?:test\.)?pypi\.org|files\.pythonhosted\.org|download\.pytorch\.org|rubygems\.org|index\.crates\.io|deno\.land|jsr\.io|esm\.sh|charts\.bitnami\.com|kubernetes\.github\.io|prometheus-community\.github\.io|charts\.helm\.sh|helm\.[\w.-]+|conda\.anaconda\.org|conda-forge\.org|(?:dl\.)?flathub\.org|raw\.githubusercontent\.com\/kubernetes\/)/

function judgeForeignSources(call: Call): void {
  const { shell, name, args } = call
  const own = sourcesOf(name)
  const text = own.length > 0 ? argumentText(args) : ''
  for (const { when, argument, onlyFirst } of own) {
    if (!when.test(text)) continue
    const found = (onlyFirst ? args.filter(arg => !arg.startsWith('-')).slice(0, 1) : args).find(
      (arg, index) =>
        argument.test(arg) &&
        !NAMES_FOLDER.test(args[index - 1] ?? '') &&
        !isKnownSource(call, arg, args[index + 1]),
    )
    if (found !== undefined) shell.raise('command.installs-package', name, found)
  }
  if (name === 'go') judgeModules(call)
  if (
    /^(?:gradlew?|mvnw?|ant|ansible-playbook|terraform|rake|scons|bazel|nix|node|php|ruby|perl)$/.test(name)
  )
    for (const arg of args) {
      const content = call.state.files.get(arg.replace(/^--?[\w-]+=/, ''))
      if (content !== undefined && isRemote(content) && /^(?:--?[\w-]+=)?\/dev\/fd\//.test(arg))
        shell.raise('command.runs-remote-code', name, arg)
    }
}

/** Options whose value is a folder of the project, as `owner/name` would be one elsewhere. */
const NAMES_FOLDER = /^(?:-[wCF]|--(?:workspace|prefix|cwd|filter|dir))$/

function isKnownSource({ name }: Call, arg: string, next: string | undefined): boolean {
  const address = EMBEDDED_ADDRESS.test(arg)
    ? arg.replace(/^.*?(?=https?:\/\/)/, '')
    : /^-/.test(arg)
      ? (next ?? '')
      : arg
  const host = hostOf(address)
  return (
    PUBLISHERS_OF_PACKAGES.test(address) ||
    (host !== undefined && (isThisMachine(host) || (name === 'git' && isKnownPublisher(host))))
  )
}

/** Module paths that begin with a host where projects are known to live. */
const MODULE_HOSTS =
  /^(?:github\.com|gitlab\.com|bitbucket\.org|golang\.org|google\.golang\.org|cloud\.google\.com|gopkg\.in|go\.uber\.org|go\.opentelemetry\.io|k8s\.io|sigs\.k8s\.io|mvdan\.cc|honnef\.co|gotest\.tools|go\.etcd\.io|modernc\.org|gorm\.io|entgo\.io|buf\.build|connectrpc\.com|helm\.sh|istio\.io|knative\.dev|rsc\.io|filippo\.io|tailscale\.com|nhooyr\.io|dario\.cat|go\.mongodb\.org|goa\.design|charm\.land|codeberg\.org|git\.sr\.ht|fyne\.io|gocloud\.dev|go\.temporal\.io|gioui\.org|oras\.land|cuelang\.org|dagger\.io|zombiezen\.com|golang\.zx2c4\.com|4d63\.com|gonum\.org|goji\.io|maragu\.dev|npf\.io|layeh\.com|vitess\.io|storj\.io|software\.sslmate\.com|pault\.ag|moul\.io)\//

function judgeModules({ shell, name, args }: Call): void {
  if (!/^(?:install|run|get|generate|tool)$/.test(args[0] ?? '')) return
  for (const arg of args.slice(1)) {
    const host = /^([\w-]+(?:\.[\w-]+)+)\/[\w./~-]*(?:@[\w.+-]+)?$/.exec(arg)?.[1]
    if (host === undefined || /\.go$/.test(arg) || MODULE_HOSTS.test(arg) || isKnownPublisher(host)) continue
    shell.raise('command.installs-package', name, arg)
    return
  }
}
