const GIT_READS =
  /^(?:status|log|diff|show|branch|rev-parse|describe|blame|shortlog|ls-files|ls-tree|remote|tag|stash|cat-file|merge-base|rev-list|name-rev|whatchanged|grep|count-objects|var|check-ignore|reflog|worktree)$/
const GIT_FLAGS =
  /^(?:-(?:\d+|[abpqrsvwzLSGnMlieEFhHcowWC]|[abrusvn]{1,3}|n\s*\d+|U\d+|M\d*%?)|--(?:oneline|graph|all|stat|shortstat|numstat|name-only|name-status|cached|staged|short|porcelain(?:=v\d)?|branch|decorate(?:=\w+)?|no-color|color(?:=\w+)?|patch|no-patch|pretty=[^%\s]*|pretty=(?:format|tformat):.*|format=.*|abbrev-ref|abbrev-commit|abbrev(?:=\d+)?|show-toplevel|show-current|verify|is-inside-work-tree|git-dir|tags|always|dirty|long|list|merged|no-merged|contains|remotes|since=.*|until=.*|after=.*|before=.*|author=.*|grep=.*|follow|reverse|first-parent|merges|no-merges|word-diff(?:=\w+)?|ignore-all-space|ignore-space-change|diff-filter=\w+|max-count=\d+|date=[\w:-]+|untracked-files(?:=\w+)?|ignored|others|exclude-standard|modified|deleted|summary|left-right|count|sort=[\w:-]+|no-renames|relative|raw|full-index|compact-summary|unified=\d+|no-ext-diff|no-pager|cumulative|dirstat))$/

const GREP_FLAGS =
  /^(?:-[nilLcwvhHEFPqoIr]+|-[ABCm]?\d+|--(?:line-number|ignore-case|files-with-matches|count|word-regexp|cached|heading|break|no-color|name-only|fixed-strings|extended-regexp|show-function))$/

/** `git` with no settings given and a verb that only reads. */
export function isReadingGit(args: readonly string[]): boolean {
  const rest = args[0] === '--no-pager' ? args.slice(1) : args
  const [verb = '', ...words] = rest
  if (!GIT_READS.test(verb)) return false
  const flags = words.filter(word => word.startsWith('-') && word !== '--')
  const operands = words.filter(word => !word.startsWith('-'))
  if (!flags.every(flag => GIT_FLAGS.test(flag))) return false
  // To check a signature runs the program that the settings name.
  if (flags.some(flag => /%G|signature/.test(flag))) return false
  // The list of variables holds every setting, tokens among them.
  if (verb === 'var') return flags.length === 0
  // It opens what it finds in a program of the caller's or the repository's choosing.
  if (verb === 'grep')
    return !flags.some(flag => /^-O|^--open/.test(flag)) && flags.every(flag => GREP_FLAGS.test(flag))
  if (verb === 'reflog') return operands.length === 0 || operands[0] === 'show'
  if (verb === 'worktree') return operands.length === 1 && operands[0] === 'list'
  if (verb === 'branch' || verb === 'tag')
    return (
      operands.length === 0 || flags.some(flag => /^--(?:list|contains|merged|no-merged)$|^-l$/.test(flag))
    )
  // To show a remote asks it.
  if (verb === 'remote')
    return operands.length === 0 || operands[0] === 'get-url' || (operands[0] === 'show' && words[1] === '-n')
  // `stash -p list` stashes.
  if (verb === 'stash') return /^(?:list|show)$/.test(words[0] ?? '')
  return true
}
