import type { YamlFile, YamlValue } from '../yaml-file.ts'
import type { Job, Workflow } from './github.ts'

/** Events that a stranger can bring about and that run with the repository's secrets and a token that may write. */
const WITH_RIGHTS = new Set([
  'pull_request_target',
  'workflow_run',
  'issue_comment',
  'issues',
  'discussion',
  'discussion_comment',
  'pull_request_comment',
  'fork',
  'watch',
  'gollum',
])

/** The events that start a workflow: one name, a list or a map. YAML 1.1 reads the key `on` as true. */
export function triggersOf(file: YamlFile, root: YamlValue): ReadonlySet<string> {
  const on = file.get(root, 'on') ?? file.get(root, 'true')
  if (!on) return new Set()
  if (on.isScalar) return new Set([on.text])
  const list = file.items(on)
  return new Set(list.length > 0 ? list.map(({ text }) => text) : file.entries(on).map(({ key }) => key))
}

/** Whether a stranger can start the workflow while it has rights. */
export function isRisky(triggers: ReadonlySet<string>): boolean {
  return [...triggers].some(trigger => WITH_RIGHTS.has(trigger))
}

/** Whether code of a stranger's branch may be what runs. */
export function takesCodeOfStrangers(triggers: ReadonlySet<string>): boolean {
  return ['pull_request_target', 'workflow_run', 'issue_comment'].some(trigger => triggers.has(trigger))
}

export function judgePermissions({ file, root, triggers, report }: Workflow, jobs: readonly Job[]): void {
  const top = file.get(root, 'permissions')
  for (const permissions of [top, ...jobs.map(({ value }) => file.get(value, 'permissions'))])
    if (permissions?.text === 'write-all')
      report({
        rule: 'configuration.grants-all-permissions',
        start: permissions.start,
        end: permissions.end,
        message: 'the token may write everything',
        grade: 'certain',
        fix: { start: permissions.start, end: permissions.end, replacement: 'read-all' },
      })
  if (top || !isRisky(triggers)) return
  const without = jobs.find(({ value }) => !file.get(value, 'permissions') && !file.get(value, 'uses'))
  const on = file.entries(root).find(({ key }) => key === 'on' || key === 'true')
  if (without && on)
    report({
      rule: 'configuration.grants-all-permissions',
      start: on.keyStart,
      end: on.keyEnd,
      message: `strangers can start job \`${without.name}\`, and what its token may do is left to the repository’s settings`,
      grade: 'possible',
    })
}

/** A pull request on a machine of our own. */
export function judgeRunner({ file, triggers, report }: Workflow, { value }: Job): void {
  const runner = file.get(value, 'runs-on')
  if (!runner) return
  const labels = runner.isScalar
    ? [runner]
    : [...file.items(runner), ...file.items(file.get(runner, 'labels'))]
  const own = labels.find(({ text }) => text.toLowerCase() === 'self-hosted')
  const isOpen = triggers.has('pull_request') || takesCodeOfStrangers(triggers)
  if (own && isOpen)
    report({
      rule: 'configuration.runs-strangers-on-own-machine',
      start: own.start,
      end: own.end,
      message: 'a pull request of anybody runs on a machine of ours, if the repository is public',
    })
}
