/** Programs that read and nothing more, when called as the schemas of the rules demand. */
const READERS: ReadonlySet<string> = new Set(
  (
    'ls cat tac nl rev head tail wc stat file du df tree pwd true false : echo printf basename dirname realpath ' +
    'readlink which type whoami id groups uname arch nproc uptime hostname tty locale cal free lscpu lsblk date cut ' +
    'uniq tr sort diff cmp comm fold paste column md5sum sha1sum sha256sum shasum seq test [ grep rg find git sed jq ' +
    'cd sleep exit ps cksum b2sum sha512sum xxd od hexdump strings expr egrep fgrep fd command builtin time timeout ' +
    'nice stdbuf'
  ).split(' '),
)

/** Programs that may be asked for their version and for nothing else. */
const TELL_VERSION: ReadonlySet<string> = new Set(
  (
    'node deno bun python python3 ruby perl php java javac go cargo rustc rustup gcc g++ clang make cmake docker kubectl ' +
    'helm terraform psql mysql sqlite3 redis-cli curl wget tar zip unzip rsync ssh bash zsh tmux ffmpeg pandoc'
  ).split(' '),
)

const KEYWORDS: ReadonlySet<string> = new Set('if then elif else fi do done { } !'.split(' '))

/**
 * Why a command may not be affirmed, or null. It knows nothing of the rules and less than they do: it cuts the text
 * into words by hand and wants a reader in front of each, no expansion, and no redirection but to `/dev/null`.
 */
export function notPlainlyReading(command: string): string | null {
  let isFirst = true
  let redirection: string | null = null
  let inLoopHead = false
  let mustTellVersion = false
  for (const { kind, text } of tokens(command)) {
    if (kind === 'expansion') return `expands \`${text}\``
    if (kind === 'open') return 'a quote stays open'
    if (kind === 'redirection') {
      if (redirection !== null) return 'a redirection without a target'
      redirection = text
    } else if (kind === 'operator') {
      if (redirection !== null) return 'a redirection without a target'
      if (mustTellVersion) return 'calls a program for more than its version'
      isFirst = true
      inLoopHead = false
    } else if (redirection !== null) {
      const isHarmless =
        redirection.startsWith('<') ||
        text === '/dev/null' ||
        (redirection.endsWith('&') && /^[12]$/.test(text))
      if (!isHarmless) return `writes to \`${text}\``
      redirection = null
    } else if (mustTellVersion) {
      if (!/^(?:--|-)?version$/.test(text)) return 'calls a program for more than its version'
      mustTellVersion = false
    } else if (isFirst && !inLoopHead) {
      if (KEYWORDS.has(text)) continue
      if (text === 'for') inLoopHead = true
      else if (TELL_VERSION.has(text.replace(/-?[\d.]+$/, '')) || TELL_VERSION.has(text))
        mustTellVersion = true
      else if (!READERS.has(text.replace(/^\/(?:usr\/)?bin\//, ''))) return `calls \`${text}\``
      isFirst = text === 'time'
    }
  }
  if (mustTellVersion) return 'calls a program for more than its version'
  return redirection === null ? null : 'a redirection without a target'
}

interface Token {
  readonly kind: 'word' | 'operator' | 'redirection' | 'expansion' | 'open'
  readonly text: string
}

function* tokens(command: string): Generator<Token> {
  let word: string | null = null
  let isTarget = false
  for (let at = 0; at < command.length; ) {
    const character = command[at]!
    if (character === "'") {
      const end = command.indexOf("'", at + 1)
      if (end < 0) return yield { kind: 'open', text: '' }
      word = (word ?? '') + command.slice(at + 1, end)
      at = end + 1
    } else if (character === '"') {
      word ??= ''
      for (at++; command[at] !== '"'; at++) {
        if (at >= command.length) return yield { kind: 'open', text: '' }
        if (command[at] === '\\' && /[$`"\\\n]/.test(command[at + 1] ?? '')) at++
        else if (isExpansion(command, at))
          return yield { kind: 'expansion', text: command.slice(at, at + 20) }
        word += command[at] ?? ''
      }
      at++
    } else if (character === '\\') {
      if (command[at + 1] !== '\n') word = (word ?? '') + (command[at + 1] ?? '')
      at += 2
    } else if (isExpansion(command, at) || /^\$['"]/.test(command.slice(at, at + 2))) {
      return yield { kind: 'expansion', text: command.slice(at, at + 20) }
    } else if (/[ \t\n;&|()<>]/.test(character)) {
      const redirection = /^(?:&>>|&>|>>|>\||>&|<&|<<<|<<-?|<>|[<>])(?!\()/.exec(command.slice(at))
      const isNumber = word !== null && /^\d+$/.test(word)
      // `2>&1<a`: here `1` is where the first one goes.
      const descriptor = isNumber && /[<>]/.test(character) && !isTarget
      if (word !== null && !descriptor) yield { kind: 'word', text: word }
      if (word !== null) isTarget = false
      word = null
      if (/^[<>]\(/.test(command.slice(at, at + 2))) return yield { kind: 'expansion', text: character }
      if (redirection) {
        yield { kind: 'redirection', text: redirection[0] }
        isTarget = redirection[0].endsWith('&')
        at += redirection[0].length
      } else {
        if (!/[ \t]/.test(character)) yield { kind: 'operator', text: character }
        at += command.startsWith('|&', at) ? 2 : 1
      }
    } else if (character === '#' && word === null) {
      const end = command.indexOf('\n', at)
      at = end < 0 ? command.length : end
    } else {
      word = (word ?? '') + character
      at++
    }
  }
  if (word !== null) yield { kind: 'word', text: word }
}

/** `$HOME` and `$PWD` are known; a `$` before nothing is a character like others. */
function isExpansion(command: string, at: number): boolean {
  if (command[at] === '`') return true
  if (command[at] !== '$') return false
  return (
    /^\$[\w({[@*#?!$-]/.test(command.slice(at, at + 2)) &&
    !/^\$(?:(?:HOME|PWD)(?!\w)|\?)/.test(command.slice(at))
  )
}
