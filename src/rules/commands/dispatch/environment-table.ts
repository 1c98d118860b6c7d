/** What a program makes of a variable's value. */
export type VariableRole =
  /** Code, or a switch that loads some: never ordinary. */
  | 'code'
  /** A command line that the program runs by itself. */
  | 'command'
  /** A command line that is given a file: a differ. */
  | 'handler'
  /** The program that does the work: a compiler, an interpreter. */
  | 'tool'
  /** Files or folders of code, modules, settings or trusted keys. */
  | 'load'
  /** Options of the named program. */
  | 'options'
  /** Where packages come from. */
  | 'source'
  /** The machine that does the work and gets the files. */
  | 'peer'
  /** A check that all but the harmless values switch off. */
  | 'check'
  /** A file that is written. */
  | 'write'

export interface Variable {
  readonly role: VariableRole
  /** Values that change nothing of weight. */
  readonly harmless?: RegExp
  /** The program whose options the value holds. */
  readonly program?: string
  /** The shell evaluates the value whenever it prints it or looks for the file it names. */
  readonly isPrompt?: boolean
  /** A command line, behind a bar or a dash. */
  readonly isPipe?: boolean
  /** The interpreter whose code the value is. */
  readonly language?: string
  /** Every program of a kind loads what it names, unseen. */
  readonly isUnseen?: boolean
}

type Rows = readonly (readonly [name: string, variable: Variable])[]

const rows = (role: VariableRole, names: string, more: Partial<Variable> = {}): Rows =>
  names
    .trim()
    .split(/\s+/)
    .map(name => [name, { role, ...more }])
const options = (program: string, names: string) => rows('options', names, { program })

/** Pagers, editors and other programs that everybody has set; `ssh` with options that name no program. */
const USUAL_COMMANDS =
  /^(?:|none|cat|less(?: -[A-Za-z]+)?|more|true|:|vim?|nvim|nano|emacs|delta|code(?: --wait)?|ssh(?: -[ip] [^\s;|&$`-]+| -o (?:StrictHostKeyChecking|BatchMode|ConnectTimeout|IdentitiesOnly)=[\w-]+)*)$/
/** Hosts that give out the keys their clients send. */
const KEEPERS_OF_KEYS =
  /^https:\/\/(?:[\w-]+\.)*(?:openai\.com|openai\.azure\.com|openrouter\.ai|deepseek\.com|mistral\.ai|groq\.com|together\.xyz|x\.ai|googleapis\.com|amazonaws\.com)(?:[:/]|$)/i
/** A program by its name, with options at most. */
const BARE_PROGRAM = /^(?:[\w.+-]*|(?:\/usr)?(?:\/local)?\/bin\/[\w.+-]+)(?: --?[\w-]+)*$/
const NOT_OFF = /^(?!(?:0|false|no|off)$)./i
const OFF = /^(?:0|false|no|off|)$/i
/** Even a file of the project is loaded into every program of Node's that follows. */
const LOADS_NOTHING = /^(?!.*(?:^|\s)(?:-r|--require|--import|--loader|--experimental-loader|--inspect))/s
const USUAL_SHELL = /^(?:(?:\/usr)?\/bin\/)?(?:ba|z|da)?sh$/

const shells: Rows = [
  ...rows(
    'code',
    'LD_LIBRARY_PATH GLIBC_TUNABLES SHELLOPTS BASHOPTS ZDOTDIR LESSKEY LESSKEYIN LESSKEY_CONTENT INPUTRC',
  ),
  ...rows('code', 'LD_PRELOAD LD_AUDIT GCONV_PATH', { isUnseen: true }),
  ...rows('code', 'BASH_ENV ENV', { isUnseen: true, isPrompt: true }),
  ...rows('code', 'PS4', { isPrompt: true }),
  ...rows('code', 'LESSOPEN LESSCLOSE', { isPipe: true }),
  ...rows('command', 'PROMPT_COMMAND PAGER MANPAGER EDITOR VISUAL FCEDIT LESSEDIT BROWSER', {
    harmless: USUAL_COMMANDS,
  }),
  ...rows('load', 'HOME XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME XDG_DATA_DIRS'),
  ...rows(
    'load',
    'FPATH TERMINFO TERMINFO_DIRS LOCPATH HOSTALIASES RESOLV_HOST_CONF KRB5_CONFIG MANPATH MAGIC',
  ),
  ...rows('code', 'PS0 PS1 PS2 PROMPT RPROMPT', { harmless: /^(?:[^`$]|\$(?!\())*$/, isPrompt: true }),
  ...rows('tool', 'SHELL CONFIG_SHELL', { harmless: USUAL_SHELL }),
  ...options('less', 'LESS'),
  ...options('grep', 'GREP_OPTIONS'),
  ...options('man', 'MANOPT'),
  ...rows('write', 'HISTFILE LESSHISTFILE'),
]

const languages: Rows = [
  ...rows('code', 'PERL5LIB RUBYLIB PYTHONHOME PYTHONINSPECT'),
  ...rows('code', 'PYTHONSTARTUP R_PROFILE', { isUnseen: true }),
  ...rows('code', 'PERL5DB', { language: 'perl' }),
  ...rows('code', 'PERL5OPT', { program: 'perl', isUnseen: true }),
  ...rows('code', 'RUBYOPT', { program: 'ruby', isUnseen: true }),
  ...rows(
    'code',
    'DOTNET_STARTUP_HOOKS DOTNET_ADDITIONAL_DEPS COR_PROFILER_PATH CORECLR_PROFILER CORECLR_PROFILER_PATH',
    { isUnseen: true },
  ),
  ...rows('code', 'LUA_INIT LUA_INIT_5_2 LUA_INIT_5_3 LUA_INIT_5_4', { language: 'lua', isUnseen: true }),
  ...rows('code', 'PYTHONBREAKPOINT', {
    harmless:
      /^(?:|0|(?:pdb|ipdb|pudb|web_pdb|rpdb|remote_pdb|celery\.contrib\.rdb)\.set_trace|IPython\.embed)$/,
  }),
  ...rows('code', 'PYTHONWARNINGS', { harmless: /^[\w:,]*$/ }),
  ...rows(
    'load',
    `NODE_PATH PYTHONPATH PYTHONUSERBASE PYTHONPLATLIBDIR PERLLIB PERL_LOCAL_LIB_ROOT
    GEM_HOME GEM_PATH BUNDLE_GEMFILE BUNDLE_PATH BUNDLE_APP_CONFIG RUBYGEMS_GEMDEPS
    PHPRC PHP_INI_SCAN_DIR COMPOSER COMPOSER_HOME COMPOSER_VENDOR_DIR
    LUA_PATH LUA_PATH_5_2 LUA_PATH_5_3 LUA_PATH_5_4 LUA_CPATH LUA_CPATH_5_2 LUA_CPATH_5_3 LUA_CPATH_5_4
    JULIA_DEPOT_PATH JULIA_LOAD_PATH JULIA_PROJECT JULIA_BINDIR R_LIBS R_LIBS_USER R_LIBS_SITE R_ENVIRON R_ENVIRON_USER
    R_PROFILE_USER R_HOME TCLLIBPATH TCL_LIBRARY TK_LIBRARY GUILE_LOAD_PATH GUILE_LOAD_COMPILED_PATH
    ERL_LIBS MIX_HOME MIX_EXS MIX_ARCHIVES HEX_HOME OCAMLPATH OCAMLFIND_CONF CAML_LD_LIBRARY_PATH OPAMROOT
    CLASSPATH JAVA_HOME EMACSLOADPATH GHC_PACKAGE_PATH GHC_ENVIRONMENT STACK_YAML STACK_ROOT OCTAVE_PATH
    TS_NODE_PROJECT TS_NODE_COMPILER TSX_TSCONFIG_PATH DOTNET_ROOT DOTNET_SHARED_STORE MSBuildSDKsPath`,
  ),
  ...rows('code', 'NODE_OPTIONS npm_config_node_options', {
    harmless: LOADS_NOTHING,
    program: 'node',
    isUnseen: true,
  }),
  ...options(
    'java',
    `GRADLE_OPTS MAVEN_OPTS JAVA_OPTS ANT_OPTS SBT_OPTS JDK_JAVA_OPTIONS CATALINA_OPTS SCALA_OPTS KOTLIN_OPTS
    LEIN_JVM_OPTS JAVA_TOOL_OPTIONS _JAVA_OPTIONS IBM_JAVA_OPTIONS OPENJ9_JAVA_OPTIONS`,
  ),
  ...options('mvn', 'MAVEN_ARGS'),
  ...options('pytest', 'PYTEST_ADDOPTS'),
  ...rows(
    'load',
    'PYTEST_PLUGINS COVERAGE_PROCESS_START FLASK_APP UVICORN_APP_DIR IPYTHONDIR JUPYTER_CONFIG_DIR JUPYTER_CONFIG_PATH JUPYTER_PATH',
  ),
  ...options('rspec', 'SPEC_OPTS'),
  ...options('gunicorn', 'GUNICORN_CMD_ARGS'),
  ...options('erl', 'ERL_FLAGS ERL_AFLAGS ERL_ZFLAGS ELIXIR_ERL_OPTIONS'),
  ...rows('write', 'NODE_REPL_HISTORY NODE_V8_COVERAGE NODE_REDIRECT_WARNINGS PYTHON_HISTORY COVERAGE_FILE'),
]

const builds: Rows = [
  ...rows(
    'tool',
    `RUSTC RUSTDOC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER RUSTC_LINKER
    CARGO_BUILD_RUSTC CARGO_BUILD_RUSTDOC CARGO_BUILD_RUSTC_WRAPPER CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER
    CC CXX CPP LD AR AS NM RANLIB STRIP OBJCOPY FC HOSTCC HOSTCXX YACC LEX PKG_CONFIG
    CMAKE_C_COMPILER_LAUNCHER CMAKE_CXX_COMPILER_LAUNCHER CCACHE_PREFIX CCACHE_PREFIX_CPP CCACHE_COMPILER
    MAKE JAVACMD NODE NODE_GYP PYTHON npm_config_python npm_node_execpath UV_PYTHON PIP_PYTHON
    CLOUDSDK_PYTHON CLOUDSDK_GSUTIL_PYTHON CLOUDSDK_BQ_PYTHON ANSIBLE_PYTHON_INTERPRETER TERRAGRUNT_TFPATH
    PUPPETEER_EXECUTABLE_PATH CHROME_PATH CHROME_BIN CHROMEDRIVER_PATH`,
  ),
  ...rows(
    'load',
    `GOROOT GOTOOLDIR GOENV GOWORK CARGO_HOME RUSTUP_HOME GCC_EXEC_PREFIX COMPILER_PATH LIBRARY_PATH
    CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH OBJC_INCLUDE_PATH PKG_CONFIG_PATH PKG_CONFIG_LIBDIR
    CMAKE_PREFIX_PATH CMAKE_TOOLCHAIN_FILE CMAKE_MODULE_PATH CMAKE_PROJECT_TOP_LEVEL_INCLUDES
    ACLOCAL_PATH M4PATH MAKEFILES CONFIG_SITE GRADLE_USER_HOME GRADLE_HOME M2_HOME MAVEN_HOME MAVEN_USER_HOME ANT_HOME
    CCACHE_CONFIGPATH SCCACHE_CONF`,
  ),
  ...options('go', 'GOFLAGS'),
  ...options('rustc', 'RUSTFLAGS RUSTDOCFLAGS CARGO_BUILD_RUSTFLAGS CARGO_ENCODED_RUSTFLAGS'),
  ...options('make', 'MAKEFLAGS GNUMAKEFLAGS'),
  ...options(
    'gcc',
    'CFLAGS CXXFLAGS CPPFLAGS LDFLAGS CGO_CFLAGS CGO_CXXFLAGS CGO_CPPFLAGS CGO_LDFLAGS CGO_FFLAGS FFLAGS',
  ),
  ...rows('peer', 'DISTCC_HOSTS'),
  ...rows('write', 'LLVM_PROFILE_FILE GCOV_PREFIX CPUPROFILE HEAPPROFILE LD_DEBUG_OUTPUT MALLOC_TRACE'),
]

const packageManagers: Rows = [
  ...rows('code', 'npm_config_script_shell', { harmless: USUAL_SHELL }),
  ...rows('code', 'npm_config_node_gyp npm_config_userconfig npm_config_onload_script YARN_YARN_PATH'),
  ...rows('tool', 'npm_config_git npm_config_shell'),
  ...rows(
    'command',
    'npm_config_editor npm_config_viewer BUNDLER_EDITOR GEM_EDITOR HOMEBREW_EDITOR HOMEBREW_BROWSER',
    {
      harmless: USUAL_COMMANDS,
    },
  ),
  ...rows(
    'load',
    `npm_config_globalconfig npm_config_prefix npm_config_init_module npm_config_cafile
    PIP_CONFIG_FILE PIP_CONSTRAINT PIP_REQUIREMENT PIP_FIND_LINKS PIP_BUILD_CONSTRAINT PIP_CERT
    UV_CONFIG_FILE UV_OVERRIDE UV_CONSTRAINT UV_BUILD_CONSTRAINT UV_FIND_LINKS UV_TOOL_DIR PIPX_HOME PIPENV_PIPFILE
    POETRY_CONFIG_DIR POETRY_HOME YARN_RC_FILENAME COREPACK_HOME CONDARC MAMBARC
    APT_CONFIG NIX_PATH NIX_CONF_DIR NIX_USER_CONF_FILES NIX_SSL_CERT_FILE CARGO_HTTP_CAINFO`,
  ),
  ...rows(
    'source',
    `npm_config_registry npm_config_disturl YARN_REGISTRY YARN_NPM_REGISTRY_SERVER COREPACK_NPM_REGISTRY BUN_CONFIG_REGISTRY
    NVM_NODEJS_ORG_MIRROR FNM_NODE_DIST_MIRROR ELECTRON_MIRROR PUPPETEER_DOWNLOAD_BASE_URL PLAYWRIGHT_DOWNLOAD_HOST
    CYPRESS_INSTALL_BINARY SASS_BINARY_SITE SENTRYCLI_CDNURL
    PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST UV_INDEX_URL UV_EXTRA_INDEX_URL UV_DEFAULT_INDEX UV_INDEX
    UV_INSECURE_HOST UV_PYTHON_INSTALL_MIRROR PDM_PYPI_URL PIPENV_PYPI_MIRROR PYTHON_BUILD_MIRROR_URL
    GOPROXY RUSTUP_DIST_SERVER RUSTUP_UPDATE_ROOT CARGO_REGISTRY_INDEX BUNDLE_MIRROR__ALL RUBYGEMS_HOST
    HEX_MIRROR HEX_API_URL HOMEBREW_BOTTLE_DOMAIN HOMEBREW_ARTIFACT_DOMAIN HOMEBREW_API_DOMAIN
    HOMEBREW_BREW_GIT_REMOTE HOMEBREW_CORE_GIT_REMOTE MVNW_REPOURL CONDA_CHANNEL_ALIAS TFENV_REMOTE JULIA_PKG_SERVER
    HF_ENDPOINT`,
  ),
  ...rows('check', 'GOSUMDB', { harmless: /^(?!off$)/ }),
  ...rows('check', 'GONOSUMDB GONOSUMCHECK GOINSECURE', { harmless: /^(?!.*(?:^|,)(?:\*|1)(?:,|$))/ }),
  ...rows('check', 'npm_config_strict_ssl YARN_STRICT_SSL YARN_ENABLE_STRICT_SSL COREPACK_INTEGRITY_KEYS', {
    harmless: NOT_OFF,
  }),
]

const versionControl: Rows = [
  ...rows(
    'command',
    `GIT_SSH_COMMAND GIT_SSH GIT_EXTERNAL_DIFF GIT_PAGER GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_PROXY_COMMAND GIT_ASKPASS
    SSH_ASKPASS SUDO_ASKPASS SUDO_EDITOR RSYNC_RSH RSYNC_CONNECT_PROG CVS_RSH SVN_SSH SVN_EDITOR HGEDITOR HGMERGE
    GH_PAGER GH_EDITOR GH_BROWSER BORG_RSH BORG_PASSCOMMAND RESTIC_PASSWORD_COMMAND`,
    { harmless: USUAL_COMMANDS },
  ),
  ...rows('load', 'GIT_EXEC_PATH SVN_CONFIG_DIR HGRCPATH GH_CONFIG_DIR GLAB_CONFIG_DIR'),
  ...rows('code', 'GIT_TEMPLATE_DIR'),
  ...rows('check', 'GIT_ALLOW_PROTOCOL', { harmless: /^(?!(?:.*:)?ext(?::|$))/ }),
  ...rows('check', 'GIT_SSL_NO_VERIFY', { harmless: OFF }),
  ...rows(
    'write',
    `GIT_TRACE GIT_TRACE2 GIT_TRACE2_EVENT GIT_TRACE2_PERF GIT_TRACE_SETUP GIT_TRACE_CURL GIT_TRACE_PACKET
    GIT_TRACE_PERFORMANCE GIT_TRACE_PACK_ACCESS GIT_TRACE_PACKFILE GIT_TRACE_SHALLOW GIT_TRACE_REFS GIT_TRACE_FSMONITOR`,
  ),
]

const programs: Rows = [
  ...rows('code', 'VIMINIT EXINIT GVIMINIT RIPGREP_CONFIG_PATH WGETRC CURL_HOME PSQLRC SSLKEYLOGFILE'),
  ...rows(
    'command',
    `MANROFFOPT SYSTEMD_PAGER SYSTEMD_EDITOR AWS_PAGER PSQL_PAGER PSQL_EDITOR BAT_PAGER DELTA_PAGER KUBE_EDITOR
    PERLDOC_PAGER RI_PAGER NIX_PAGER LYNX_EDITOR TEXEDIT ACK_PAGER ACK_PAGER_COLOR`,
    { harmless: USUAL_COMMANDS },
  ),
  ...rows('command', 'FZF_DEFAULT_COMMAND FZF_CTRL_T_COMMAND FZF_ALT_C_COMMAND', {
    harmless: /^(?:(?:rg|fd|fdfind|find|ag|git ls-files)(?: [\w.*=,!/'"-]+)*)?$/,
  }),
  ...rows('handler', 'KUBECTL_EXTERNAL_DIFF DIFFPROG'),
  ...options('zip', 'ZIPOPT'),
  ...options('unzip', 'UNZIP UNZIPOPT'),
  ...options('tar', 'TAR_OPTIONS'),
  ...options('fzf', 'FZF_DEFAULT_OPTS'),
  ...options('bat', 'BAT_OPTS'),
  ...rows(
    'load',
    `VIM VIMRUNTIME MYVIMRC SCREENRC SYSSCREENRC IRBRC PRYRC TIGRC_USER TIGRC_SYSTEM BAT_CONFIG_PATH BAT_CONFIG_DIR ACKRC
    STARSHIP_CONFIG NETRC TEXINPUTS TEXMFHOME TEXMFCNF BIBINPUTS LUAINPUTS GROFF_TMAC_PATH GROFF_FONT_PATH GROFF_BIN_PATH GROFF_COMMAND_PREFIX GNUPGHOME
    MAILCAPS MAILRC LYNX_CFG VALGRIND_LIB VALGRIND_LAUNCHER MAGICK_CONFIGURE_PATH MAGICK_CODER_MODULE_PATH MAGICK_HOME
    GST_PLUGIN_PATH GST_PLUGIN_SYSTEM_PATH GST_PLUGIN_SCANNER LADSPA_PATH FZF_DEFAULT_OPTS_FILE
    FONTCONFIG_FILE FONTCONFIG_PATH`,
  ),
  ...rows(
    'load',
    `GTK_MODULES GTK_PATH GTK3_MODULES GTK_EXE_PREFIX GTK_IM_MODULE_FILE GDK_PIXBUF_MODULE_FILE GDK_PIXBUF_MODULEDIR
    GIO_EXTRA_MODULES GIO_MODULE_DIR GI_TYPELIB_PATH QT_PLUGIN_PATH QT_QPA_PLATFORM_PLUGIN_PATH QML2_IMPORT_PATH
    QML_IMPORT_PATH LIBGL_DRIVERS_PATH VK_ICD_FILENAMES VK_DRIVER_FILES VK_LAYER_PATH VK_ADD_LAYER_PATH
    OCL_ICD_VENDORS OCL_ICD_FILENAMES ALSA_CONFIG_PATH XLOCALEDIR DBUS_SESSION_BUS_ADDRESS`,
    { harmless: /^unix:path=\/run\/user\/\d+\/bus$/ },
  ),
  ...rows(
    'load',
    `OPENSSL_CONF OPENSSL_CONF_INCLUDE OPENSSL_ENGINES OPENSSL_MODULES SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE
    REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS GIT_SSL_CAINFO GIT_SSL_CAPATH AWS_CA_BUNDLE DENO_CERT
    PKCS11_MODULE_PATH SSH_SK_PROVIDER SASL_PATH LDAPCONF LDAPRC ODBCINI ODBCSYSINI ODBCINSTINI TNS_ADMIN MYSQL_HOME
    LIBMYSQL_PLUGIN_DIR LIBMYSQL_PLUGINS PGSYSCONFDIR PGSERVICEFILE`,
  ),
  ...rows('load', 'SSH_AUTH_SOCK', { harmless: /^\/tmp\/ssh-\w+\/agent\.\d+$/ }),
  ...rows('check', 'NODE_TLS_REJECT_UNAUTHORIZED PYTHONHTTPSVERIFY', { harmless: NOT_OFF }),
  ...rows(
    'write',
    'MYSQL_HISTFILE PSQL_HISTORY SQLITE_HISTORY REDISCLI_HISTFILE TF_LOG_PATH ANSIBLE_LOG_PATH',
  ),
]

const clouds: Rows = [
  ...rows(
    'load',
    `AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_DATA_PATH BOTO_CONFIG CLOUDSDK_CONFIG CLOUDSDK_ROOT_DIR
    AZURE_CONFIG_DIR AZURE_EXTENSION_DIR KUBECONFIG KREW_ROOT HELM_PLUGINS HELM_CONFIG_HOME HELM_DATA_HOME
    HELM_REPOSITORY_CONFIG HELM_REGISTRY_CONFIG KUSTOMIZE_PLUGIN_HOME DOCKER_CONFIG BUILDX_CONFIG CONTAINERS_CONF
    CONTAINERS_STORAGE_CONF CONTAINERS_REGISTRIES_CONF REGISTRY_AUTH_FILE TF_CLI_CONFIG_FILE PULUMI_HOME PACKER_CONFIG
    PACKER_CONFIG_DIR PACKER_PLUGIN_PATH VAGRANT_HOME VAGRANT_VAGRANTFILE ANSIBLE_CONFIG ANSIBLE_HOME ANSIBLE_LIBRARY
    ANSIBLE_ROLES_PATH ANSIBLE_COLLECTIONS_PATH ANSIBLE_COLLECTIONS_PATHS ANSIBLE_INVENTORY ANSIBLE_MODULE_UTILS
    ANSIBLE_VAULT_PASSWORD_FILE ANSIBLE_SSH_EXECUTABLE`,
  ),
  ...options('terraform', 'TF_CLI_ARGS'),
  ...rows('peer', 'DOCKER_HOST CONTAINER_HOST BUILDKIT_HOST'),
  ...rows(
    'peer',
    'OPENAI_BASE_URL OPENAI_API_BASE AZURE_OPENAI_ENDPOINT GOOGLE_GEMINI_BASE_URL AWS_ENDPOINT_URL',
    {
      harmless: KEEPERS_OF_KEYS,
    },
  ),
  ...rows(
    'peer',
    'http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY npm_config_proxy npm_config_https_proxy',
  ),
]

/** Variables that make programs load, run, obey or trust something. A row is all a new one needs; see the manual of each program. */
const variables: ReadonlyMap<string, Variable> = new Map([
  ...shells,
  ...languages,
  ...builds,
  ...packageManagers,
  ...versionControl,
  ...programs,
  ...clouds,
])

/** Families whose names are put together. */
const families: readonly (readonly [RegExp, Variable])[] = [
  [/^DYLD_INSERT_LIBRARIES$/, { role: 'code', isUnseen: true }],
  [/^(?:DYLD_|BASH_FUNC_)/, { role: 'code' }],
  [/^CARGO_TARGET_[A-Z0-9_]+_(?:LINKER|RUNNER|AR)$/, { role: 'tool' }],
  [/^CARGO_TARGET_[A-Z0-9_]+_RUSTFLAGS$/, { role: 'options', program: 'rustc' }],
  [/^CARGO_REGISTRIES_[A-Z0-9_]+_INDEX$/, { role: 'source' }],
  [/^(?:CC|CXX|AR|LD)_\w+$/, { role: 'tool' }],
  [/^(?:CFLAGS|CXXFLAGS)_\w+$/, { role: 'options', program: 'gcc' }],
  [/^UV_INDEX_\w+_URL$/, { role: 'source' }],
  [/^BUNDLE_MIRROR__\w+$/, { role: 'source' }],
  [/^ANSIBLE_\w+_PLUGINS$/, { role: 'load' }],
  [/^AWS_ENDPOINT_URL_[A-Z0-9_]+$/, { role: 'peer', harmless: KEEPERS_OF_KEYS }],
  [/^TF_CLI_ARGS_\w+$/, { role: 'options', program: 'terraform' }],
  [
    /^[A-Z][A-Z0-9_]*(?:PAGER|EDITOR|SHELL|BROWSER|_ASKPASS|_RSH)$/,
    { role: 'command', harmless: BARE_PROGRAM },
  ],
  [/^[A-Z][A-Z0-9_]*(?:LIB|_PLUGINS?|_PLUGIN_(?:PATH|DIR)|_MODULE_PATH)$/, { role: 'load' }],
]

/** What is known of a variable; npm reads its own in any case. */
export function variableOf(name: string): Variable | undefined {
  const plain = /^npm_config_/i.test(name) ? name.toLowerCase().replace(/-/g, '_') : name
  const known = variables.get(plain)
  if (known || name.length > 64) return known
  return families.find(([pattern]) => pattern.test(name))?.[1]
}
