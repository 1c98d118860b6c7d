import type { Syntax } from './tokens.ts'

export type Language = 'python' | 'javascript' | 'go' | 'ruby' | 'java' | 'php' | 'c' | 'rust'

interface Described {
  readonly extensions: readonly string[]
  readonly shebang?: RegExp
  readonly syntax: Syntax
  /** A file that holds none of these is not read. */
  readonly triggers: readonly string[]
  /** More of them, in a file that holds this word. */
  readonly further?: { readonly behind: string; readonly words: readonly string[] }
}

const cLike: Syntax = {
  lineComments: ['//'],
  blockComment: ['/*', '*/'],
  quotes: '"\'',
  tripled: '',
  raw: '',
  hasRegularExpressions: false,
}
const hashed: Syntax = { ...cLike, lineComments: ['#'], blockComment: undefined }

/** How each language is told and read. */
export const languages: Readonly<Record<Language, Described>> = {
  python: {
    extensions: ['py', 'pyw'],
    shebang: /^#!.*\bpython/,
    syntax: { ...hashed, tripled: '"\'' },
    triggers: [
      'mktemp',
      'erify',
      'chmod',
      'umask',
      'unverified',
      'CERT_NONE',
      'hostname',
      '/tmp/',
      '/dev/shm/',
      'os.system',
      'shell=',
      'popen',
      'exec(',
      'eval(',
      'AddPolicy',
      'WarningPolicy',
      'tmpnam',
      'tempnam',
      'ssl=',
      'validate_certs',
      'certificate_validation',
    ],
  },
  javascript: {
    extensions: ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts', 'jsx', 'tsx', 'vue', 'svelte'],
    shebang: /^#!.*\b(?:node|deno|bun)\b/,
    syntax: { ...cLike, quotes: '"\'`', hasRegularExpressions: true },
    triggers: [
      'rejectUnauthorized',
      'REJECT_UNAUTHORIZED',
      'strictSSL',
      'checkServerIdentity',
      'chmod',
      'umask',
      '/tmp/',
      '/dev/shm/',
      'eval(',
      'new Function',
      'runIn',
    ],
    // every other script calls `exec` of an expression
    further: { behind: 'child_process', words: ['execSync', 'exec('] },
  },
  go: {
    extensions: ['go'],
    syntax: { ...cLike, quotes: '"\'`', raw: '`' },
    triggers: [
      'InsecureSkipVerify',
      'InsecureIgnoreHostKey',
      'Chmod',
      'Umask',
      '/tmp/',
      '/dev/shm/',
      'exec.Command',
    ],
  },
  ruby: {
    extensions: ['rb', 'rake', 'gemspec'],
    shebang: /^#!.*\bruby/,
    syntax: { ...hashed, quotes: '"\'`' },
    triggers: [
      'VERIFY_NONE',
      'verify',
      'chmod',
      'umask',
      '/tmp/',
      '/dev/shm/',
      'system',
      'eval',
      '`',
      'exec',
    ],
  },
  java: {
    extensions: ['java', 'kt', 'kts', 'scala', 'groovy', 'cs'],
    syntax: { ...cLike, tripled: '"' },
    triggers: [
      'ostnameVerifier',
      'ValidationCallback',
      'SSLSession',
      'HOSTNAME_VERIFIER',
      'checkServerTrusted',
      'TrustAll',
      'TrustSelfSigned',
      'CertificateValidation',
      'AcceptAnyServer',
      'rwxrwxrwx',
      'rw-rw-rw-',
      'setWritable',
      '/tmp/',
      'getRuntime',
      'OTHERS_WRITE',
      'InsecureTrustManager',
    ],
  },
  php: {
    extensions: ['php', 'phtml', 'inc'],
    shebang: /^#!.*\bphp/,
    syntax: { ...cLike, lineComments: ['//', '#'] },
    triggers: [
      'CURLOPT_SSL',
      'verify',
      'chmod',
      'umask',
      '/tmp/',
      'eval',
      'include',
      'require',
      'exec',
      'system',
      'passthru',
      'popen',
      'allow_self_signed',
    ],
  },
  c: {
    extensions: ['c', 'h', 'cc', 'cpp', 'cxx', 'hpp', 'hh', 'm', 'mm'],
    syntax: cLike,
    triggers: [
      'mktemp',
      'tmpnam',
      'tempnam',
      'chmod',
      'umask',
      '/tmp/',
      'CURLOPT_SSL',
      'SSL_VERIFY_NONE',
      'system',
      'popen',
    ],
  },
  rust: {
    extensions: ['rs'],
    syntax: { ...cLike, quotes: '"' },
    triggers: ['danger_accept', 'set_mode', 'from_mode', '/tmp/'],
  },
}

const all = Object.entries(languages) as readonly (readonly [Language, Described])[]
const byExtension = new Map(
  all.flatMap(([name, { extensions }]) => extensions.map(extension => [extension, name])),
)

/** By the end of the name; declarations of TypeScript hold no code. */
export function languageOfName(path: string): Language | undefined {
  const language = byExtension.get(path.slice(path.lastIndexOf('.') + 1))
  return language === 'javascript' && /\.d\.[cm]?ts$/.test(path) ? undefined : language
}

/** By the first line of a script. */
export function languageOfLine(text: string): Language | undefined {
  if (!text.startsWith('#!')) return undefined
  const line = text.slice(0, 120).split('\n', 1)[0]!
  return all.find(([, { shebang }]) => shebang?.test(line))?.[0]
}
