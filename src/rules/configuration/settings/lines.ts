import { baseName } from '../../paths/posix.ts'
import type { Fix, Report } from '../rule.ts'
import { isPlainHttp } from '../shell/addresses.ts'

/** One setting of one kind of file that switches a check off. */
interface Setting {
  /** The key, or the part of a line, and the value that is bad. */
  readonly line: RegExp
  readonly rule: string
  readonly message: string
  /** What the value (the last group) should be. */
  readonly safe?: string
  /** The last group is an address, which is bad only when it is plain HTTP to elsewhere. */
  readonly isAddress?: boolean
}

interface SettingsFile {
  readonly path: RegExp
  readonly comment: RegExp
  readonly settings: readonly Setting[]
}

const TLS = 'configuration.skips-certificate-check'
const HTTP = 'configuration.fetches-code-over-http'
const UNSIGNED = 'configuration.trusts-unsigned-packages'
const MIXED = 'configuration.mixes-package-indexes'

const tls = (line: RegExp, safe?: string): Setting => ({
  line,
  rule: TLS,
  message: 'the certificate of the other side is not checked',
  ...(safe !== undefined && { safe }),
})
const address = (line: RegExp): Setting => ({
  line,
  rule: HTTP,
  message: 'packages come over plain HTTP, so anybody on the way can put other code in their place',
  isAddress: true,
})
const unsigned = (line: RegExp, safe?: string): Setting => ({
  line,
  rule: UNSIGNED,
  message: 'packages are taken without their signature being checked',
  ...(safe !== undefined && { safe }),
})

const HASH = /^\s*[#;]/
const SLASHES = /^\s*(?:\/\/|#|\*)/

const pipLines: readonly Setting[] = [
  tls(/^\s*(?:--)?trusted-host(?:\s*[=:]\s*|\s+)(\S.*)$/i),
  address(/^\s*(?:-i|(?:--)?(?:extra-)?index-url|(?:--)?find-links|-f)(?:\s*[=:]\s*|\s+)(\S+)/i),
  {
    line: /^\s*(?:--)?extra-index-url(?:\s*[=:]\s*|\s+)(\S+)/i,
    rule: MIXED,
    message: 'whoever publishes the higher version in either index is installed from',
  },
  address(/^\s*(?:[\w.-]+(?:\[[\w,]+\])?\s*@\s*)?(?:git\+)?(http:\/\/\S+)/i),
  {
    line: /^\s*break-system-packages\s*=\s*(true|1|yes)\s*$/i,
    rule: 'configuration.breaks-system-packages',
    message: 'packages are installed over those the system manages',
  },
]

/** One row for each kind of file; lines that match say what is switched off. */
const settingsFiles: readonly SettingsFile[] = [
  {
    path: /(?:^|\/)(?:\.npmrc|npmrc|\.yarnrc|\.pnpmrc|bunfig\.toml)$/,
    comment: HASH,
    settings: [
      tls(/^\s*strict-ssl\s*[= ]\s*["']?(false|0)["']?\s*$/i, 'true'),
      address(/^\s*(?:@[\w-]+:)?registry\s*[= ]\s*["']?([^"'\s]+)/i),
      {
        line: /^\s*unsafe-perm\s*=\s*(true|1)\s*$/i,
        rule: 'configuration.installs-packages-as-root',
        message: 'scripts of packages keep the rights of root',
        safe: 'false',
      },
    ],
  },
  {
    path: /(?:^|\/)\.yarnrc\.ya?ml$/,
    comment: HASH,
    settings: [
      tls(/^\s*enableStrictSsl:\s*(false)\s*$/i, 'true'),
      address(/^\s*npmRegistryServer:\s*["']?([^"'\s]+)/i),
      {
        line: /^\s*checksumBehavior:\s*["']?(ignore|update|reset)["']?\s*$/i,
        rule: UNSIGNED,
        message: 'packages are taken although their checksum differs',
        safe: 'throw',
      },
    ],
  },
  {
    path: /(?:^|\/)(?:\.?pip\/)?pip\.(?:conf|ini)$|(?:^|\/)(?:[\w.-]*requirements[\w.-]*|constraints)\.(?:txt|in)$|(?:^|\/)requirements\/[\w.-]+\.(?:txt|in)$/i,
    comment: /^\s*#/,
    settings: pipLines,
  },
  {
    path: /(?:^|\/)(?:Pipfile|pyproject\.toml|uv\.toml|poetry\.toml)$/,
    comment: /^\s*#/,
    settings: [
      tls(/^\s*verify_ssl\s*=\s*(false)\s*$/i, 'true'),
      tls(/^\s*allow-insecure-host\s*=\s*\[\s*(["'].+)\]/i),
      address(/^\s*(?:url|index-url|extra-index-url|index|default)\s*=\s*["']([^"']+)["']/),
      {
        line: /^\s*break-system-packages\s*=\s*(true)\s*$/i,
        rule: 'configuration.breaks-system-packages',
        message: 'packages are installed over those the system manages',
        safe: 'false',
      },
      {
        line: /^\s*extra-index-url\s*=\s*(.+)$/,
        rule: MIXED,
        message: 'whoever publishes the higher version in either index is installed from',
      },
    ],
  },
  {
    path: /(?:^|\/)\.condarc$|(?:^|\/)condarc$/,
    comment: HASH,
    settings: [tls(/^\s*ssl_verify:\s*(false|no|0)\s*$/i, 'true'), address(/^\s*-\s*(http:\S+)/)],
  },
  {
    path: /(?:^|\/)(?:\.curlrc|_curlrc|curlrc)$/,
    comment: HASH,
    settings: [tls(/^\s*(-k|(?:--)?(?:proxy-)?insecure)\s*$/i)],
  },
  {
    path: /(?:^|\/)(?:\.wgetrc|wgetrc)$/,
    comment: HASH,
    settings: [tls(/^\s*check[-_]certificate\s*=\s*(off|no|false|0)\s*$/i, 'on')],
  },
  {
    path: /(?:^|\/)(?:\.gitconfig|gitconfig|\.git\/config|\.config\/git\/config)$/,
    comment: HASH,
    settings: [tls(/^\s*sslVerify\s*=\s*["']?(false|0|no|off)["']?\s*$/i, 'true')],
  },
  {
    path: /(?:^|\/)(?:\.ssh\/config|ssh_config|ssh_config\.d\/[\w.-]+)$/,
    comment: /^\s*#/,
    settings: [
      {
        line: /^\s*StrictHostKeyChecking(?:\s+|\s*=\s*)["']?(no|off)["']?\s*$/i,
        rule: 'configuration.skips-host-key-check',
        message: 'any host key is accepted',
        safe: 'accept-new',
      },
      {
        line: /^\s*UserKnownHostsFile(?:\s+|\s*=\s*)(\/dev\/null)\s*$/i,
        rule: 'configuration.skips-host-key-check',
        message: 'host keys are forgotten at once',
      },
    ],
  },
  {
    path: /(?:^|\/)ansible\.cfg$/,
    comment: HASH,
    settings: [
      {
        line: /^\s*host_key_checking\s*=\s*(false|no|0)\s*$/i,
        rule: 'configuration.skips-host-key-check',
        message: 'any host key is accepted',
        safe: 'True',
      },
    ],
  },
  {
    path: /(?:^|\/)(?:sources\.list|[\w.-]+\.list|[\w.-]+\.sources)$/,
    comment: HASH,
    settings: [
      unsigned(/^\s*deb(?:-src)?\s+\[[^\]]*\b(trusted=yes|allow-insecure=yes|allow-weak=yes)\b/i),
      unsigned(/^\s*(?:Trusted|Allow-Insecure):\s*(yes)\s*$/i, 'no'),
    ],
  },
  {
    path: /(?:^|\/)(?:apt\.conf|apt\.conf\.d\/[\w.-]+)$/,
    comment: SLASHES,
    settings: [
      unsigned(
        /(?:AllowUnauthenticated|AllowInsecureRepositories|AllowDowngradeToInsecureRepositories)\s+["']?(true|1|yes)["']?\s*;/i,
        'false',
      ),
      tls(/Verify-(?:Peer|Host)\s+["']?(false|0|no)["']?\s*;/i, 'true'),
    ],
  },
  {
    path: /(?:^|\/)(?:yum\.conf|dnf\.conf|[\w.-]+\.repo)$/,
    comment: HASH,
    settings: [
      unsigned(/^\s*gpgcheck\s*=\s*(0|no|false)\s*$/i, '1'),
      tls(/^\s*sslverify\s*=\s*(0|no|false)\s*$/i, '1'),
    ],
  },
  {
    path: /(?:^|\/)pacman\.conf$/,
    comment: HASH,
    settings: [
      unsigned(/^\s*SigLevel\s*=\s*(Never|Optional\s+TrustAll|TrustAll).*$/i, 'Required DatabaseOptional'),
    ],
  },
  {
    path: /(?:^|\/)(?:registries\.conf|registries\.conf\.d\/[\w.-]+\.conf|containerd\/config\.toml|buildkitd\.toml)$/,
    comment: HASH,
    settings: [
      {
        line: /^\s*(?:insecure|insecure_skip_verify|http)\s*=\s*(true)\s*$/,
        rule: 'configuration.trusts-insecure-registry',
        message: 'a registry is trusted without a certificate',
        safe: 'false',
      },
    ],
  },
  {
    path: /(?:^|\/)Gemfile$/,
    comment: HASH,
    settings: [
      address(/^\s*source\s*\(?\s*["'](http:[^"']+)["']/),
      address(/\bgit:\s*["']((?:http|git):[^"']+)["']/),
    ],
  },
  {
    path: /(?:^|\/)(?:\.bundle\/config|\.gemrc|gemrc)$/,
    comment: HASH,
    settings: [
      tls(/^\s*(?:BUNDLE_SSL_VERIFY_MODE|:ssl_verify_mode):\s*["']?(0)["']?\s*$/, '1'),
      address(/^\s*-\s*(http:\S+)/),
    ],
  },
  {
    path: /(?:^|\/)(?:pom\.xml|settings\.xml|[\w.-]+\.pom)$/,
    comment: HASH,
    settings: [
      address(
        /<(?:url|repositoryUrl)>\s*(http:[^<\s]+\/(?:maven2?|repo(?:sitory)?|nexus|artifactory|content|releases|snapshots)\b[^<]*)</i,
      ),
      tls(
        /<(?:aether\.connector\.https\.securityMode|maven\.wagon\.http\.ssl\.insecure)>\s*(insecure|true)\s*</i,
      ),
    ],
  },
  {
    path: /(?:^|\/)[\w.-]+\.gradle(?:\.kts)?$/,
    comment: SLASHES,
    settings: [
      tls(/\b(?:isAllowInsecureProtocol|allowInsecureProtocol)\s*=?\s*\(?\s*(true)\b/, 'false'),
      address(/\b(?:url|setUrl)\s*[=(]?\s*(?:uri\()?\s*["'](http:[^"']+)["']/),
    ],
  },
  {
    path: /(?:^|\/)gradle-wrapper\.properties$/,
    comment: HASH,
    settings: [address(/^\s*distributionUrl\s*=\s*(http\\?:\S+)/)],
  },
  {
    path: /(?:^|\/)(?:NuGet\.Config|nuget\.config)$/i,
    comment: HASH,
    settings: [
      tls(/\ballowInsecureConnections\s*=\s*"(true)"/i, 'false'),
      tls(/\bdisableTLSCertificateValidation\s*=\s*"(true)"/i, 'false'),
    ],
  },
  {
    path: /(?:^|\/)php\.ini$/,
    comment: HASH,
    settings: [
      {
        line: /^\s*allow_url_include\s*=\s*(on|1|true)\s*$/i,
        rule: 'configuration.runs-downloaded-text',
        message: 'an include may name an address',
        safe: 'Off',
      },
    ],
  },
  {
    path: /(?:^|\/)(?:\.env(?:\.[\w-]+)?|[\w.-]+\.env)$/,
    comment: HASH,
    settings: [
      tls(/^\s*(?:export\s+)?NODE_TLS_REJECT_UNAUTHORIZED\s*=\s*["']?(0)["']?\s*$/, '1'),
      tls(/^\s*(?:export\s+)?(?:PYTHONHTTPSVERIFY)\s*=\s*["']?(0)["']?\s*$/, '1'),
      tls(/^\s*(?:export\s+)?(?:GIT_SSL_NO_VERIFY|VAULT_SKIP_VERIFY)\s*=\s*["']?(1|true)["']?\s*$/i, 'false'),
    ],
  },
]

const LONGEST_LINE = 2_000
const MOST_LINES = 20_000

export function settingsFileOf(path: string): SettingsFile | undefined {
  const name = baseName(path)
  // most files are of none of these kinds, and their names tell at once
  if (
    !/^\.|[Rr]c$|\.(?:toml|conf|ini|txt|in|list|sources|repo|cfg|xml|pom|gradle|kts|properties|env|config|Config)$|config|Gemfile|Pipfile|requirements|sources|apt/.test(
      name,
    ) &&
    !/\/(?:\.ssh|apt\.conf\.d|ssh_config\.d|\.bundle)\//.test(path)
  )
    return undefined
  return settingsFiles.find(file => file.path.test(path))
}

/** XML may hold comments of many lines; blanks stand in their place. */
function withoutXmlComments(text: string): string {
  return text.includes('<!--')
    ? text.replace(/<!--[\s\S]*?(?:-->|$)/g, comment => comment.replace(/[^\n]/g, ' '))
    : text
}

/** Reads settings line by line; a line too long to be a setting is passed over. */
export function readSettings({ comment, settings }: SettingsFile, source: string, report: Report): void {
  const text = withoutXmlComments(source)
  let at = 0
  for (let count = 0; at < text.length && count < MOST_LINES; count++) {
    const end = text.indexOf('\n', at)
    const stop = end < 0 ? text.length : end
    if (stop - at <= LONGEST_LINE)
      readLine(text.slice(at, stop).replace(/\r$/, ''), at, comment, settings, report)
    at = stop + 1
  }
}

function readLine(
  line: string,
  start: number,
  comment: RegExp,
  settings: readonly Setting[],
  report: Report,
): void {
  if (line.trim() === '' || comment.test(line)) return
  for (const { line: pattern, rule, message, safe, isAddress } of settings) {
    const match = pattern.exec(line)
    if (!match) continue
    const value = match[1] ?? ''
    if (isAddress && !isPlainHttp(value.replace('\\:', ':'))) continue
    const valueAt = start + match.index + match[0].lastIndexOf(value)
    const fix: Fix | undefined =
      safe === undefined
        ? isAddress && value.startsWith('http:')
          ? { start: valueAt, end: valueAt + 4, replacement: 'https' }
          : undefined
        : { start: valueAt, end: valueAt + value.length, replacement: safe }
    const from = start + match.index + match[0].search(/\S/)
    report({ rule, start: from, end: start + match.index + match[0].trimEnd().length, message, fix })
  }
}
