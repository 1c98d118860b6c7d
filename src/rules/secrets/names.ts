import type { TextBytes } from './bytes.ts'
import { charset, isByteIn, isIn, skipBytesBack } from './charsets.ts'

/** What a name promises of the value it is given. */
export type Promised = 'password' | 'phrase' | 'secret' | 'token' | 'salt' | 'nonce'

interface SecretWord {
  readonly word: string
  readonly promised: Promised
  /** The word is short or part of others: no letter may touch it, unless a capital shows where it begins or ends. */
  readonly alone?: boolean
}

const all = (promised: Promised, words: readonly string[], alone = false): SecretWord[] =>
  words.map(word => ({ word, promised, alone }))

/** Words of a name that promise a secret. */
export const secretWords: readonly SecretWord[] = [
  ...all('password', ['passw', 'passcode', 'pwd', 'pswd', 'psswd', 'kennwort', 'wachtwoord', 'contrase']),
  ...all('password', [
    'senha',
    'mot_de_passe',
    'motdepasse',
    'mot de passe',
    'masterauth',
    'clave de acceso',
  ]),
  ...all('password', [
    'adgangskode',
    'passord',
    'salasana',
    'heslo',
    'geslo',
    'jelszo',
    'lozinka',
    'parola',
    'kata sandi',
  ]),
  ...all('phrase', ['passphrase', 'mnemonic', 'seed_phrase', 'seedphrase', 'seed phrase', 'recovery phrase']),
  ...all('password', ['pass', 'pw', 'psw', 'psk', 'mdp'], true),
  ...all('secret', ['secret', 'credential']),
  ...all('secret', ['cred', 'creds'], true),
  ...all('token', ['token', 'authorization']),
  ...all('token', ['auth', 'bearer'], true),
  ...all('salt', ['salt', 'seed'], true),
  ...all('nonce', ['nonce'], true),
]

/** Whose key it is tells whether it is a secret: `api_key` is, `primary_key` is not. */
const keyOwners = new Set(
  [
    'access account admin aes api app application auth authentication azure backup bot cipher client consumer',
    'cookie crypt crypto decrypt decryption deploy device enc encrypt encryption fernet gateway hmac ingest',
    'ingestion integration jwt ldap license licence mac mail maps master merchant oauth partner pgp priv private',
    'registration rest root rsa sas seal secret secure security server service session shared sign signature',
    'preshared signing ssh ssl storage stream stripe subscription symmetric tls token vault wallet webhook write',
  ].flatMap(line => line.split(' ')),
)

const LETTERS = 32
const WHOLE = 1

/**
 * The owners as a tree read from their last letter on, so that most other words are told by a letter or two: where each letter
 * of each node leads, and whether an owner begins there.
 */
const ownerSteps: number[] = new Array(LETTERS).fill(0)
for (const owner of keyOwners) {
  let node = 0
  for (let index = owner.length - 1; index >= 0; index--) {
    const step = node + (owner.charCodeAt(index) & 31)
    if (ownerSteps[step] === 0) {
      ownerSteps[step] = ownerSteps.length
      for (let letter = 0; letter < LETTERS; letter++) ownerSteps.push(0)
    }
    node = ownerSteps[step]!
  }
  ownerSteps[node] = WHOLE
}
const owners = Uint16Array.from(ownerSteps)

/** Whether the word before `key` (at `start`) says that it is a secret one. */
export function isSecretKey(bytes: Uint8Array, start: number): boolean {
  if (start === 0) return false
  const separator = bytes[start - 1]
  const joined = separator === 95 || separator === 45 || separator === 46 || separator === 32
  const end = joined ? start - 1 : start
  let node = 0
  for (let index = end - 1; index >= 0 && isByteIn(bytes[index]!, charset.Z); index--) {
    const byte = bytes[index]!
    node = owners[node + (byte & 31)]!
    if (node === 0) return false
    // the capital of `myApiKey` begins the word
    if (isCapital(byte) && index < end - 1 && (index === 0 || !isCapital(bytes[index - 1]!))) break
  }
  return owners[node] === WHOLE
}

/** Words that end in `pass` and mean no password. */
const otherPasses = [
  'ask',
  'mini',
  'by',
  'com',
  'sur',
  'tres',
  'over',
  'under',
  'encom',
  'multi',
  'single',
  'two',
  'render',
]

/** Whether the word stands in the name as a word: `/etc/passwd` is a path; `passed`, `author` and `compass` are other words. */
export function isWordOfName(
  { text, bytes }: TextBytes,
  start: number,
  end: number,
  alone: boolean,
): boolean {
  const before = start === 0 ? 0 : bytes[start - 1]!
  // two begin a comment
  if (before === 47) return start > 1 && bytes[start - 2] === 47
  if (!alone) return true
  const first = bytes[start]!
  const next = bytes[end]!
  if (isByteIn(next, charset.Z) && (isCapital(bytes[end - 1]!) || !isCapital(next))) return false
  if (!isByteIn(before, charset.Z) || (isCapital(first) && !isCapital(before))) return true
  if (end - start !== 4 || (first | 32) !== 112) return false
  const head = text.slice(skipBytesBack(bytes, start, charset.Z, Math.max(0, start - 8)), start).toLowerCase()
  return !otherPasses.some(other => head.endsWith(other))
}

const segments = (lines: readonly string[]) => new Set(lines.flatMap(line => line.split(' ')))

/** What stands in a name that is about a secret and does not hold one. */
const harmless = segments([
  'algo algorithm alias arn attempts checksum config cryptogram digest fingerprint md5 request response sha sha1 sha256 signature signatures verifier',
  'attempts audience box budget button changed class column count created css desc',
  'description dir directory disabled enabled encoder endpoint endpoints error expiration expires expiry expire',
  'exp factory field fields file filename files format generator grant handler handlers hash header headers help',
  'hint host icon info input invalid issuer iterations kind label lang length len lifetime limit link location',
  'lookup manager max message method min mode model name names none option options page param parameter path',
  'pattern placeholder policy position prefix prompt properties property provider public range reader ref regex regexp',
  'required requirement reset resolver rounds rule rules scope scopes selector service size sort source status',
  'store strategy strength suffix table template terms text title ttl type types uri url urls usage used valid',
  'validator validation validity version view visible visibility widget writer',
])

/** What stands before the word when the name means something else. */
const harmlessBefore = segments([
  'bad border cancel cancellation color continuation css current forgot forgotten has idempotency invalid is',
  'max min missing next no num number page parse public required reset show sort style sync total',
  'unexpected unknown wrong',
])

/** Names of public halves and of numbers that count, and names whose value stands for the secret. */
export function isHarmlessName(head: string, tail: string): boolean {
  return (
    splitName(tail).some(part => harmless.has(part)) || splitName(head).some(part => harmlessBefore.has(part))
  )
}

/** Names of tokens that tell one request from another. */
const requestWords = segments(['action change client correlation idempotency lock request trace update work'])

/** Whether the value tells things apart and opens none: the id of a key, the token of a request. */
export function isIdentifier(head: string, tail: string, value: string, promised: Promised): boolean {
  const last = splitName(tail).at(-1)
  if (last === 'id' || last === 'ids') return true
  return (
    promised === 'token' &&
    value.length >= 36 &&
    value[value.length - 13] === '-' &&
    splitName(head).some(part => requestWords.has(part))
  )
}

const CONSTANT_SHORTEST = 4

/** `PW_RETRY "RETRY"`, `self.passphrase_userdata = userdata`; with a digit it may be a password all the same. */
function repeatsPart(name: string, value: string): boolean {
  const isConstant = value.toUpperCase() === value && name.toUpperCase().includes(value)
  if (!isConstant && !(name.length > value.length && name.endsWith(value))) return false
  return splitName(value).join('').length === value.length
}

/** Whether the value repeats the name: constants and enumerations are named like that. */
export function echoesName(name: string, value: string): boolean {
  if (value.length >= CONSTANT_SHORTEST && repeatsPart(name, value)) return true
  const parts = splitName(value).filter(part => part.length > 1)
  if (parts.length < 2) return false
  const named = splitName(name)
  const repeated = parts.filter(part => named.includes(part)).length
  return repeated === parts.length || (parts.length > 2 && repeated * 2 >= parts.length)
}

/** The parts of `some_long-name.withHumps`, lower case. */
export function splitName(name: string): string[] {
  const parts: string[] = []
  let begin = 0
  for (let index = 0; index <= name.length; index++) {
    const code = name.charCodeAt(index)
    const isLetter = isIn(code, charset.Z)
    const isHump = isLetter && isCapital(code) && index > begin && !isCapital(name.charCodeAt(index - 1))
    if (isLetter && !isHump) continue
    if (index > begin) parts.push(name.slice(begin, index).toLowerCase())
    begin = isHump ? index : index + 1
  }
  return parts
}

export function isCapital(code: number): boolean {
  return code >= 65 && code <= 90
}
