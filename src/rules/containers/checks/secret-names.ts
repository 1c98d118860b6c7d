/** Ends of names that say where a secret lies, how long it lives or how it looks, and not the secret. */
const ABOUT =
  /^(?:file|path|dir|directory|folder|name|names|url|uri|endpoint|host|ttl|expiry|expiration|lifetime|age|length|size|limit|limits|count|type|id|ids|policy|issuer|algorithm|prefix|header|enabled|required|rotation|interval|timeout|seconds|minutes|days|max|min|method|version|provider|manager|arn|ref|mount|env)$/
const SECRET_WORDS =
  /^(?:password|passwd|passphrase|secret|token|apikey|credential|credentials|passwort|pwd|pass|pw)$/
const KEY_OWNERS =
  /^(?:api|private|access|secret|encryption|signing|auth|master|ssh|session|app|hmac|jwt|account|storage|license)$/

/** Such a name switches something. */
const SWITCHES = /^(?:allow|random|max|min|use|disable|enable|require)$/

/** The words a name is made of, whatever way they are joined. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean)
}

function namesSecret(name: string): boolean {
  const words = wordsOf(name)
  const last = words.at(-1)
  if (last === undefined || ABOUT.test(last) || (words.length === 1 && last === 'pwd')) return false
  if (words.some(word => SWITCHES.test(word))) return false
  if (words.some(word => SECRET_WORDS.test(word)) || /(?:password|secret|apikey)$/.test(last)) return true
  return words.some((word, at) => word === 'key' && KEY_OWNERS.test(words[at - 1] ?? ''))
}

/** Text that stands for one, or says where it is. */
const NO_SECRET =
  /^(?:|true|false|yes|no|on|off|none|null|nil|\d{1,5}|\/.*|file:.*|https?:\/\/[^@]*|<[^>]*>|\[[^\]]*\]|\{\{.*\}\}|\*+|x{3,}|\.{3,}|(?:vault|ssm|arn|secret|env|op|keyring|awssm|gcpsm):.*)$/i

/** Whether a variable named like this, with this value, gives a secret away. */
export function holdsPlainSecret(name: string, value: string): boolean {
  if (/[\uE000-\uE00F]/.test(value) || NO_SECRET.test(value.trim())) return false
  // what another place fills in is not here, and a few letters around it are no secret
  const own = value.replace(/\$\{[^}]*\}|\$\([^)]*\)|\$[A-Za-z_]\w*/g, '')
  if (own !== value && own.trim().length < 8) return false
  return namesSecret(name)
}
