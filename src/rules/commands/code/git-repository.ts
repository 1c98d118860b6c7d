import { isWithin, parentOf, resolveFrom } from '../../paths/posix.ts'
import type { Call } from '../acts.ts'
import { fork } from '../shell/state.ts'

/** Settings whose value git runs, or that lead it to more settings, whatever the verb. */
const RUNS =
  /^(?:core\.(?:fsmonitor|sshcommand|pager|editor|hookspath|gitproxy|askpass|alternaterefscommand)|pager\..*|diff\..*\.(?:textconv|command)|diff\.external|filter\..*\.(?:clean|smudge|process)|alias\..*|credential\..*|gpg\..*program|include\.path|includeif\..*|remote\..*\.(?:uploadpack|receivepack|vcs)|init\.templatedir)$/i

/** Switches, and programs everybody has in these places. */
const HARMLESS =
  /^(?:true|false|yes|no|on|off|\d*|cat|less|git-lfs .*|git lfs .*|store|cache|osxkeychain|manager(?:-core)?)$/i

/**
 * A folder is a repository to git when it looks like one, and the settings in it are run. The project's own repository is
 * its owner's; one that lies inside the project came with its files, or was made there to be run (CVE-2026-55607).
 */
export function judgeRepository(call: Call, cwd: string): void {
  const { shell } = call
  const project = shell.paths.canonical(shell.paths.workplace.project)
  for (let folder = cwd; isWithin(folder, project); folder = parentOf(folder)) {
    const settings = settingsAt(call, folder, project)
    if (settings !== null) {
      judgeSettings(call, settings)
      return
    }
    if (folder === project || folder === '/') return
  }
}

/** The same for a repository that is named, by `--git-dir` or `GIT_DIR`. */
export function judgeNamedRepository(call: Call, place: string): void {
  const { shell } = call
  const project = shell.paths.canonical(shell.paths.workplace.project)
  const text = (path: string) => shell.textAt(shell.paths.canonical(path))
  if (!isOwnPlace(place, project, text)) judgeSettings(call, settingsOf(place, text))
}

/** The settings of a repository that is not the project's own; null where there is none. */
function settingsAt({ shell }: Call, folder: string, project: string): string | null {
  const text = (path: string) => shell.textAt(shell.paths.canonical(path))
  const pointer = text(`${folder}/.git`)
  const place = pointer === null ? undefined : targetIn(pointer)
  if (place !== undefined) {
    const target = shell.paths.canonical(resolveFrom(folder, place))
    return isOwnPlace(target, project, text) ? '' : settingsOf(target, text)
  }
  if (folder !== project && (text(`${folder}/.git/HEAD`) ?? text(`${folder}/.git/config`)) !== null)
    return settingsOf(`${folder}/.git`, text)
  const head = text(`${folder}/HEAD`)
  if (head !== null && /^(?:ref: |[0-9a-f]{40})/.test(head)) return settingsOf(folder, text)
  return null
}

type TextAt = (path: string) => string | null

function targetIn(pointer: string): string | undefined {
  return /^gitdir:(.+)$/m.exec(pointer)?.[1]?.trim()
}

/** Worktrees and submodules keep theirs below the `.git` of the project, or of the repository that the project is a worktree of. */
function isOwnPlace(target: string, project: string, text: TextAt): boolean {
  if (isWithin(target, `${project}/.git`)) return true
  const main = targetIn(text(`${project}/.git`) ?? '')?.replace(/\/worktrees\/[^/]+\/?$/, '')
  return main !== undefined && isWithin(target, resolveFrom(project, main))
}

/** All files of settings that git reads for one repository: what worktrees share lies where `commondir` says. */
function settingsOf(place: string, text: TextAt): string {
  const common = text(`${place}/commondir`)?.trim()
  const places = common === undefined ? [place] : [place, resolveFrom(place, common)]
  return places
    .flatMap(folder => [text(`${folder}/config`), text(`${folder}/config.worktree`)])
    .filter(settings => settings !== null)
    .join('\n')
}

/** The hooks that git runs for a verb. */
const HOOKS: Readonly<Record<string, readonly string[]>> = {
  commit: ['pre-commit', 'prepare-commit-msg', 'commit-msg', 'post-commit'],
  merge: ['pre-merge-commit', 'commit-msg', 'post-merge'],
  pull: ['post-merge', 'pre-rebase', 'post-rewrite'],
  push: ['pre-push'],
  checkout: ['post-checkout'],
  switch: ['post-checkout'],
  rebase: ['pre-rebase', 'post-rewrite'],
}

/** Hooks that lie among the project's files, where husky keeps them: written like any file, run by the next commit. */
export function runHooks(call: Call, verb: string): void {
  const { shell, state } = call
  if (call.args.some(arg => arg === '--no-verify')) return
  for (const hook of (Object.hasOwn(HOOKS, verb) && HOOKS[verb]) || []) {
    const path = `${shell.paths.canonical(shell.paths.workplace.project)}/.husky/${hook}`
    const written = state.files.get(path)
    const code = written === undefined ? shell.codeAt(path) : null
    const run = (text: string) => shell.runText(text, { text: '', connected: false }, fork(state))
    if (written !== undefined) run(written)
    else if (code) shell.within(code, () => run(code.text))
  }
}

const MOST_SETTINGS_RUN = 50

function judgeSettings(call: Call, settings: string): void {
  let run = 0
  for (const [key, value] of entriesOf(settings)) {
    if (!RUNS.test(key) || HARMLESS.test(value)) continue
    if (/^alias\./i.test(key) && !value.startsWith('!')) continue
    call.shell.raise(
      'command.runs-unknown-code',
      call.name,
      `${key}, a setting of a repository inside the project`,
    )
    // It is asked about already; what one of them does may make it a refusal.
    if (++run <= MOST_SETTINGS_RUN)
      call.shell.runText(value.replace(/^!/, ''), { text: '', connected: false }, call.state)
  }
}

/** `section.subsection.key` and its value, as git reads its file; continued lines joined. */
function entriesOf(text: string): [string, string][] {
  const entries: [string, string][] = []
  let section = ''
  for (const line of text.replace(/\\\r?\n/g, '').split(/\r?\n/)) {
    const header = /^\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\](.*)$/.exec(line)
    if (header) section = header[2] === undefined ? header[1]! : `${header[1]}.${header[2]}`
    const entry = /^\s*([A-Za-z][\w-]*)[ \t]*(?:=(.*))?$/.exec((header ? header[3]! : line).trimEnd())
    if (!entry || section === '') continue
    entries.push([
      `${section}.${entry[1]}`,
      (entry[2] ?? 'true')
        .trim()
        .replace(/\s[#;].*$/, '')
        .replace(/"/g, ''),
    ])
  }
  return entries
}
