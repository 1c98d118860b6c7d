import { SHARED_FOLDER } from '../shell/temporary-files.ts'
import type { Language } from './languages.ts'
import type { Token } from './tokens.ts'

/** A row of tokens that is a finding: one word for one token, `a|b` for either, `<string>` for any text. */
export interface Pattern {
  readonly languages: readonly Language[]
  readonly tokens: string
  /** What the arguments must be, when the last token opens a call. */
  readonly arguments?: (list: readonly (readonly Token[])[]) => boolean
  /** What the file must hold for the words to mean this. */
  readonly needs?: RegExp
  /** The tokens name a function itself, so that a method or a declaration of the name is another one. */
  readonly isBare?: boolean
  /** The outcome is kept: `old = umask(0)` only asks what the mask is. */
  readonly isUnlessKept?: boolean
  readonly rule: string
  readonly message: string
  /** What the last token should be. */
  readonly safe?: string
}

const TLS = 'configuration.skips-certificate-check'
const MODE = 'configuration.makes-world-writable'
const TEMPORARY = 'configuration.uses-predictable-temporary-file'
const HOST = 'configuration.skips-host-key-check'
const EVALUATES = 'configuration.evaluates-downloaded-code'

const NO_CHECK = 'the certificate of the other side is not checked, so anybody on the way can answer'
const WRITABLE = 'everybody on the machine may write it'
const KNOWN_NAME = 'writes a file in a shared folder under a name that anybody can know beforehand'
const ONLY_NAME = 'only makes up a name; somebody else can take it before it is used'

type Arguments = readonly (readonly Token[])[]

const one = (token: string): readonly Language[] => token.split(' ') as Language[]

function tls(languages: string, tokens: string, more: Partial<Pattern> = {}): Pattern {
  return { languages: one(languages), tokens, rule: TLS, message: NO_CHECK, ...more }
}

function mode(languages: string, tokens: string, position: number, more: Partial<Pattern> = {}): Pattern {
  return {
    languages: one(languages),
    tokens,
    rule: MODE,
    message: WRITABLE,
    arguments: list => letsOthersWrite(list.at(position)),
    ...more,
  }
}

function temporary(languages: string, tokens: string, more: Partial<Pattern> = {}): Pattern {
  return { languages: one(languages), tokens, rule: TEMPORARY, message: KNOWN_NAME, ...more }
}

function evaluates(languages: string, tokens: string, source: RegExp, more: Partial<Pattern> = {}): Pattern {
  return {
    languages: one(languages),
    tokens,
    rule: EVALUATES,
    message: 'code that comes over the network is evaluated',
    arguments: list => list.some(tokens => source.test(tokens.map(({ text }) => text).join(''))),
    ...more,
  }
}

/** `0o777`, `0777`, `'777'`, or a name that says so; 777 without a mark of base is another number. */
function letsOthersWrite(argument: readonly Token[] | undefined): boolean {
  if (!argument || argument.length === 0) return false
  if (argument.some(({ text }) => /^(?:S_IWOTH|S_IRWXO|OTHERS_WRITE)$/.test(text))) return true
  // `os.FileMode(0o777)` is the number still
  const plain = argument.filter(({ text }) => !/^(?:os|fs|FileMode|Permissions|[.()])$/.test(text))
  if (plain.length !== 1) return false
  const { kind, text } = plain[0]!
  const digits =
    kind === 'string' ? /^0?([0-7]{3,4})$/.exec(text)?.[1] : /^0[oO]?([0-7]{3,4})$/.exec(text)?.[1]
  const bits = digits === undefined ? 0 : Number.parseInt(digits, 8)
  return (bits & 0o002) !== 0 && (bits & 0o1000) === 0
}

function isZero(list: Arguments): boolean {
  return list.length === 1 && list[0]!.length === 1 && /^0[oO]?0*$/.test(list[0]![0]!.text)
}

/** A text that is a whole name in a shared folder. */
function isSharedName(argument: readonly Token[] | undefined): boolean {
  if (argument?.length !== 1 || argument[0]!.kind !== 'string') return false
  const { text, isTemplate } = argument[0]!
  return (
    SHARED_FOLDER.test(text) &&
    !(isTemplate && /[{$]/.test(text)) &&
    !/[%]|XXXXXX|\{\}/.test(text) &&
    !text.endsWith('/')
  )
}

const opensToWrite = (list: Arguments): boolean =>
  isSharedName(list[0]) &&
  list
    .slice(1)
    .some(argument =>
      argument.some(({ kind, text }) => kind === 'string' && /^[rbt]*[wa+][btUe+]*$/.test(text)),
    )
const writesFirst = (list: Arguments): boolean => isSharedName(list[0])
const createsOpenly = (list: Arguments): boolean =>
  isSharedName(list[0]) &&
  list
    .slice(1)
    .flat()
    .some(({ text }) => text === 'O_CREAT' || text === 'O_TRUNC') &&
  !list
    .slice(1)
    .flat()
    .some(({ text }) => text === 'O_EXCL' || text === 'O_TMPFILE')

const FETCHED_PYTHON =
  /requests\.(?:get|post)\(|urlopen\(|httpx\.get\(|urllib2?\.(?:request\.)?urlopen|http\.client/
const FETCHED_JAVASCRIPT = /\bfetch\(|awaitfetch|axios(?:\.get)?\(|https?\.get\(|\bgot\(|\brequest\(/
const FETCHED_RUBY = /URI\.(?:open|parse)|Net::HTTP\.get|open\(.*?https?:|HTTParty\.get/
const FETCHED_PHP = /file_get_contents\(https?:|curl_exec\(|fopen\(https?:/
const PYTHON_HTTP = /\b(?:requests|httpx|urllib3|aiohttp|hvac|boto3|niquests|elasticsearch|kubernetes)\b/

/** One row for each spelling of the same mistake. */
export const patterns: readonly Pattern[] = [
  // certificates
  tls('python', 'verify = False', { needs: PYTHON_HTTP, safe: 'True' }),
  tls('python', 'verify_ssl|verify_certs|validate_certs|ssl_verify|verify_cert = False', { safe: 'True' }),
  tls('python', 'ssl = False', { needs: /\baiohttp\b/ }),
  tls('python', 'ssl . _create_unverified_context'),
  tls('python', '_create_unverified_context (', { isBare: true }),
  tls('python', 'check_hostname = False', { safe: 'True' }),
  tls('python', 'verify_mode|cert_reqs = ssl . CERT_NONE'),
  tls('python', 'verify_mode|cert_reqs = CERT_NONE'),
  tls('python', 'cert_reqs = <CERT_NONE>'),
  tls('python', 'disable_ssl_certificate_validation = True', { safe: 'False' }),
  // behind a dot and before a colon it is the value of a condition
  tls('javascript', 'rejectUnauthorized|strictSSL : false', { safe: 'true', isBare: true }),
  tls('javascript', 'rejectUnauthorized|strictSSL = false', { safe: 'true' }),
  tls('javascript', 'rejectUnauthorized : ! 1', { isBare: true }),
  tls('javascript', '<rejectUnauthorized> : false', { safe: 'true' }),
  tls('javascript', 'NODE_TLS_REJECT_UNAUTHORIZED =|: <0>'),
  tls('javascript', 'NODE_TLS_REJECT_UNAUTHORIZED =|: 0'),
  tls('javascript', '<NODE_TLS_REJECT_UNAUTHORIZED> ] = <0>'),
  tls('javascript', '<NODE_TLS_REJECT_UNAUTHORIZED> ] = 0'),
  tls('javascript', '<NODE_TLS_REJECT_UNAUTHORIZED> : <0>'),
  tls('javascript', 'checkServerIdentity : ( ) => undefined|null|true'),
  tls('javascript', 'checkServerIdentity : ( ) => { }'),
  tls('go', 'InsecureSkipVerify :|= true', { safe: 'false' }),
  tls('ruby', 'OpenSSL :: SSL :: VERIFY_NONE'),
  tls('ruby', 'verify|verify_ssl|ssl_verify|verify_peer : false', { safe: 'true' }),
  tls('ruby', ': verify|verify_ssl|ssl_verify|verify_peer => false', { safe: 'true' }),
  tls('java', 'NoopHostnameVerifier . INSTANCE'),
  tls('java', 'new NoopHostnameVerifier|AllowAllHostnameVerifier|TrustAllStrategy|TrustSelfSignedStrategy ('),
  tls('java', 'TrustAllStrategy . INSTANCE'),
  tls('java', 'ALLOW_ALL_HOSTNAME_VERIFIER'),
  tls('java', 'InsecureTrustManagerFactory . INSTANCE'),
  tls('java', 'DangerousAcceptAnyServerCertificateValidator'),
  tls(
    'java',
    'ServerCertificateValidationCallback|ServerCertificateCustomValidationCallback =|+= ( <name> , <name> , <name> , <name> ) => true',
  ),
  tls(
    'java',
    'ServerCertificateValidationCallback|ServerCertificateCustomValidationCallback =|+= delegate { return true',
  ),
  tls(
    'java',
    'setHostnameVerifier|hostnameVerifier|setDefaultHostnameVerifier|setSSLHostnameVerifier ( ( <name> , <name> ) -> true',
  ),
  tls('java', 'hostnameVerifier { <name> , <name> -> true'),
  tls('java', 'boolean verify ( String <name> , SSLSession <name> ) { return true'),
  tls('java', 'void checkServerTrusted ( X509Certificate [ ] <name> , String <name> ) { }'),
  tls('java', 'checkServerTrusted ( <name> : Array < X509Certificate > , <name> : String ) { }'),
  tls('php', 'CURLOPT_SSL_VERIFYPEER|CURLOPT_SSL_VERIFYHOST ,|=> false|0|FALSE'),
  tls('php', '<verify_peer>|<verify_peer_name> => false|FALSE|0', { safe: 'true' }),
  tls('php', '<allow_self_signed> => true|TRUE', { safe: 'false' }),
  tls('php', '<verify> => false|FALSE', { needs: /Guzzle|HttpClient|\bHttp::|\bClient\b/, safe: 'true' }),
  tls('php', 'withoutVerifying ('),
  tls('php', '<sslverify> => false|FALSE', { safe: 'true' }),
  tls('c', 'CURLOPT_SSL_VERIFYPEER|CURLOPT_SSL_VERIFYHOST , 0|0L|false|FALSE'),
  tls('c', 'SSL_CTX_set_verify|SSL_set_verify ( <name> , SSL_VERIFY_NONE'),
  tls('rust', 'danger_accept_invalid_certs|danger_accept_invalid_hostnames ( true', { safe: 'false' }),
  // host keys
  {
    languages: ['python'],
    tokens: 'set_missing_host_key_policy (',
    rule: HOST,
    message: 'any host key is accepted',
    arguments: list => list.flat().some(({ text }) => /^(?:AutoAddPolicy|WarningPolicy)$/.test(text)),
  },
  {
    languages: ['go'],
    tokens: 'ssh . InsecureIgnoreHostKey (',
    rule: HOST,
    message: 'any host key is accepted',
  },
  // modes
  mode('python', 'os . chmod|fchmod|lchmod (', 1),
  mode('python', ') . chmod (', 0),
  mode('javascript', '. chmod|chmodSync|fchmod|fchmodSync|lchmod (', 1),
  mode('javascript', 'chmodSync|chmod (', 1, { isBare: true }),
  mode('go', 'os . Chmod (', 1),
  mode('go', '. Chmod (', 0),
  mode('ruby', 'File|FileUtils . chmod|chmod_R (', 0),
  {
    languages: ['ruby'],
    tokens: 'File|FileUtils . chmod|chmod_R 0777|0666|0o777|0o666',
    rule: MODE,
    message: WRITABLE,
  },
  mode('php', 'chmod (', 1, { isBare: true }),
  mode('c', 'chmod|fchmod|fchmodat (', 1, { isBare: true }),
  mode('rust', 'set_mode|from_mode (', 0),
  { languages: ['java'], tokens: 'setWritable ( true , false )', rule: MODE, message: WRITABLE },
  { languages: ['java'], tokens: 'fromString ( <rwxrwxrwx>|<rw-rw-rw->', rule: MODE, message: WRITABLE },
  { languages: ['java'], tokens: 'PosixFilePermission . OTHERS_WRITE', rule: MODE, message: WRITABLE },
  {
    languages: ['python', 'javascript', 'go', 'ruby'],
    tokens: 'os|process|syscall|unix|File . umask|Umask (',
    rule: MODE,
    message: 'new files may be written by everybody',
    arguments: isZero,
    isUnlessKept: true,
  },
  {
    languages: ['php', 'c'],
    tokens: 'umask (',
    rule: MODE,
    message: 'new files may be written by everybody',
    arguments: isZero,
    isBare: true,
    isUnlessKept: true,
  },
  // temporary files
  temporary('python', 'tempfile . mktemp (', { message: ONLY_NAME }),
  temporary('python', 'mktemp (', {
    message: ONLY_NAME,
    needs: /from\s+tempfile\s+import[^\n]*\bmktemp\b/,
    isBare: true,
  }),
  temporary('python', 'os . tmpnam|tempnam (', { message: ONLY_NAME }),
  temporary('c', 'mktemp|tmpnam|tempnam|tmpnam_r|_mktemp (', { message: ONLY_NAME, isBare: true }),
  temporary('python', 'open (', { arguments: opensToWrite, isBare: true }),
  temporary('python', 'Path ( <string> ) . write_text|write_bytes|touch ('),
  temporary(
    'javascript',
    'writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|outputFile|outputFileSync (',
    { arguments: writesFirst },
  ),
  temporary('go', 'os . Create (', { arguments: writesFirst }),
  temporary('go', 'os|ioutil . WriteFile (', { arguments: writesFirst }),
  temporary('go', 'os . OpenFile (', { arguments: createsOpenly }),
  temporary('ruby', 'File . open|new (', { arguments: opensToWrite }),
  temporary('ruby', 'File|IO . write|binwrite (', { arguments: writesFirst }),
  temporary('java', 'new FileWriter|FileOutputStream|PrintWriter|RandomAccessFile|StreamWriter (', {
    arguments: writesFirst,
  }),
  temporary('php', 'file_put_contents (', { arguments: writesFirst }),
  temporary('php', 'fopen (', { arguments: opensToWrite }),
  temporary('c', 'fopen|freopen (', { arguments: opensToWrite }),
  temporary('c', 'open (', { arguments: createsOpenly, isBare: true }),
  temporary('c', 'creat (', { arguments: writesFirst, isBare: true }),
  temporary('rust', 'File :: create (', { arguments: writesFirst }),
  temporary('rust', 'fs :: write (', { arguments: writesFirst }),
  // code from elsewhere
  evaluates('python', 'exec|eval|compile (', FETCHED_PYTHON, { isBare: true }),
  evaluates(
    'javascript',
    'eval|Function|runInNewContext|runInThisContext|runInContext (',
    FETCHED_JAVASCRIPT,
  ),
  evaluates('ruby', 'eval|instance_eval|class_eval (', FETCHED_RUBY),
  evaluates('php', 'eval (', FETCHED_PHP),
  {
    languages: ['php'],
    tokens: 'include|include_once|require|require_once <string>',
    rule: EVALUATES,
    message: 'code that comes over the network is evaluated',
    arguments: list => /^https?:\/\//i.test(list[0]?.[0]?.text ?? ''),
  },
]

/** Functions that hand their text to a shell, and where it stands. */
export interface ShellCall {
  readonly languages: readonly Language[]
  readonly tokens: string
  readonly position: number
  readonly needs?: RegExp
  readonly isBare?: boolean
  /** Only with `shell=True`, or behind `sh`, `-c`. */
  readonly when?: (list: Arguments) => boolean
}

const hasShellTrue = (list: Arguments): boolean =>
  list.some(
    ([name, equals, value]) => name?.text === 'shell' && equals?.text === '=' && value?.text === 'True',
  )
const behindShell = (list: Arguments): boolean =>
  /^(?:\/\S*\/)?(?:ba|da|z)?sh$/.test(list[0]?.[0]?.text ?? '') && /^-\w*c$/.test(list[1]?.[0]?.text ?? '')

export const shellCalls: readonly ShellCall[] = [
  { languages: ['python'], tokens: 'os . system|popen (', position: 0 },
  {
    languages: ['python'],
    tokens: 'subprocess . run|call|check_call|check_output|Popen|getoutput|getstatusoutput (',
    position: 0,
    when: hasShellTrue,
  },
  { languages: ['python'], tokens: 'subprocess . getoutput|getstatusoutput (', position: 0 },
  {
    languages: ['javascript'],
    tokens: 'execSync|exec (',
    position: 0,
    needs: /child_process/,
  },
  { languages: ['go'], tokens: 'exec . Command (', position: 2, when: behindShell },
  { languages: ['ruby'], tokens: 'system|exec (', position: 0, isBare: true },
  { languages: ['php'], tokens: 'shell_exec|exec|system|passthru|popen (', position: 0, isBare: true },
  { languages: ['c'], tokens: 'system|popen (', position: 0, isBare: true },
]
