/** Where the lines of a text begin. */
type Lines = readonly number[]

/** Comments that leave one line, or the next, to its author. A mark anywhere on the line counts, as it does for the tools it comes from. */
const marks = [
  { mark: 'portcullis:allow-next-line', line: 1, rules: 'own' },
  { mark: 'portcullis:allow', line: 0, rules: 'own' },
  { mark: 'gitleaks:allow', line: 0, rules: 'all' },
  { mark: 'trufflehog:ignore', line: 0, rules: 'all' },
  { mark: 'pragma: allowlist nextline secret', line: 1, rules: 'all' },
  { mark: 'pragma: allowlist secret', line: 0, rules: 'all' },
  { mark: 'secretlint-disable-next-line', line: 1, rules: 'secretlint' },
  { mark: 'secretlint-disable-line', line: 0, rules: 'secretlint' },
] as const

type Naming = (typeof marks)[number]['rules']

/** So many comments are read of one line, and blocks of one text. */
const MOST = 100
/** So much behind a comment may name rules. */
const LONGEST_REST = 400

const FAMILY = 'secretlint-'
const DISABLE = 'secretlint-disable'
const ENABLE = 'secretlint-enable'
const OWN_RULE = /^[a-z]+(\.[a-z0-9-]+)+$/
const FOREIGN_RULE = 'secretlint-rule-'

interface Comment {
  /** 1 when it is about the next line. */
  readonly offset: number
  readonly about: About
}

/** The rules a comment is about, as they are called where it comes from; none means all. */
interface About {
  readonly isForeign: boolean
  readonly names: readonly string[]
}

/** Where findings of some rules, or all, begin or cease to be left to their author. */
interface Switch {
  readonly at: number
  readonly isOff: boolean
  readonly about: About
}

/** Whether a comment leaves findings of `rule` on this line (from 0) to its author. */
export type Allowance = (line: number, rule: string) => boolean

/** Reads the comments of a text, as far as they are asked for: each line once, however many findings it has. */
export function readComments(text: string, lines: Lines): Allowance {
  const known = new Map<number, readonly Comment[]>()
  let switches: readonly Switch[] | undefined

  function commentsOn(line: number): readonly Comment[] {
    if (line < 0) return []
    const comments = known.get(line) ?? findComments(text.slice(lines[line], lines[line + 1] ?? text.length))
    known.set(line, comments)
    return comments
  }

  return (line, rule) => {
    const near = [...commentsOn(line).filter(({ offset }) => offset === 0)]
    near.push(...commentsOn(line - 1).filter(({ offset }) => offset === 1))
    if (near.some(({ about }) => concerns(about, rule))) return true
    switches ??= findSwitches(text)
    const end = lines[line + 1] ?? text.length
    const last = switches.findLast(({ at, about }) => at < end && concerns(about, rule))
    return last?.isOff ?? false
  }
}

function findComments(line: string): Comment[] {
  const comments: Comment[] = []
  for (const { mark, line: offset, rules } of marks) {
    for (let at = line.indexOf(mark); at >= 0; at = line.indexOf(mark, at + mark.length)) {
      const rest = line.slice(at + mark.length, at + mark.length + LONGEST_REST)
      // `…:allow` is the beginning of `…:allow-next-line`
      if (!/^[-\w]/.test(rest)) comments.push({ offset, about: readNames(rest, rules) })
      if (comments.length > MOST) return comments
    }
  }
  return comments
}

/** `secretlint-disable` and `secretlint-enable`. A text with too many of them is not written by a person, and has none. */
function findSwitches(text: string): Switch[] {
  const switches: Switch[] = []
  for (let at = text.indexOf(FAMILY); at >= 0; at = text.indexOf(FAMILY, at + FAMILY.length)) {
    const isOff = text.startsWith(DISABLE, at)
    if (!isOff && !text.startsWith(ENABLE, at)) continue
    const from = at + (isOff ? DISABLE : ENABLE).length
    const rest = text.slice(from, from + LONGEST_REST).split('\n', 1)[0]!
    if (!/^[-\w]/.test(rest)) switches.push({ at, isOff, about: readNames(rest, 'secretlint') })
    if (switches.length > MOST) return []
  }
  return switches
}

/** What follows a mark may name the rules it is about; nothing named means all. */
function readNames(rest: string, naming: Naming): About {
  const words = naming === 'all' ? [] : rest.split(' -- ', 1)[0]!.split(/[\s,]+/)
  if (naming === 'own') return { isForeign: false, names: words.filter(word => OWN_RULE.test(word)) }
  const foreign = words.filter(word => word.includes(FOREIGN_RULE))
  return { isForeign: true, names: foreign.map(word => word.split(FOREIGN_RULE)[1]!) }
}

function concerns({ names, isForeign }: About, rule: string): boolean {
  if (names.length === 0) return true
  return isForeign ? names.some(name => isKin(rule, name)) : names.includes(rule)
}

/** Their `github` is our `secret.github-pat`, their `privatekey` our `secret.private-key`. */
function isKin(rule: string, foreign: string): boolean {
  return (
    foreign !== '' && rule.replace('secret.', '').replaceAll('-', '').startsWith(foreign.replaceAll('-', ''))
  )
}
