import { judgeImage } from '../containers/images.ts'
import { reportInFile } from '../passage.ts'
import type { Report } from '../rule.ts'
import { isPlainHttp } from '../shell/addresses.ts'
import { judgeVariable } from '../shell/environment.ts'
import { ATTACKER } from '../shell/marks.ts'
import { readShell } from '../shell/script.ts'
import { readYaml, type YamlFile, type YamlValue } from '../yaml-file.ts'

/** Variables whose text is chosen by whoever pushes a branch or opens a merge request. */
const CHOSEN = [
  'CI_COMMIT_MESSAGE',
  'CI_COMMIT_TITLE',
  'CI_COMMIT_DESCRIPTION',
  'CI_COMMIT_AUTHOR',
  'CI_COMMIT_BRANCH',
  'CI_COMMIT_REF_NAME',
  'CI_COMMIT_TAG',
  'CI_COMMIT_TAG_MESSAGE',
  'CI_BUILD_REF_NAME',
  'CI_MERGE_REQUEST_TITLE',
  'CI_MERGE_REQUEST_DESCRIPTION',
  'CI_MERGE_REQUEST_LABELS',
  'CI_MERGE_REQUEST_MILESTONE',
  'CI_MERGE_REQUEST_SOURCE_BRANCH_NAME',
  'CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME',
  'GITLAB_USER_NAME',
]

const SCRIPTS = ['script', 'before_script', 'after_script']
const MOST_JOBS = 1_000

/** Reads a GitLab pipeline: what it includes, its images and variables, and the scripts of its jobs. */
export function readGitlab(text: string, report: Report): void {
  const file = readYaml(text, report)
  const seen = new Set<unknown>()
  for (const root of file?.roots ?? []) {
    judgeIncludes(file!, file!.get(root, 'include'), report)
    const variables = variablesOf(file!, root, report)
    for (const job of [root, ...file!.entries(root).map(({ value }) => value)].slice(0, MOST_JOBS)) {
      if (seen.has(job.node)) continue
      seen.add(job.node)
      judgeJob(file!, job, variables, report)
    }
  }
}

function judgeJob(file: YamlFile, job: YamlValue, above: ReadonlyMap<string, string>, report: Report): void {
  const fields = file.entries(job)
  if (fields.length === 0) return
  const variables = new Map([...above, ...variablesOf(file, job, report)])
  const images = fields.filter(({ key }) => key === 'image').map(({ value }) => value)
  const services = fields.filter(({ key }) => key === 'services').flatMap(({ value }) => file.items(value))
  for (const place of [...images, ...services]) {
    const image = place.isScalar ? place : file.get(place, 'name')
    if (image?.isScalar) judgeImage(image.text, image, report)
  }
  for (const { key, value } of [...fields, ...file.entries(file.get(job, 'hooks', 'pre_get_sources_script'))])
    if (SCRIPTS.includes(key))
      for (const line of linesOf(file, value, 0)) readLine(file, line, variables, report)
}

/** A script is one text, or lists of lists of texts. */
function linesOf(file: YamlFile, value: YamlValue, depth: number): YamlValue[] {
  if (value.isScalar) return [value]
  return depth > 5 ? [] : file.items(value).flatMap(item => linesOf(file, item, depth + 1))
}

function readLine(
  file: YamlFile,
  line: YamlValue,
  variables: ReadonlyMap<string, string>,
  report: Report,
): void {
  const passage = file.passage(line)
  readShell(passage.text, reportInFile(report, passage), 'job', variables)
}

function variablesOf(file: YamlFile, value: YamlValue, report: Report): Map<string, string> {
  const variables = new Map<string, string>(CHOSEN.map(name => [name, ATTACKER]))
  for (const { key, keyStart, value: given } of file.entries(file.get(value, 'variables'))) {
    const text = given.isScalar ? given : file.get(given, 'value')
    if (!text) continue
    judgeVariable(key, text.text, { start: keyStart, end: text.end }, report)
    const isChosen = CHOSEN.some(name => text.text.includes(`$${name}`) || text.text.includes(`\${${name}}`))
    if (isChosen) variables.set(key, ATTACKER)
    else if (!text.text.includes('$')) variables.set(key, text.text)
  }
  return variables
}

function judgeIncludes(file: YamlFile, include: YamlValue | undefined, report: Report): void {
  if (!include) return
  const list = include.isScalar || file.entries(include).length > 0 ? [include] : file.items(include)
  for (const item of list) {
    const remote = item.isScalar ? item : file.get(item, 'remote')
    const tell = ({ start, end }: YamlValue, message: string, severity?: 'deny' | 'note') =>
      report({
        rule: 'configuration.includes-unpinned-pipeline',
        start,
        end,
        message,
        ...(severity && { severity }),
      })
    if (remote && /^https?:/i.test(remote.text)) {
      if (isPlainHttp(remote.text))
        tell(
          remote,
          'the pipeline comes over plain HTTP, so anybody on the way can put other jobs in its place',
          'deny',
        )
      else if (!file.get(item, 'integrity'))
        tell(remote, 'the pipeline is whatever the address gives at the time')
    }
    const project = file.get(item, 'project')
    const ref = file.get(item, 'ref')
    if (project && !/^[0-9a-f]{40}$/i.test(ref?.text ?? ''))
      tell(
        ref ?? project,
        ref
          ? `the pipeline is whatever \`${ref.text}\` of the other project holds`
          : 'the pipeline is whatever the other project’s default branch holds',
        ref && /^v?\d/.test(ref.text) ? 'note' : undefined,
      )
    const component = file.get(item, 'component')
    const version = component && /@([^@/]+)$/.exec(component.text)?.[1]
    if (component && !/^[0-9a-f]{40}$/i.test(version ?? ''))
      tell(
        component,
        `the component’s version ${version ? `\`${version}\` can be moved` : 'is not named'}`,
        version && /^v?\d+\.\d+\.\d+/.test(version) ? 'note' : undefined,
      )
  }
}
