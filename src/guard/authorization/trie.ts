import type { Pattern } from './pattern.ts'

interface Node {
  readonly children: Map<string, Node>
  /** Follows any one segment. */
  any: Node | null
  /** The pattern that ends here, by its way of ending; the text is kept to explain a match. */
  exact: string | null
  rest: string | null
  own: string | null
}

/** Finds the pattern that matches a permission's segments, or null. `owned`: the resource is the principal's own. */
export type PatternIndex = (segments: readonly string[], owned: boolean) => string | null

/** Compiles patterns into a trie: a look-up costs the depth of the permission, not the number of patterns. */
export function compilePatterns(patterns: readonly Pattern[]): PatternIndex {
  const root = createNode()
  for (const pattern of patterns) insert(root, pattern)
  return (segments, owned) => find(root, segments, 0, owned)
}

function createNode(): Node {
  return { children: new Map(), any: null, exact: null, rest: null, own: null }
}

function insert(root: Node, pattern: Pattern): void {
  let node = root
  for (const segment of pattern.segments) {
    let next = segment === null ? node.any : node.children.get(segment)
    if (!next) {
      next = createNode()
      if (segment === null) node.any = next
      else node.children.set(segment, next)
    }
    node = next
  }
  node[pattern.ending] ??= pattern.text
}

/** INVARIANT: `rest` and `own` stand for one segment or more, so they are asked only while a segment is left. */
function find(node: Node, segments: readonly string[], at: number, owned: boolean): string | null {
  if (at === segments.length) return node.exact
  if (node.rest !== null) return node.rest
  if (owned && node.own !== null) return node.own
  const child = node.children.get(segments[at]!)
  const match = child ? find(child, segments, at + 1, owned) : null
  if (match !== null || node.any === null) return match
  return find(node.any, segments, at + 1, owned)
}
