/** How one file names another. `erased` imports (`import type`) cost nothing at run time. */
export interface Import {
  readonly specifier: string
  readonly kind: 'static' | 'erased' | 'dynamic' | 'mention'
}

export interface Reading {
  readonly imports: readonly Import[]
  /** What looks like an import and cannot be read; a check that skipped it would be blind. */
  readonly unreadable: readonly string[]
}

const statement = /^[ \t]*(import|export)\b(?!\s*\()([^'"`;]*?)\bfrom\s*(['"])([^'"\n]+)\3/gm
const bare = /^[ \t]*import\s*(['"])([^'"\n]+)\1/gm
const dynamic = /\bimport\s*\(\s*(?:(['"`])([^'"`$\n]+)\1\s*[),]|)/g
const mention = /(['"`])(\.{1,2}\/[^'"`\s]*?\.[cm]?ts)\1/g
const loader = /\bcreateRequire\b|\brequire\s*\(|\bimport\.meta\.resolve\b|\bprocess\.getBuiltinModule\b/g

/**
 * Every import of a TypeScript source. It reads text, not syntax, and errs towards seeing too much: a relative `.ts` name in
 * any string counts, so that `new URL('./worker.ts', …)` is seen too.
 */
export function readImports(source: string): Reading {
  const code = withoutComments(source)
  const imports = new Map<string, Import>()
  const unreadable: string[] = []
  const add = (specifier: string, kind: Import['kind']) => {
    const key = `${kind} ${specifier}`
    if (!imports.has(key)) imports.set(key, { specifier, kind })
  }
  for (const [, , clause, , specifier] of code.matchAll(statement)) {
    add(specifier!, /^\s*type\b(?!\s+from\b|\s*,)/.test(clause!) ? 'erased' : 'static')
  }
  for (const [, , specifier] of code.matchAll(bare)) add(specifier!, 'static')
  for (const [text, , specifier] of code.matchAll(dynamic)) {
    if (specifier === undefined) unreadable.push(`${text.trim()}…`)
    else add(specifier, 'dynamic')
  }
  for (const [text] of code.matchAll(loader)) unreadable.push(text)

  const named = new Set([...imports.values()].map(({ specifier }) => specifier))
  for (const [, , specifier] of code.matchAll(mention)) {
    if (!named.has(specifier!)) add(specifier!, 'mention')
  }
  return { imports: [...imports.values()], unreadable }
}

/** Blanks whole comment lines; a comment after code stays, because telling it from a string takes a parser. */
function withoutComments(source: string): string {
  return source.replace(/^[ \t]*(\/\/.*|\/?\*.*)$/gm, '')
}
