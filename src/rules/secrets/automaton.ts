/** A row has room for 64 classes. A constant, because the loops that read the table are a fifth faster with one. */
export const SHIFT = 6
const MOST_CLASSES = 1 << SHIFT

/**
 * A dense Aho-Corasick automaton over literals, read with one table look-up a character: `transitions[(state << SHIFT) | class]`.
 * Letters are folded in the class table; states are numbers of 16 bits, so that the table stays small; accepting states
 * come last, so that one comparison tells a hit.
 */
export interface Automaton {
  /** Class of each code below 256; 0 for what is in no literal. */
  readonly classes: Uint8Array
  /** The one class of all codes beyond ASCII. */
  readonly beyond: number
  readonly transitions: Uint16Array | Uint32Array
  /** States from here on end a literal. */
  readonly accepting: number
  /** Which literals end at an accepting state: `hits[state - accepting]`. */
  readonly hits: readonly (readonly number[])[]
  /** How many characters of a literal are read in each state. */
  readonly depths: Uint16Array
}

interface Node {
  readonly next: Map<number, Node>
  readonly depth: number
  fail: Node | undefined
  hits: number[]
  id: number
}

/** Letters match in either case, characters beyond ASCII match each other: a trigger compares exactly where that counts. */
export function buildAutomaton(literals: readonly string[]): Automaton {
  const { classes, beyond, width } = classify(literals)
  const root = makeNode(0)
  for (const [index, literal] of literals.entries()) insert(root, literal, index, classes, beyond)
  const nodes = linkFailures(root)
  const ordered = [
    ...nodes.filter(node => node.hits.length === 0),
    ...nodes.filter(node => node.hits.length > 0),
  ]
  const plain = ordered.findIndex(node => node.hits.length > 0)
  ordered.forEach((node, index) => {
    node.id = index
  })
  const size = ordered.length << SHIFT
  const transitions = ordered.length <= 65_536 ? new Uint16Array(size) : new Uint32Array(size)
  const depths = new Uint16Array(ordered.length)
  // breadth first, so that a failure state's row is whole before it is copied
  for (const node of nodes) {
    const row = node.id << SHIFT
    const fail = (node.fail?.id ?? 0) << SHIFT
    if (node.fail) transitions.copyWithin(row, fail, fail + width)
    for (const [symbol, next] of node.next) transitions[row + symbol] = next.id
    depths[node.id] = node.depth
  }
  return {
    classes,
    beyond,
    transitions,
    accepting: plain < 0 ? ordered.length : plain,
    hits: (plain < 0 ? [] : ordered.slice(plain)).map(node => node.hits),
    depths,
  }
}

/** Characters beyond the number of classes share the last: whoever asks for a literal compares it anyway. */
function classify(literals: readonly string[]): { classes: Uint8Array; beyond: number; width: number } {
  const classes = new Uint8Array(256)
  let beyond = 0
  let width = 1
  const next = () => (width < MOST_CLASSES ? width++ : MOST_CLASSES - 1)
  for (const literal of literals)
    for (let at = 0; at < literal.length; at++) {
      const code = literal.charCodeAt(at)
      if (code > 127) {
        if (beyond === 0) beyond = next()
      } else if (classes[code] === 0) {
        classes[code] = next()
        classes[swapCase(code)] = classes[code]!
      }
    }
  classes.fill(beyond, 128)
  return { classes, beyond, width }
}

/** The same ASCII letter in the other case; anything else stays. */
function swapCase(code: number): number {
  const folded = code | 32
  return folded >= 97 && folded <= 122 ? code ^ 32 : code
}

function makeNode(depth: number): Node {
  return { next: new Map(), depth, fail: undefined, hits: [], id: 0 }
}

function insert(root: Node, literal: string, index: number, classes: Uint8Array, beyond: number): void {
  let node = root
  for (let at = 0; at < literal.length; at++) {
    const code = literal.charCodeAt(at)
    const symbol = code < 256 ? classes[code]! : beyond
    let next = node.next.get(symbol)
    if (!next) {
      next = makeNode(node.depth + 1)
      node.next.set(symbol, next)
    }
    node = next
  }
  node.hits.push(index)
}

/** Gives all nodes breadth first, each with its longest proper suffix that is in the tree, and that suffix's hits. */
function linkFailures(root: Node): Node[] {
  const nodes = [root]
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at]!
    for (const [symbol, child] of node.next) {
      let fail = node.fail
      while (fail && !fail.next.has(symbol)) fail = fail.fail
      child.fail = fail?.next.get(symbol) ?? root
      if (child.fail.hits.length > 0) child.hits = [...child.hits, ...child.fail.hits]
      nodes.push(child)
    }
  }
  return nodes
}
