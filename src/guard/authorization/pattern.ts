/** A permission pattern, parsed: the literal segments and single wildcards, then how it ends. */
export interface Pattern {
  readonly text: string
  /** `null` stands for `*` in the middle: exactly one segment. */
  readonly segments: readonly (string | null)[]
  /** `exact`: nothing follows; `rest`: one or more segments follow (`*` at the end); `own`: the same, of one's own. */
  readonly ending: 'exact' | 'rest' | 'own'
}

/** Segments a permission or a pattern may have; bounds the work of one look-up. */
const maximumSegments = 16

/** Where every permission begins; a pattern that begins otherwise would never match, so it is a slip. */
const namespaces: ReadonlySet<string> = new Set([
  'admin',
  'agents',
  'delete',
  'messages',
  'prompts',
  'read',
  'sessions',
  'settings',
  'tools',
  'write',
])

const SEGMENT = /^[A-Za-z0-9_%-]+$/

/** Splits at `.` and `:`; null when there is no segment, an empty one, or too many: such a permission matches nothing. */
export function segmentsOf(permission: string): readonly string[] | null {
  const segments: string[] = []
  let start = 0
  for (let i = 0; i <= permission.length; i++) {
    const code = permission.charCodeAt(i)
    if (i < permission.length && code !== 46 && code !== 58) continue
    if (i === start) return null
    segments.push(permission.slice(start, i))
    start = i + 1
  }
  return segments.length > maximumSegments ? null : segments
}

/** Parses one pattern of a role, or says what is wrong with it. */
export function parsePattern(text: string): Pattern | { readonly problem: string } {
  const parts = segmentsOf(text)
  if (!parts) return { problem: `has an empty segment or more than ${maximumSegments}` }
  for (const part of parts) {
    if (part === '*') continue
    if (part.includes('*')) return { problem: 'has a wildcard inside a segment' }
    if (!SEGMENT.test(part)) return { problem: 'has a character that no permission has' }
  }
  const first = parts[0]!
  if (first !== '*' && !namespaces.has(first)) {
    return { problem: `begins with \`${first}\`, which no permission does` }
  }
  const last = parts.at(-1)
  const ending = last === '*' ? 'rest' : last === 'own' ? 'own' : 'exact'
  const body = ending === 'exact' ? parts : parts.slice(0, -1)
  return { text, segments: body.map(part => (part === '*' ? null : part)), ending }
}
