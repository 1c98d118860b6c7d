/** What the value of an option is to the program. */
export type OptionRole =
  /** Code, modules or settings; asked about when they lie elsewhere. */
  | 'load'
  /** A command line the program runs, with a file or more behind it; its effects speak. */
  | 'command'
  /** A command line or code whatever it is: asked about. */
  | 'code'
  /** A file whose contents are shown or used. */
  | 'read'
  /** A file whose contents are used; the project's own are its ordinary work. */
  | 'personal'
  /** A place to write to, or with a bar before it a command. */
  | 'pipe'
  /** A file that lists names, `-` for standard input; what cannot be opened is shown. */
  | 'names'
  /** A file that is written. */
  | 'write'
  /** A folder in which files are made. */
  | 'fill'
  /** The machine that does the work or stands between: a daemon, a proxy. */
  | 'peer'
  /** A program, with the rest of the arguments as its own. */
  | 'program'
  /** The option opens this machine to others, unless an address of this machine follows. */
  | 'listen'
  /** A port of this machine that leads elsewhere. */
  | 'forward'
  /** No value counts: the option itself is asked about. */
  | 'act'

export interface OptionRow {
  /** Meets the beginning of an argument; what follows, or the next argument, is the value. */
  readonly option: RegExp
  readonly role: OptionRole
  /** The option counts only where one of the operands meets this. */
  readonly when?: RegExp
}

type Table = readonly (readonly [programs: string, option: RegExp, role: OptionRole, when?: RegExp])[]

/** Long options end with `=` or the word. */
const table: Table = [
  // Version control.
  ['git', /^--httpd(?==|$)/, 'code', /^instaweb$/],
  ['git', /^--(?:browser|man|web)(?==|$)/, 'code', /^(?:instaweb|web--browse)$/],
  ['git', /^--(?:smtp-server|sendmail-cmd|to-cmd|cc-cmd|header-cmd)(?==|$)/, 'command', /^send-email$/],
  ['git', /^--stdin-paths$/, 'names', /^hash-object$/],
  ['git', /^--(?:pathspec-from-file|exclude-from)(?==|$)/, 'names'],
  ['git', /^(?:-F|--(?:file|template|to-stdin)(?==|$))/, 'read', /^(?:commit|tag|notes|merge|hook)$/],
  ['git', /^(?:-o|--output-directory(?==|$))/, 'fill', /^format-patch$/],
  ['git', /^--directory(?==|$)/, 'fill', /^(?:apply|am)$/],
  ['git', /^--separate-git-dir(?==|$)/, 'fill', /^(?:clone|init)$/],
  ['hg', /^(?:-e|--(?:ssh|remotecmd)(?==|$))/, 'code'],
  // Searching, reading, comparing.
  ['ag ack rg ugrep sift pt', /^--pager(?==|$)/, 'code'],
  ['rg ugrep', /^--(?:pre|hostname-bin|filter)(?==|$)/, 'code'],
  ['ack', /^--ackrc(?==|$)/, 'load'],
  ['tcpdump', /^-z/, 'code'],
  ['less more', /^(?:-[oO]|--(?:log-file|LOG-FILE)(?==|$))/, 'write'],
  ['man', /^(?:-[PH]|--(?:preprocessor|pager|html)(?==|$))/, 'command'],
  ['man', /^(?:-[CM]|--(?:config-file|manpath)(?==|$))/, 'load'],
  ['groff troff nroff', /^-[MF]/, 'load'],
  ['find gfind', /^-files0-from$/, 'names'],
  ['fd fdfind', /^--exec(?:-batch)?(?==)/, 'program'],
  ['sed gsed', /^(?:-f|--file(?==|$))/, 'load'],
  ['jq yq', /^(?:-L|--(?:from-file|library-path)(?==|$)|-f$)/, 'load'],
  ['diff colordiff', /^--(?:to|from)-file(?==|$)/, 'read'],
  ['wc sort du', /^--files0-from(?==|$)/, 'names'],
  ['file', /^(?:-f|--files-from(?==|$))/, 'names'],
  ['file', /^(?:-m|--magic-file(?==|$))/, 'load'],
  // Copying and packing.
  ['rsync', /^--(?:files|exclude|include)-from(?==|$)/, 'names'],
  ['rsync', /^--password-file(?==|$)/, 'read'],
  ['sftp', /^-[Db]/, 'load'],
  ['ssh', /^-E/, 'write'],
  ['ssh', /^-[LD]/, 'forward'],
  ['ssh-add', /^-s/, 'load'],
  ['rsync', /^--config(?==|$)/, 'load'],
  ['rsync', /^--daemon$/, 'listen'],
  ['rsync', /^--log-file(?==|$)/, 'write'],
  ['py-spy', /^(?:-o|--output(?==|$))/, 'write'],
  ['tar gtar bsdtar', /^(?:-T|--files-from(?==|$)|--exclude-from(?==|$))/, 'names'],
  ['tar gtar bsdtar', /^--(?:one-top-level|directory)(?==)/, 'fill'],
  ['cpio', /^(?:-D|--directory(?==|$))/, 'fill'],
  ['unzip unrar 7z 7za 7zr bsdcpio', /^(?:-d|-o(?=.)|--directory(?==|$))/, 'fill'],
  ['zip', /^(?:-TT|--unzip-command(?==|$))/, 'code'],
  ['7z 7za 7zr 7zz rar unrar', /^@/, 'names'],
  ['patch', /^(?:-d|--directory(?==|$))/, 'fill'],
  ['patch', /^(?:-e|--ed)$/, 'act'],
  ['patch', /^(?:-o|-r|--output(?==|$)|--reject-file(?==|$))/, 'write'],
  // Other machines.
  ['ssh scp sftp', /^-o\s?(?:PKCS11Provider|SecurityKeyProvider|XAuthLocation|ProxyUseFdpass)[= ]/i, 'code'],
  ['ssh scp sftp', /^-o\s?(?:Include|IdentityAgent)[= ]/i, 'load'],
  ['ssh ssh-add ssh-keygen', /^-I/, 'load'],
  ['curl', /^--(?:netrc-file|cacert|capath|engine|crlfile)(?==|$)/, 'load'],
  ['curl', /^-x/, 'peer'],
  [
    'curl wget wget2 pip pip3 npm gem',
    /^(?:--(?:https?-)?proxy(?==|$)|--preproxy(?==|$)|--socks\w*(?:-hostname)?(?==|$))/,
    'peer',
  ],
  // Editors.
  ['hx helix kak micro', /^(?:-c|--config|-config-dir)(?==|$)/, 'load'],
  ['vim nvim vi view', /^(?:-u|-S|-i|-W|--cmd)(?==|$)/, 'load'],
  ['code codium cursor', /^--(?:extensions-dir|user-data-dir|install-extension)(?==|$)/, 'load'],
  // JavaScript.
  [
    'npm pnpm yarn bun',
    /^(?:--prefix|--dir|-C|--cwd|--userconfig|--globalconfig|--script-shell)(?==|$)/,
    'load',
  ],
  ['npm', /^--(?:editor|viewer|browser)(?==|$)/, 'command'],
  ['pnpm', /^--shell-mode$/, 'act'],
  ['eslint', /^(?:-c|--(?:config|rulesdir|resolve-plugins-relative-to|plugin|parser|format))(?==|$)/, 'load'],
  ['prettier', /^--(?:plugin|plugin-search-dir|config)(?==|$)/, 'load'],
  ['stylelint', /^--(?:config|config-basedir|custom-syntax|custom-formatter)(?==|$)/, 'load'],
  ['tsc vue-tsc tsc-watch', /^(?:-p|--project)(?==|$)/, 'load'],
  ['tsc vue-tsc', /^--(?:outDir|declarationDir)(?==|$)/i, 'fill'],
  ['tsc vue-tsc', /^--(?:outFile|tsBuildInfoFile)(?==|$)/i, 'write'],
  ['tsc-watch', /^--(?:onSuccess|onFailure|onFirstSuccess|onCompilationComplete)(?==|$)/, 'command'],
  [
    'jest vitest',
    /^(?:-c|--(?:config|setupFiles|setupFilesAfterEnv|globalSetup|globalTeardown|testRunner|runner|resolver|transform|reporters|testEnvironment|preset|environment|root|rootDir|prettierPath))(?==|$)/,
    'load',
  ],
  [
    'mocha c8 nyc tap ava jasmine',
    /^(?:-r|--(?:require|import|loader|config|file|reporter|ui|node-option|helper))(?==|$)/,
    'load',
  ],
  [
    'webpack rollup vite esbuild parcel tsup swc babel',
    /^(?:-c|-p|--(?:config|plugin|configFile|config-file|plugins|presets|require))(?==|$)/,
    'load',
  ],
  ['nodemon', /^(?:-x|--exec)(?==|$)/, 'command'],
  ['playwright cypress', /^(?:-c|--(?:config|config-file|reporter))(?==|$)/, 'load'],
  [
    'node nodejs',
    /^(?:-r|--(?:require|import|loader|experimental-loader|env-file|openssl-config|snapshot-blob))(?==|$)/,
    'load',
  ],
  ['node nodejs', /^--inspect(?:-brk|-wait)?=(?!(?:127\.0\.0\.1|localhost|\[::1\])(?::|$)|\d+$)/, 'act'],
  ['ts-node tsx', /^(?:-r|--(?:require|import|loader|project|tsconfig))(?==|$)/, 'load'],
  ['nx', /^--commands?(?==|$)/, 'command', /^(?:run-commands|run|nx:run-commands)$/],
  ['tailwindcss postcss commitlint lint-staged knex drizzle-kit graphql-codegen', /^-c/, 'load'],
  ['typeorm', /^(?:-d|--dataSource(?==|$))/, 'load'],
  // Python.
  [
    'pip pip3',
    /^--(?:python|config-settings|cert|find-links|constraint|requirement|target)(?==|$)|^-[cf]$/,
    'load',
  ],
  [
    'uv',
    /^--(?:with|with-editable|with-requirements|python|config-file|directory|project|find-links|overrides|constraints)(?==|$)/,
    'load',
  ],
  [
    'pytest py.test',
    /^--(?:rootdir|confcutdir|import-mode|ignore-glob)(?==|$)|^-c$|^--config-file(?==|$)/,
    'load',
  ],
  ['pytest py.test', /^--pdbcls(?:=(?!(?:IPython|ipdb|pdb|pdbpp|pudb|bpdb|rpdb|wdb)[.:])|$)/, 'code'],
  [
    'mypy pylint flake8 ruff black isort',
    /^(?:-c|--(?:config|config-file|rcfile|load-plugins|custom-typeshed-dir|python-executable|settings-path|settings-file))(?==|$)/,
    'load',
  ],
  ['pylint', /^--init-hook(?==|$)/, 'code'],
  ['tox nox', /^(?:-c|-f|--(?:conf|noxfile|workdir))(?==|$)/, 'load'],
  ['gunicorn uvicorn', /^(?:-c|--(?:config|chdir|app-dir|log-config))(?==|$)/, 'load'],
  ['django-admin', /^--(?:pythonpath|template)(?==|$)/, 'load'],
  // Other languages and builds.
  ['cargo', /^(?:-s|--shell(?==|$))/, 'command', /^watch$/],
  ['java javac gcc g++ cc c++ clang clang++ rustc ld', /^@/, 'load'],
  ['java', /^-jar$/, 'load'],
  ['go', /^-replace(?==|$)/, 'load', /^edit$/],
  ['go', /^--?(?:vettool|toolexec|exec|overlay|modfile|pgo|C)(?==|$)/, 'load'],
  ['rustc cargo', /^(?:-C\s*)?linker=/, 'load'],
  ['cargo', /^--(?:manifest-path|config|path|target-dir)(?==|$)/, 'load'],
  ['rustc', /^(?:-L|--(?:extern|sysroot))(?==|$)/, 'load'],
  [
    'gcc g++ cc c++ clang clang++',
    /^-(?:fplugin|specs|fuse-ld|B|wrapper|-ld-path|load)(?==|(?=\/)|$)/,
    'load',
  ],
  ['mvn mvnw', /^-Dexec\.executable=/, 'command'],
  ['mvn mvnw', /^(?:-s|-gs|-t|-f|--(?:settings|global-settings|toolchains|file))(?==|$)/, 'load'],
  [
    'gradle gradlew',
    /^(?:-I|-b|-c|-p|-g|--(?:init-script|build-file|settings-file|project-dir|gradle-user-home|include-build))(?==|$)/,
    'load',
  ],
  [
    'java',
    /^-(?:javaagent|agentpath|agentlib|cp|classpath|-module-path|Djava\.(?:library|security)\.\w+|Xbootclasspath\/[ap])[:=]?/,
    'load',
  ],
  ['java gradle gradlew mvn', /^-D[\w.]*(?:jvmargs|argLine|jvmArgs)=/, 'load'],
  ['javac', /^--?(?:processorpath|processor-path|plugin|cp|classpath)[:=]?/, 'load'],
  [
    'cmake',
    /^-D(?:CMAKE_(?:TOOLCHAIN_FILE|PROJECT_\w*INCLUDE\w*|C_COMPILER|CXX_COMPILER|\w+_LAUNCHER|MODULE_PATH|MAKE_PROGRAM)(?::\w+)?)=/,
    'load',
  ],
  ['cmake ctest cpack', /^(?:-C|-P|-S|-G|--(?:toolchain|preset|config))(?==|$)/, 'load'],
  [
    'just task ant ninja bazel scons waf gulp grunt mage invoke inv fab earthly',
    /^(?:-f|-c|-C|-d|--(?:justfile|working-directory|taskfile|dir|file|buildfile|bazelrc|gulpfile|gruntfile|search-root))(?==|$)/,
    'load',
  ],
  ['at batch', /^-f/, 'load'],
  ['fzf', /^--(?:preview|with-shell)(?==|$)/, 'command'],
  ['fzf', /^--bind(?==.*(?:execute|become|reload|transform)|$)/, 'code'],
  ['psql', /^(?:-o|-L|--(?:output|log-file)(?==|$))/, 'pipe'],
  // Programs that stand for others.
  ['gdb', /^--?args$/, 'program'],
  ['lldb', /^--$/, 'program'],
  ['coreutils', /^--coreutils-prog(?:-shebang)?(?==)/, 'program'],
  ['make gmake', /^--eval(?==|$)/, 'code'],
  ['make gmake', /^(?:-I|--include-dir(?==|$))/, 'load'],
  ['ruby rspec rake rubocop', /^(?:-r|-I|--(?:require|config|options|rakefile|default-path))(?==|$)/, 'load'],
  ['bundle', /^--(?:gemfile|path)(?==|$)/, 'load'],
  [
    'php phpunit phpstan composer php-cs-fixer psalm',
    /^(?:-c|-d|--(?:configuration|bootstrap|config|working-dir|autoload-file|include-path|prepend))(?==|$)/,
    'load',
  ],
  [
    'dotnet',
    /^(?:--(?:additionalprobingpath|additional-deps|fx-version|runtimeconfig|depsfile|configfile|settings)(?==|$)|[-/]logger:)/,
    'load',
  ],
  ['swift swiftc', /^-(?:load-plugin-library|load-plugin-executable|plugin-path|I|L)(?==|$)/, 'load'],
  ['luacheck', /^--(?:config|default-config|formatter)(?==|$)/, 'load'],
  // Containers, clusters, clouds.
  ['docker podman nerdctl', /^--config(?==|$)/, 'load'],
  ['docker podman nerdctl', /^(?:-H|--host|--url|--connection)(?==|$)/, 'peer'],
  ['docker podman nerdctl', /^(?:-f|--file|--project-directory)(?==|$)/, 'load', /^compose$/],
  ['docker podman nerdctl docker-compose', /^--env-file(?==|$)/, 'personal'],
  ['docker-compose podman-compose', /^(?:-f|--file|--project-directory)(?==|$)/, 'load'],
  ['helm', /^--(?:registry-config|repository-config|keyring|post-renderer)(?==|$)/, 'load'],
  ['kubectl', /^--address(?==|$)/, 'listen', /^(?:port-forward|proxy)$/],
  ['docker podman', /^--docker(?==|$)/, 'peer', /^context$/],
  ['kubectl', /^--(?:cache-dir|as-uid-file|template-file)(?==|$)/, 'load'],
  ['terraform tofu', /^-(?:chdir|config|plugin-dir|from-module)(?==|$)/, 'load'],
  [
    'ansible ansible-playbook ansible-galaxy',
    /^(?:-M|--(?:module-path|playbook-dir|vault-password-file|ssh-extra-args))(?==|$)/,
    'load',
  ],
  ['aws', /^--(?:cli-input-json|endpoint-url|ca-bundle)(?==|$)/, 'load'],
]

function compile(): ReadonlyMap<string, readonly OptionRow[]> {
  const found = new Map<string, OptionRow[]>()
  for (const [programs, option, role, when] of table)
    for (const program of programs.split(' '))
      found.set(program, [...(found.get(program) ?? []), { option, role, ...(when && { when }) }])
  return found
}

/**
 * Names by which programs of every kind take code or settings. What they name is asked about where it lies elsewhere,
 * whatever the program; `--log-file` and its like are not among them.
 */
export const LOADS_ANYWHERE =
  /^--(?:[a-z]{1,12}-){0,2}(?:conf|cfg|config(?:uration)?(?:-?(?:file|path|dir))?|rc-?file|settings(?:-?file)?|plugins?(?:-?(?:dir|path))?|presets?|require|import-map|import|loaders?|preload|init-?(?:file|script)|extensions?(?:-dir)?|hooks?-?(?:dir|path)|rules-?dir|(?:knex|gulp|grunt|just|rake|task|cap|fast|pod|proc|vagrant|guard|gem|ts)(?:file|config)|reporter|transformer|resolver|parser|formatter|schema)(?==|$)/i

/** Options of programs by what their values are; a row is all a new one needs. */
export const optionRows = compile()
