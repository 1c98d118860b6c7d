// POSIX path text without I/O: `rules` imports no node: module. Patterns (`pattern.ts`) are ordinary characters here.

/** An absolute path without `.`, `..`, doubled or trailing slashes. `..` above the root stays at the root. */
export function normalise(path: string): string {
  if (!/\/\.|\/\/|.\/$/.test(path)) return path === '' ? '/' : path
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') parts.pop()
    else parts.push(part)
  }
  return `/${parts.join('/')}`
}

/** `path` as seen from `base`. */
export function resolveFrom(base: string, path: string): string {
  return normalise(path.startsWith('/') ? path : `${base}/${path}`)
}

/** Whether `path` is `folder` or lies in it; compares whole names, so `/tmp-evil` is not in `/tmp`. */
export function isWithin(path: string, folder: string): boolean {
  if (folder === '/') return true
  return path.startsWith(folder) && (path.length === folder.length || path[folder.length] === '/')
}

export function baseName(path: string): string {
  const end = path.length > 1 && path.endsWith('/') ? path.length - 1 : path.length
  return path.slice(path.lastIndexOf('/', end - 1) + 1, end)
}

export function parentOf(path: string): string {
  const cut = path.lastIndexOf('/')
  return cut <= 0 ? '/' : path.slice(0, cut)
}
