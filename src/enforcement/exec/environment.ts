/** Names that begin like this choose code for a loader. */
const loadersPrefixes = ['LD_', 'GLIBC_', 'BASH_FUNC_']

/** Files of code, or of tables as good as code, for programs that start outside the sandbox; and words that a shell obeys. */
const loadersNames: ReadonlySet<string> = new Set([
  'BASH_ENV',
  'BASHOPTS',
  'ENV',
  'GCONV_PATH',
  'LOCPATH',
  'NLSPATH',
  'PS4',
  'SHELLOPTS',
])

/** Variables that choose code for programs before the sandbox stands: no policy may let them in. */
export function isLoaders(name: string): boolean {
  return loadersNames.has(name) || loadersPrefixes.some(prefix => name.startsWith(prefix))
}
