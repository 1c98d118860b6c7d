import { charset, isIn, skipBack } from './charsets.ts'

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
  ...all('password', ['senha', 'mot_de_passe', 'motdepasse', 'masterauth']),
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
    'signing ssh ssl storage stream stripe subscription symmetric tls token vault wallet webhook write',
  ].flatMap(line => line.split(' ')),
)

const KEY_OWNER_LONGEST = 16

/** The last letters of the owners: most other words before `key` end here. */
const ownerEnds = new Set([...keyOwners].map(owner => owner.charCodeAt(owner.length - 1)))

/** Whether the word before `key` (at `start`) says that it is a secret one. */
export function isSecretKey(text: string, start: number): boolean {
  const separator = text.charCodeAt(start - 1)
  const joined = separator === 95 || separator === 45 || separator === 46 || separator === 32
  const end = joined ? start - 1 : start
  if (!ownerEnds.has(text.charCodeAt(end - 1) | 32)) return false
  let begin = end
  const limit = Math.max(0, end - KEY_OWNER_LONGEST)
  while (begin > limit && isIn(text.charCodeAt(begin - 1), charset.Z)) {
    begin--
    // the capital of `myApiKey` begins the word
    if (isCapital(text.charCodeAt(begin)) && !isCapital(text.charCodeAt(begin - 1)) && begin < end - 1) break
  }
  return keyOwners.has(text.slice(begin, end).toLowerCase())
}

/** Words that end in `pass` and mean no password. */
const otherPasses = ['by', 'com', 'sur', 'tres', 'over', 'under', 'encom', 'multi', 'single', 'two', 'render']

/** Whether the word stands in the name as a word: `/etc/passwd` is a path; `passed`, `author` and `compass` are other words. */
export function isWordOfName(text: string, start: number, end: number, alone: boolean): boolean {
  const before = text.charCodeAt(start - 1)
  // two begin a comment
  if (before === 47) return text.charCodeAt(start - 2) === 47
  if (!alone) return true
  const first = text.charCodeAt(start)
  const last = text.charCodeAt(end - 1)
  const next = text.charCodeAt(end)
  if (isIn(next, charset.Z) && (isCapital(last) || !isCapital(next))) return false
  if (!isIn(before, charset.Z) || (isCapital(first) && !isCapital(before))) return true
  if (end - start !== 4 || (first | 32) !== 112) return false
  const head = text.slice(skipBack(text, start, charset.Z, start - 8), start).toLowerCase()
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
  'pattern placeholder policy position prefix prompt property provider public range reader ref regex regexp',
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

/** Whether the value repeats the name: constants and enumerations are named like that. */
export function echoesName(name: string, value: string): boolean {
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
