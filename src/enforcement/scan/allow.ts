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

const DISABLE = 'secretlint-disable'
const ENABLE = 'secretlint-enable'
const OWN_RULE = /^[a-z]+(\.[a-z0-9-]+)+$/
const FOREIGN_RULE = 'secretlint-rule-'

/** Whether a comment of the text leaves findings of `rule` on this line (from 0) to its author. */
export function isAllowed(text: string, lines: Lines, line: number, rule: string): boolean {
  return isMarked(text, lines, line, rule) || (text.includes(DISABLE) && isInBlock(text, lines, line, rule))
}

function isMarked(text: string, lines: Lines, line: number, rule: string): boolean {
  const here = lineOf(text, lines, line)
  const above = line > 0 ? lineOf(text, lines, line - 1) : ''
  return marks.some(({ mark, line: offset, rules }) => {
    const source = offset === 0 ? here : above
    for (let at = source.indexOf(mark); at >= 0; at = source.indexOf(mark, at + 1)) {
      const rest = source.slice(at + mark.length)
      // `…:allow` is the beginning of `…:allow-next-line`
      if (!/^[-\w]/.test(rest) && concerns(rest, rules, rule)) return true
    }
    return false
  })
}

/** Between `secretlint-disable` and `secretlint-enable`; the last of them before the line counts. */
function isInBlock(text: string, lines: Lines, line: number, rule: string): boolean {
  const end = lines[line + 1] ?? text.length
  let isOff = false
  for (let at = text.indexOf('secretlint-'); at >= 0 && at < end; at = text.indexOf('secretlint-', at + 1)) {
    const isStart = text.startsWith(DISABLE, at)
    if (!isStart && !text.startsWith(ENABLE, at)) continue
    const from = at + (isStart ? DISABLE : ENABLE).length
    const newline = text.indexOf('\n', from)
    const rest = text.slice(from, newline < 0 ? text.length : newline)
    if (!/^[-\w]/.test(rest) && concerns(rest, 'secretlint', rule)) isOff = isStart
  }
  return isOff
}

/** What follows a mark may name the rules it is about; nothing named means all. */
function concerns(rest: string, naming: Naming, rule: string): boolean {
  if (naming === 'all') return true
  const words = rest.split(' -- ')[0]!.split(/[\s,]+/)
  if (naming === 'own') {
    const named = words.filter(word => OWN_RULE.test(word))
    return named.length === 0 || named.includes(rule)
  }
  const named = words.filter(word => word.includes(FOREIGN_RULE))
  return named.length === 0 || named.some(word => isKin(rule, word.split(FOREIGN_RULE)[1]!))
}

/** Their `github` is our `secret.github-pat`, their `privatekey` our `secret.private-key`. */
function isKin(rule: string, foreign: string): boolean {
  return (
    foreign !== '' && rule.replace('secret.', '').replaceAll('-', '').startsWith(foreign.replaceAll('-', ''))
  )
}

function lineOf(text: string, lines: Lines, line: number): string {
  return text.slice(lines[line], lines[line + 1] ?? text.length)
}
