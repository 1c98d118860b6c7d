import type { Call } from '../acts.ts'
import { filesBelow } from '../shell/listings.ts'

/** Whether a verb prints nothing but names of files. */
export function listsFiles(verb: string, args: readonly string[]): boolean {
  if (verb === 'grep') return args.some(arg => /^-\w*l|^--(?:name-only|files-with-matches)$/.test(arg))
  return verb === 'ls-files'
    ? !args.some(arg => /^-\w*[sotvu]/.test(arg))
    : verb === 'diff' && args.includes('--name-only')
}

/** Files of a repository, where folders or `*.ext` say which; the settings of agents may be among all of them. */
export function filesOfPathspecs(call: Call, verb: string, args: readonly string[]): string | undefined {
  const dashes = args.indexOf('--')
  const operands = args.filter((arg, at) => (dashes >= 0 ? at > dashes : !arg.startsWith('-')))
  // Work in progress: its names are not known, its place is.
  if (verb === 'diff' && dashes < 0) return filesBelow(call, { folders: ['.'], skipsHidden: true })
  const specs = verb === 'grep' && dashes < 0 ? operands.slice(1) : operands
  const globs = specs.filter(spec => /[*?]|[\uE003-\uE005]/.test(spec))
  if (specs.length === 0 || specs.some(spec => spec.startsWith(':'))) return undefined
  const folders = specs.filter(spec => !globs.includes(spec))
  const lists = [
    ...(folders.length > 0 ? [filesBelow(call, { folders })] : []),
    // A star of git reaches into folders, too.
    ...globs.map(glob => {
      const [, folder = './', name = ''] = /^([^*?\uE003-\uE005]*\/)?(.*)$/.exec(glob) ?? []
      return filesBelow(call, { folders: [folder], names: [name.replace(/^.*\//, '')] })
    }),
  ]
  return lists.includes(undefined) ? undefined : lists.join('')
}
