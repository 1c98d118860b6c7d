import { charset, isIn } from './charsets.ts'
import type { Shape } from './shape.ts'

const PERCENT = 37
const DOT = 46

/** Words that show that a value stands in for a secret. Lower case. */
const words = [
  'example',
  'placeholder',
  'changeme',
  'change_me',
  'change-me',
  'replace',
  'your_',
  'your-',
  'yourpass',
  'yourtoken',
  'yoursecret',
  'yourapi',
  'xxxx',
  '***',
  '[filtered]',
  '-here',
  '_here',
  'not-a-real',
  'not my real',
  'notasecret',
  'not-a-secret',
  '....',
  'redacted',
  '<masked:',
  'dummy',
  'insert_',
  'todo',
  'fixme',
  'foobar',
  'lorem',
]

/** Whether the value says itself that it is no secret, in an assignment or a URL. */
export function isPlaceholder(value: string): boolean {
  if (isPublished(value)) return true
  const { length } = value
  const first = value.charCodeAt(0)
  // `$`, `<`, `{`, `[`
  if (first === 36 || first === 60 || first === 123 || first === 91) return true
  if (first === PERCENT && (length === 2 || value.charCodeAt(length - 1) === PERCENT)) return true
  if (value.charCodeAt(length - 1) === DOT && value.endsWith('...')) return true
  return holdsStandInWord(value) || isMonotonous(value)
}

/** Five bits of a character: both cases of a letter, and little else. */
const FOLD = 31

/** A test for any of some words in either case, that looks for those only whose first two characters it comes by. */
export function createWordTest(words: readonly string[]): (text: string) => boolean {
  const begun = new Uint8Array((FOLD + 1) ** 2)
  const lists: string[][] = [[]]
  for (const word of words) {
    const pair = ((word.charCodeAt(0) & FOLD) << 5) | (word.charCodeAt(1) & FOLD)
    if (begun[pair] === 0) begun[pair] = lists.push([]) - 1
    lists[begun[pair]!]!.push(word)
  }
  return text => {
    let last = text.charCodeAt(0) & FOLD
    for (let index = 1; index < text.length; index++) {
      const next = text.charCodeAt(index) & FOLD
      const list = begun[(last << 5) | next]!
      last = next
      if (list === 0) continue
      for (const word of lists[list]!) if (standsAt(text, index - 1, word)) return true
    }
    return false
  }
}

/** Whether the word of small letters stands there in either case. */
function standsAt(text: string, at: number, word: string): boolean {
  if (at + word.length > text.length) return false
  for (let index = 0; index < word.length; index++) {
    const code = text.charCodeAt(at + index)
    const wanted = word.charCodeAt(index)
    if (code !== wanted && !(code >= 65 && code <= 90 && (code | 32) === wanted)) return false
  }
  return true
}

/** Templates that are filled in later say so, too. */
const holdsStandInWord = createWordTest([...words, '${', '{{', '$(', '%('])

/** A test for whole words in either case. Most texts are told by their first character and their length to be none. */
function createWordSet(...lines: readonly string[]): (text: string) => boolean {
  const words = new Set(lines.flatMap(line => line.split(' ')))
  const lengths = new Uint32Array(128)
  for (const word of words) lengths[word.charCodeAt(0) | 32]! |= 1 << word.length
  return text => {
    const first = text.charCodeAt(0)
    if (text.length > 31 || (first < 128 && ((lengths[first | 32]! >>> text.length) & 1) === 0)) return false
    return words.has(text.toLowerCase())
  }
}

/** What is assigned to names of secrets and is none: types, methods, states, the word in other languages. */
const isWordOfTypes = createWordSet(
  'any auto base64 basic bearer boolean bytes bytearray char code cookie digest disabled email enabled false field',
  'file form hash header hidden hmac input int integer json jwt kerberos key ldap local login manual masked md5 name',
  'never none null number oauth oauth2 object open optional passed password passwd pass plain plaintext prompt promise query',
  'required saml sample scram-sha-1 scram-sha-256 secret sha1 sha256 sha512 silent str string submit text token true type undefined username utf8 utf-16 value varchar',
  'void cram-md5 digest-md5 aws4-hmac-sha256 utf-8 latin-1 password_hash bcrypt scrypt argon2 adgangskode geslo haslo heslo jelszo kennwort lozinka parola parool passord',
  'passwort salasana sandi senha sifre wachtwoord contrasenya clave',
)

/** Values that the standards print (RFC 5849, 6749, 6750, 7009), in lower case. */
const isPublished = createWordSet(
  '0685bd9184jfhq22 ad180jjd733klru7 lsdkfol23w54jlksdef qwe089234lkjsdf j49sk3j29djd dh893hdasih9 kd94hf93k423kf44',
  'hh5s93j4hdidpola hdhd0244k9j7ao03 nnch734d00sl2jdk pfkkdhi9sl3r4s00 2yotnfzfejr1zcsicmwpaa tgzv3jokf0xg5qx2tlkwia',
  'czzcagrsa3f0mzpnwdfmqmf0m2jw 7fjfp0zbr1ktdrbnfvdmiw gx1fbat3bv splxlobezqqybys6wxsbia mf_9.b5f-4.1jqm h480djs93hd8',
  '9djdj82h48djs9d2 kkk9d7dh3k39sjv7 7d8f3e4a 45ghiukldjahdnhzdauz 274312:dj83hs9s 4572616e48616d6d65724c61686176',
)

/** Passwords that everybody uses, most of all in examples. */
const isCommonWord = createWordSet(
  'admin administrator default demo foo bar baz guest hunter letmein manager master mypass mysecret qwerty public',
  'private root sa supersecret system temp test testing tester topsecret user welcome postgres mysql redis rabbitmq',
  'oracle mongo changeit secure secured verysecret keyboardcat',
)

/** What a made-up value begins with, before the digits that number it. */
const isNumberedWord = createWordSet(
  'abc api apikey arg bar col demo dummy fake field foo form input item key label mock my mykey mypass mytoken name opt option page',
  'param pass passwd password passwort pw pwd row sample secret session step str string test text token user username',
  'userpass value var word',
)

/** Names of secrets: a value of words that holds one of them is a name, too. */
const holdsNamingPart = createWordTest([
  'passw',
  'pwd',
  'secret',
  'token',
  'credential',
  'apikey',
  'auth',
  'login',
  'user',
  'prompt',
])

/** Whether the value is the type of a secret, or what a secret is called. */
export function namesType(value: string): boolean {
  if (value.length >= 20) return false
  return isWordOfTypes(value) || (value.includes('|') && value.split('|').every(isWordOfTypes))
}

/** Whether a value of letters and what joins them is the name of a secret. */
export function namesItself({ value, joiners, hasCapitals, bothCases }: Shape): boolean {
  const isJoined = hasCapitals ? bothCases : joiners > 0
  if (!isJoined) return false
  return holdsPart(value, keyParts) || value.endsWith('Key') || holdsNamingPart(value)
}

const keyParts = ['key', 'pass', 'code', 'id']

/** Whether one of the words in small letters stands between what joins words. */
function holdsPart(value: string, parts: readonly string[], joins = isJoiner): boolean {
  let begin = 0
  for (let index = 0; index <= value.length; index++) {
    if (index < value.length && !joins(value.charCodeAt(index))) continue
    const length = index - begin
    if (length > 1 && length < 7)
      for (const part of parts) if (part.length === length && standsAt(value, begin, part)) return true
    begin = index + 1
  }
  return false
}

/** `-./`, `:`, `_`. */
function isJoiner(code: number): boolean {
  return (code >= 45 && code <= 47) || code === 58 || code === 95
}

/** `-`, `.`, `_`. */
function isJoint(code: number): boolean {
  return code === 45 || code === 46 || code === 95
}

function isWords(value: string): boolean {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index)
    if (!isIn(code, charset.Z) && !isJoiner(code)) return false
  }
  return true
}

/** Whether the value is a word that guards nothing, or one with a name of a secret in it. */
export function isWeakWord(value: string): boolean {
  return isCommonWord(value) || (isWords(value) && holdsNamingPart(value))
}

/** Whether the value is a made-up one with a number, or a well-known one in digits for letters: `test123`, `s3cr3t`. */
export function isStandIn(value: string): boolean {
  const lower = value.toLowerCase()
  let end = lower.length
  while (end > 0 && mayNumber(lower.charCodeAt(end - 1))) end--
  const base = lower.slice(0, end)
  if (base === '' || isNumberedWord(joinParts(base))) return true
  if (isWords(base) && (base.includes('passw') || base.includes('secret') || base.includes('fake')))
    return true
  if (lower.length !== 6 && lower.length !== 8) return false
  const spelt = lower
    .replaceAll('0', 'o')
    .replaceAll('1', 'i')
    .replaceAll('3', 'e')
    .replaceAll('4', 'a')
    .replaceAll('5', 's')
  return spelt === 'secret' || spelt === 'password' || spelt === 'passwd'
}

/** Digits and `-_!.`. */
function mayNumber(code: number): boolean {
  return isIn(code, charset.D) || code === 45 || code === 46 || code === 95 || code === 33
}

function joinParts(text: string): string {
  for (let index = 0; index < text.length; index++)
    if (isJoint(text.charCodeAt(index))) return text.replaceAll(/[-_.]/g, '')
  return text
}

/** Whether a password is one that guards nothing: a common word, its own name, a made-up one, or the user's name again. */
export function isWeakPassword(password: string, user = ''): boolean {
  return (
    password.toLowerCase() === user.toLowerCase() ||
    namesType(password) ||
    isWeakWord(password) ||
    isStandIn(password) ||
    isPlaceholder(password)
  )
}

/** Whether a part of the value is the name of a secret, or says that it is a test. */
export function readsAsNames(value: string): boolean {
  return holdsNamingPart(value) || holdsPart(value, testParts, isJoint)
}

const testParts = ['key', 'pass', 'test', 'id', 'the', 'and', 'not', 'for', 'fake', 'demo', 'sample']

const isFunctionWord = createWordSet(
  'a again all an and any are at be by can cannot change confirm current do does enter example for forgot from has if',
  'in invalid is it its least length long match may missing more must my new no not of old on only or please provide',
  'repeat required reset same set should show than that the this to too type up use used using valid was we weak when',
  'will with wrong you your',
)

/** Whether the words are those of a sentence. */
export function readsAsText(words: readonly string[]): boolean {
  return words.some(isFunctionWord)
}

/** Whether a well-formed token is an invented one: `…EXAMPLE`, one character over and over, the alphabet. */
export function isExample(body: string): boolean {
  const lower = body.toLowerCase()
  if (lower.includes('example') || lower.includes('xxxxxx') || lower.includes('placeholder')) return true
  return isMonotonous(body)
}

/** How many different characters the value has, up to five. */
function countDifferent(value: string): number {
  let [first, second, third, fourth] = [-1, -1, -1, -1]
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index)
    if (code === first || code === second || code === third || code === fourth) continue
    if (first < 0) first = code
    else if (second < 0) second = code
    else if (third < 0) third = code
    else if (fourth < 0) fourth = code
    else return 5
  }
  return (first < 0 ? 0 : 1) + (second < 0 ? 0 : 1) + (third < 0 ? 0 : 1) + (fourth < 0 ? 0 : 1)
}

/** `…90…` and `…9a…`: digits begin anew, and letters follow them. */
function wrapsAround(value: string, at: number): boolean {
  const last = value[at - 1]!
  const next = value[at]!
  return '90fFzZ'.includes(last) && '01aA'.includes(next)
}

/** Whether the value is made of very few characters, or counts up. */
export function isMonotonous(value: string): boolean {
  const different = countDifferent(value)
  if (value.length < 6) return different <= 1
  if (different <= Math.min(4, value.length / 4)) return true
  const most = 0.15 * (value.length - 1) + 1
  let leaps = 0
  for (let index = 1; index < value.length; index++) {
    const step = value.charCodeAt(index) - value.charCodeAt(index - 1)
    if (step !== 1 && step !== 0 && !wrapsAround(value, index) && ++leaps > most) return false
  }
  return value.length - 1 - leaps >= 0.85 * (value.length - 1)
}
