import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { type Import, readImports } from './imports.ts'
import { composer, hookEntry, mayImport, mayReveal, pure, siblings, tooHeavyForHooks } from './table.ts'

/** Paths below `src` with `/`, and their texts. */
export type Tree = ReadonlyMap<string, string>

interface Edge {
  readonly from: string
  /** A path below `src`, or a package or `node:` module as written. */
  readonly to: string
  readonly isInside: boolean
  readonly kind: Import['kind']
}

/** Everything in the tree that breaks the architecture, one sentence each. An empty tree breaks it too. */
export function checkArchitecture(tree: Tree): readonly string[] {
  const sources = [...tree.keys()].filter(isSource)
  if (sources.length === 0) return ['no source files were seen']
  const readings = new Map(sources.map(path => [path, readImports(tree.get(path)!)]))
  const edges = sources.flatMap(path => readings.get(path)!.imports.map(found => toEdge(path, found)))
  return [
    ...sources.flatMap(path =>
      readings.get(path)!.unreadable.map(text => `${path}: \`${text}\` cannot be followed`),
    ),
    ...edges.flatMap(edge => checkEdge(edge, tree)),
    ...findCycles(edges),
    ...checkHookClosure(edges, tree),
    ...checkReveals(tree),
    ...checkReadmes(tree),
  ]
}

function isSource(path: string): boolean {
  return /\.[cm]?tsx?$/.test(path) && !/\.test\.tsx?$/.test(path)
}

function toEdge(from: string, { specifier, kind }: Import): Edge {
  if (!specifier.startsWith('.')) return { from, to: specifier, isInside: false, kind }
  return { from, to: posix.join(posix.dirname(from), specifier), isInside: true, kind }
}

function checkEdge(edge: Edge, tree: Tree): string[] {
  const { from, to, isInside } = edge
  if (!isInside) return checkOutside(edge)
  const problem = (why: string) => [`${from} imports ${to}: ${why}`]
  if (to.startsWith('..')) return to === '../package.json' ? [] : problem('outside of `src`')
  if (!tree.has(to)) return edge.kind === 'mention' ? [] : problem('there is no such file')
  if (!isSource(to) && /\.tsx?$/.test(to)) return problem('a test is not part of the program')

  const found: string[] = []
  const [source = '', target = ''] = [folderOf(from), folderOf(to)]
  const driver = driverOf(to)
  if (driver !== undefined && driverOf(from) !== driver && from !== composer) {
    found.push(...problem(`only ${composer} may name a driver`))
  }
  if (source !== target) {
    const allowed = mayImport[source]
    if (allowed === undefined) found.push(`${from}: the folder \`${source}\` is not in the dependency table`)
    else if (!allowed.includes(target === 'adapters' ? 'ports' : target)) {
      found.push(...problem(`\`${source}\` may not import \`${target}\``))
    }
  }
  if (source === target && siblings.includes(source)) {
    const [own, other] = [subfolderOf(from), subfolderOf(to)]
    if (own !== undefined && other !== undefined && own !== other) {
      found.push(...problem(`\`${own}\` and \`${other}\` are siblings`))
    }
  }
  return found
}

function checkOutside({ from, to }: Edge): string[] {
  if (/^[#/]|^(file|https?|data|portcullis):?/.test(to)) return [`${from} imports ${to}: use a relative path`]
  const isNode = to.startsWith('node:') || builtinModules.includes(to)
  if (isNode && pure.includes(folderOf(from))) return [`${from} imports ${to}: \`${folderOf(from)}\` is pure`]
  return []
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : ''
}

/** The second folder of `guard/network/gcra.ts`; undefined for files directly in the first. */
function subfolderOf(path: string): string | undefined {
  const parts = path.split('/')
  return parts.length > 2 ? parts[1] : undefined
}

/** `adapters/storage/sqlite` of a file in or below it; undefined for ports. */
function driverOf(path: string): string | undefined {
  const parts = path.split('/')
  return parts[0] === 'adapters' && parts.length > 3 ? parts.slice(0, 3).join('/') : undefined
}

/** Cycles of imports that exist at run time. */
function findCycles(edges: readonly Edge[]): string[] {
  const next = adjacency(edges.filter(({ kind, isInside }) => isInside && kind === 'static'))
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start !== -1) {
      found.push(`cycle: ${[...trail.slice(start), path].join(' → ')}`)
      return
    }
    if (done.has(path)) return
    for (const target of next.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of next.keys()) visit(path, [])
  return found
}

/** A hook is started for every tool call: what it loads, also for its fallback without the service, must be light. */
function checkHookClosure(edges: readonly Edge[], tree: Tree): string[] {
  if (!tree.has(hookEntry)) return []
  const lazily = edges.filter(({ from, kind }) => from === hookEntry && kind === 'dynamic')
  const next = adjacency(edges.filter(({ kind }) => kind === 'static'))
  const loaded = new Map<string, string>([[hookEntry, hookEntry]])
  const queue = [hookEntry, ...lazily.map(({ to }) => to)]
  for (const { to } of lazily) loaded.set(to, hookEntry)
  for (const path of queue) {
    for (const target of next.get(path) ?? []) {
      if (loaded.has(target)) continue
      loaded.set(target, path)
      queue.push(target)
    }
  }
  return [...loaded]
    .filter(([path]) => tooHeavyForHooks.some(pattern => pattern.test(path)))
    .map(([path, by]) => `${hookEntry} loads ${path} (through ${by}): too heavy for every tool call`)
}

function adjacency(edges: readonly Edge[]): Map<string, string[]> {
  const next = new Map<string, string[]>()
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to])
  return next
}

const reveal = /\.\s*reveal\b|[\w)\]?.]\s*\[\s*['"`]reveal['"`]|\{[^{}]*\breveal\b[^{}]*\}\s*=[^=>]/

function checkReveals(tree: Tree): string[] {
  return [...tree]
    .filter(([path, text]) => isSource(path) && !(path in mayReveal) && reveal.test(text))
    .map(([path]) => `${path} reveals a secret and is not on the list of those that may`)
}

/** Every folder with anything in it says in a README what it is for. */
function checkReadmes(tree: Tree): string[] {
  const folders = new Set<string>()
  for (const path of tree.keys()) {
    for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) folders.add(folder)
  }
  return [...folders]
    .sort()
    .filter(folder => !/\w.*\S\s/.test(tree.get(`${folder}/README.md`) ?? ''))
    .map(folder => `${folder} has no README.md that says its job`)
}

/** Where a table of folders in a document disagrees with the authority. Folders the document does not know are left out of both. */
export function compareTable(document: string, folders: ReadonlySet<string>): readonly string[] {
  const rows = new Map<string, readonly string[]>()
  for (const line of document.split('\n')) {
    const cells = line.split('|').map(cell => cell.trim())
    const name = cells[1]
    if (cells.length < 4 || name === undefined || mayImport[name] === undefined) continue
    rows.set(name, cells.at(-2)!.split(/,\s*/))
  }
  if (rows.size === 0) return ['no dependency table was found']
  const missing = [...folders].filter(folder => !rows.has(folder)).map(folder => `no row for \`${folder}\``)
  const wrong = [...rows].flatMap(([name, written]) => {
    const known = (folder: string) => folder === 'ports' || rows.has(folder)
    const expected = mayImport[name]!.filter(known)
    const isAll = expected.length === rows.size - (rows.has('adapters') ? 1 : 0)
    const text = [...expected].sort().join(', ') || 'nothing'
    const given = [...written].sort().join(', ')
    return given === text || (isAll && given === 'all')
      ? []
      : [`\`${name}\`: ${given}; the table says ${text}`]
  })
  return [...missing, ...wrong]
}
