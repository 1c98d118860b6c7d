/** An option, or a group of words, by which a program stops to check who it talks to. */
export interface TrustOption {
  readonly programs: readonly string[]
  /** Matches a whole argument. */
  readonly argument: RegExp
  /** Matches the argument behind it, when the setting takes two words. */
  readonly next?: RegExp
  /** A short option that may stand in a cluster: `-k` in `-sSk`. */
  readonly letter?: string
  /** Options of the program that take a value, so that a cluster is not read beyond them. */
  readonly valued?: string
  readonly rule: string
  readonly message: string
  /** The words can be left out and all else goes on. */
  readonly isRemovable?: boolean
}

const TLS = 'configuration.skips-certificate-check'
const SIGNATURE = 'configuration.trusts-unsigned-packages'
const HOST = 'configuration.skips-host-key-check'

const tls = (programs: string, argument: RegExp, more: Partial<TrustOption> = {}): TrustOption => ({
  programs: programs.split(' '),
  argument,
  rule: TLS,
  message: 'the certificate of the other side is not checked, so anybody on the way can answer',
  isRemovable: true,
  ...more,
})

const unsigned = (programs: string, argument: RegExp, more: Partial<TrustOption> = {}): TrustOption => ({
  programs: programs.split(' '),
  argument,
  rule: SIGNATURE,
  message: 'packages are taken without their signature being checked',
  isRemovable: true,
  ...more,
})

/** One row for each way to switch a check off. */
export const trustOptions: readonly TrustOption[] = [
  tls('curl curlie', /^--(?:insec(?:ure?)?|proxy-insecure|doh-insecure)$/, {
    letter: 'k',
    valued: 'AbcCdDeEFHhKmoPQrtTuUwxXyYz',
  }),
  tls('wget wget2', /^--no-check-cert(?:ificate?)?s?$|^--check-certificate=(?:off|quiet|no)$/),
  tls('aria2c', /^--check-certificate=false$/),
  tls('http https xh', /^--verify=(?:no|false)$/),
  tls('http https xh', /^--verify$/, { next: /^(?:no|false)$/ }),
  tls('git', /^http\.(?:\S+\.)?sslverify=(?:false|0|no|off)$/i, { isRemovable: false }),
  tls('git', /^http\.(?:\S+\.)?sslverify$/i, { next: /^["']?(?:false|0|no|off)$/i, isRemovable: false }),
  tls('svn', /^--trust-server-cert(?:-failures=.*)?$/),
  tls('hg', /^--insecure$/),
  tls('npm pnpm cnpm', /^--(?:no-strict-ssl|strict-ssl=(?:false|0))$/),
  tls('npm pnpm cnpm yarn', /^strict-ssl$/, { next: /^["']?(?:false|0)$/, isRemovable: false }),
  tls('npm pnpm cnpm yarn', /^(?:strict-ssl=false|enableStrictSsl=false)$/, { isRemovable: false }),
  tls('yarn', /^enableStrictSsl$/, { next: /^false$/, isRemovable: false }),
  tls('pip pip3 pipx uv', /^--(?:trusted-host|allow-insecure-host)=/),
  tls('pip pip3 pipx uv', /^--(?:trusted-host|allow-insecure-host)$/, { next: /./ }),
  tls('pip pip3', /^(?:global|install)\.trusted-host$/, { next: /./, isRemovable: false }),
  tls('python', /^--(?:trusted-host)(?:=.*)?$/, { next: /./ }),
  tls('conda mamba', /^ssl_verify$/, { next: /^(?:no|false|0)$/i, isRemovable: false }),
  tls('conda mamba', /^--(?:insecure|no-ssl-verify)$/, { letter: 'k' }),
  tls('poetry', /^certificates\.\S+\.cert$/, { next: /^false$/, isRemovable: false }),
  tls('composer', /^(?:disable-tls|--disable-tls)$/, { isRemovable: false }),
  tls('composer', /^(?:global\.)?secure-http$/, { next: /^false$/, isRemovable: false }),
  tls('bundle', /^ssl_verify_mode$/, { next: /^0$/, isRemovable: false }),
  tls('apt apt-get', /^(?:-o)?Acquire::https?(?:::\S+)?::Verify-(?:Peer|Host)=["']?(?:false|0|no)["']?$/i, {
    isRemovable: false,
  }),
  tls('yum dnf microdnf', /^--(?:setopt=)?(?:\*\.)?sslverify=(?:0|false)$/i),
  tls(
    'kubectl oc helm k9s',
    /^--insecure-skip-tls-verify(?:=true)?$|^--kube-insecure-skip-tls-verify(?:=true)?$/,
  ),
  tls(
    'docker podman buildah skopeo kaniko executor crane',
    /^--(?:(?:src|dest)-)?tls-verify=false$|^--skip-tls-verify(?:-pull)?$|^--insecure(?:-pull|-registry)?$/,
  ),
  tls('argocd', /^--insecure$/),
  tls('vault nomad consul', /^--?tls-skip-verify(?:=true)?$|^-http-ssl-verify=false$/),
  tls('mc oras cosign crane', /^--(?:insecure|allow-insecure-registry)$/),
  tls('aws', /^--no-verify-ssl$/),
  tls('gcloud', /^auth\/disable_ssl_validation$/, { next: /^true$/i, isRemovable: false }),
  tls('ldapsearch', /^-o$/, { next: /^TLS_REQCERT=never$/i, isRemovable: false }),
  tls('rclone', /^--no-check-certificate$/),
  tls('restic', /^--insecure-tls$/),
  tls('influx etcdctl', /^--(?:skip-verify|insecure-skip-tls-verify)$/),
  tls('grpcurl', /^-insecure$/),
  tls('cf', /^--skip-ssl-validation$/),
  tls('go', /^-insecure$/),
  tls('node nodejs bun deno', /^--unsafely-ignore-certificate-errors(?:=.*)?$/),
  tls('bower', /^strict-ssl=false$/),
  tls('mysql mariadb', /^--ssl-mode=disabled$|^--skip-ssl(?:-verify-server-cert)?$/i),
  tls('sqlcmd', /^-C$/),
  tls('xfreerdp', /^\/cert[-:](?:ignore|tofu)$/),
  unsigned('apt apt-get aptitude', /^--(?:allow-unauthenticated|force-yes|allow-insecure-repositories)$/),
  unsigned(
    'apt apt-get aptitude',
    /^(?:-o)?(?:APT::Get::AllowUnauthenticated|Acquire::AllowInsecureRepositories)=["']?(?:true|1|yes)["']?$/i,
    {
      isRemovable: false,
    },
  ),
  unsigned('apk', /^--allow-untrusted$/),
  unsigned('yum dnf microdnf', /^--no-?gpg-?checks?$|^--setopt=(?:\S+\.)?gpgcheck=0$/),
  unsigned('zypper', /^--no-gpg-checks$|^--gpg-auto-import-keys$/),
  unsigned('rpm', /^--(?:nosignature|nodigest|noverify)$/),
  unsigned('pacman', /^SigLevel=Never$/i, { isRemovable: false }),
  unsigned('helm', /^--no-verify$/),
  unsigned('gem', /^NoSecurity$/, { isRemovable: false }),
  unsigned('debootstrap', /^--no-check-gpg$/),
  unsigned('flatpak ostree', /^--no-gpg-verify$/),
  unsigned('opam', /^--no-checksums$/),
  unsigned('brew', /^--no-quarantine$/),
  {
    programs: [
      'ssh',
      'scp',
      'sftp',
      'autossh',
      'rsync',
      'git',
      'sshpass',
      'ssh-copy-id',
      'pdsh',
      'ansible',
      'mosh',
      'sshfs',
    ],
    argument: /StrictHostKeyChecking[= ]["']?(?:no|off)\b|UserKnownHostsFile[= ]\/dev\/null/i,
    rule: HOST,
    message: 'the key of the other machine is not checked, so anybody on the way can take its place',
  },
]

/** Variables that switch a check off, and the values by which they do. */
export const trustVariables: Readonly<Record<string, { readonly value: RegExp; readonly rule: string }>> = {
  NODE_TLS_REJECT_UNAUTHORIZED: { value: /^0$/, rule: TLS },
  PYTHONHTTPSVERIFY: { value: /^0$/, rule: TLS },
  GIT_SSL_NO_VERIFY: { value: /^(?:1|true|yes|on)$/i, rule: TLS },
  NPM_CONFIG_STRICT_SSL: { value: /^(?:false|0)$/i, rule: TLS },
  npm_config_strict_ssl: { value: /^(?:false|0)$/i, rule: TLS },
  YARN_ENABLE_STRICT_SSL: { value: /^(?:false|0)$/i, rule: TLS },
  PIP_TRUSTED_HOST: { value: /\S/, rule: TLS },
  CURL_INSECURE: { value: /^(?:1|true)$/i, rule: TLS },
  VAULT_SKIP_VERIFY: { value: /^(?:1|true)$/i, rule: TLS },
  CONSUL_HTTP_SSL_VERIFY: { value: /^(?:0|false)$/i, rule: TLS },
  NOMAD_SKIP_VERIFY: { value: /^(?:1|true)$/i, rule: TLS },
  CONDA_SSL_VERIFY: { value: /^(?:0|false|no)$/i, rule: TLS },
  AZURE_CLI_DISABLE_CONNECTION_VERIFICATION: { value: /^(?:1|true)$/i, rule: TLS },
  SSL_VERIFY: { value: /^(?:0|false|no)$/i, rule: TLS },
  ANSIBLE_HOST_KEY_CHECKING: { value: /^(?:0|false|no)$/i, rule: HOST },
  GOINSECURE: { value: /\S/, rule: TLS },
  GONOSUMCHECK: { value: /^1$/, rule: SIGNATURE },
  GONOSUMDB: { value: /^\*$/, rule: SIGNATURE },
  GOSUMDB: { value: /^off$/i, rule: SIGNATURE },
  GOFLAGS: { value: /(?:^|\s)-insecure\b/, rule: TLS },
  PIP_BREAK_SYSTEM_PACKAGES: { value: /^(?:1|true)$/i, rule: 'configuration.breaks-system-packages' },
  PIP_EXTRA_INDEX_URL: { value: /\S/, rule: 'configuration.mixes-package-indexes' },
  UV_EXTRA_INDEX_URL: { value: /\S/, rule: 'configuration.mixes-package-indexes' },
  UV_BREAK_SYSTEM_PACKAGES: { value: /^(?:1|true)$/i, rule: 'configuration.breaks-system-packages' },
  UV_INSECURE_HOST: { value: /\S/, rule: TLS },
  DOCKER_CONTENT_TRUST: { value: /^0$/, rule: SIGNATURE },
  HOMEBREW_NO_VERIFY_ATTESTATIONS: { value: /\S/, rule: SIGNATURE },
  ACTIONS_ALLOW_UNSECURE_COMMANDS: { value: /^true$/i, rule: 'configuration.allows-unsecure-commands' },
}
