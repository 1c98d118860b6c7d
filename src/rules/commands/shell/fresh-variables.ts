const FRESH =
  /(?:^|[\n;&({]|\bthen\b|\bdo\b)[ \t]*(?:local |readonly |declare |export )?([A-Za-z_]\w{0,40})="?(?:\$\(mktemp(?: -d| -t [\w.-]+| -q|--directory)*\)|`mktemp(?: -d)?`)"?[ \t]*(?=[;\n&)|]|$)/g
/** Other ways to give a variable a value, whatever it is called. */
const GIVES_ANY = /\b(?:eval|source|declare|typeset|nameref|getopts)\b|\bprintf\s+-v|^\s*\.\s/m

const MOST_NAMES = 10

/** Names of variables to which a text assigns what `mktemp` makes and never anything else. */
export function freshVariables(text: string): ReadonlySet<string> {
  if (!text.includes('mktemp') || !/\btrap\b/.test(text) || GIVES_ANY.test(text)) return new Set()
  const names = new Set([...text.matchAll(FRESH)].map(([, name = '']) => name))
  return new Set([...names].slice(0, MOST_NAMES).filter(name => mentions(text, name) === 1))
}

/** How often the bare name stands in a text where it is not read. */
function mentions(text: string, name: string): number {
  return [...text.matchAll(new RegExp(`(?<![\\w$]|\\$\\{)${name}(?!\\w)`, 'g'))].length
}
