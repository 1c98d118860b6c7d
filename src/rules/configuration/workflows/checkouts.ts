import type { YamlValue } from '../yaml-file.ts'
import { expressionsIn, readExpression } from './expressions.ts'
import type { Job, Step, Workflow } from './github.ts'
import { takesCodeOfStrangers } from './triggers.ts'

/** Contexts that name a commit, branch or repository of whoever opened the request. */
const STRANGERS_COMMIT =
  /^(?:github\.head_ref|github\.event\.(?:pull_request\.(?:head\.(?:sha|ref|label|repo\.(?:full_name|clone_url|html_url|ssh_url|git_url|name|owner\.login))|merge_commit_sha|number)|number|issue\.number|workflow_run\.(?:head_(?:sha|branch|repository\.full_name|commit\.id)|pull_requests\.[^.]+\.(?:head\.(?:sha|ref)|number))|review\.commit_id|comment\.commit_id))$/

/** Actions that fetch a repository. */
const CHECKOUT =
  /^(?:actions\/checkout|taiki-e\/checkout-action|nschloe\/action-cached-lfs-checkout|bhacaz\/checkout-files)(?:@|$)/i

function namesStranger(text: string): boolean {
  if (/refs\/pull\/\S+\/(?:merge|head)/.test(text)) return true
  return expressionsIn(text).some(({ code }) =>
    readExpression(code).sources.some(source => STRANGERS_COMMIT.test(source)),
  )
}

/** Where a step fetches the code of a stranger; undefined when it does not. */
function checkoutOf({ file }: Workflow, step: Step, made: ReadonlySet<string>): YamlValue | undefined {
  if (step.uses && CHECKOUT.test(step.uses.text)) {
    const fields = [file.get(step.with, 'ref'), file.get(step.with, 'repository')]
    return fields.find(field => field && (namesStranger(field.text) || takesMade(field.text, made)))
  }
  const script = step.run?.text ?? ''
  if (/\bgh\s+pr\s+checkout\b|\bhub\s+pr\s+checkout\b/.test(script)) return step.run
  if (!/\bgit\b[^\n]*\b(?:fetch|checkout|switch|pull|merge|clone|worktree)\b/.test(script)) return undefined
  if (/\b(?:fetch|pull)\b[^\n]*\bpull\/[^\s]+\/(?:head|merge)\b/.test(script)) return step.run
  const lines = script
    .split('\n')
    .filter(line => /\bgit\b.*\b(?:fetch|checkout|switch|pull|merge|clone|worktree)\b/.test(line))
  const names = new Set(
    file
      .entries(step.env)
      .filter(({ value }) => namesStranger(value.text))
      .map(({ key }) => key),
  )
  const takesName = (line: string) =>
    [...names].some(name => new RegExp(`\\$\\{?${name.replace(/\W/g, '')}\\b`).test(line))
  return lines.some(line => namesStranger(line) || takesName(line)) ? step.run : undefined
}

/** `steps.pr.outputs.sha` of a step that asked for the request's commit. */
function takesMade(text: string, made: ReadonlySet<string>): boolean {
  return expressionsIn(text).some(({ code }) =>
    readExpression(code).sources.some(source =>
      made.has(/^steps\.([^.]+)\.outputs\.[^.]*(?:sha|ref|head|branch)[^.]*$/.exec(source)?.[1] ?? ''),
    ),
  )
}

/** Steps that look up the commit of a request and hand it on. */
function madeCommits({ file }: Workflow, steps: readonly Step[]): Set<string> {
  const ids = new Set<string>()
  for (const step of steps) {
    const id = file.get(step.value, 'id')?.text.toLowerCase()
    const action = step.uses?.text ?? ''
    const script = step.run?.text ?? file.get(step.with, 'script')?.text ?? ''
    if (
      id &&
      (/pull-request-comment-branch|get-pr|pull-request-head/i.test(action) ||
        /pulls?\b[^\n]*(?:head|get\()|headRef|head\.sha|head\.ref|\bgh pr view\b/.test(script))
    )
      ids.add(id)
  }
  return ids
}

export function judgeCheckouts(workflow: Workflow, job: Job): void {
  if (!takesCodeOfStrangers(workflow.triggers)) return
  const made = madeCommits(workflow, job.steps)
  for (const step of job.steps) {
    const place = checkoutOf(workflow, step, made)
    if (!place) continue
    workflow.report({
      rule: 'configuration.runs-code-of-strangers',
      start: place.start,
      end: place.isBlock ? place.start + 1 : place.end,
      message: 'the code of whoever opened the request is fetched into a job with secrets and a token',
    })
  }
}

/** Actions that keep a cache, and the inputs by which others do. */
const CACHE =
  /^(?:actions\/cache|swatinem\/rust-cache|mozilla-actions\/sccache-action|gradle\/actions\/setup-gradle|ruby\/setup-ruby|astral-sh\/setup-uv)(?:\/save|\/restore)?(?:@|$)/i
const CACHING_INPUTS: readonly (readonly [RegExp, RegExp])[] = [
  [/^cache$/, /^(?!false$|''?$).+/],
  [/^(?:cache-to|cache-from)$/, /type=gha/],
  [/^(?:enable-cache|bundler-cache|cache-dependencies)$/, /^true$/],
]
const PUBLISHES =
  /\b(?:npm|pnpm|yarn|cargo|poetry|uv|flit|hatch|gem|twine|dotnet nuget)\s+(?:publish|upload|push)\b|\btwine upload\b|\bgoreleaser\b|\bdocker push\b/
const PUBLISHER =
  /^(?:pypa\/gh-action-pypi-publish|goreleaser\/goreleaser-action|softprops\/action-gh-release|js-devtools\/npm-publish|rubygems\/release-gem|actions\/create-release|ncipollo\/release-action|changesets\/action)(?:@|$)/i

export function judgeCaches(workflow: Workflow, job: Job): void {
  const { file, triggers, report, root } = workflow
  const cache = job.steps.map(step => cacheOf(workflow, step)).find(place => place !== undefined)
  if (!cache) return
  const made = madeCommits(workflow, job.steps)
  const takesStrangers =
    takesCodeOfStrangers(triggers) && job.steps.some(step => checkoutOf(workflow, step, made))
  const tags = file.get(root, 'on', 'push', 'tags')
  const publishes = job.steps.some(
    step => PUBLISHES.test(step.run?.text ?? '') || PUBLISHER.test(step.uses?.text ?? ''),
  )
  const isRelease = triggers.has('release') || (tags !== undefined && publishes)
  if (!takesStrangers && !isRelease) return
  report({
    rule: 'configuration.may-poison-cache',
    start: cache.start,
    end: cache.end,
    message: takesStrangers
      ? 'a job that runs code of strangers writes the cache of the default branch'
      : 'what is published is built from a cache that other jobs can write',
    ...(!takesStrangers && { severity: 'note' as const, grade: 'possible' as const }),
  })
}

function cacheOf({ file }: Workflow, { uses, with: inputs }: Step): YamlValue | undefined {
  if (!uses) return undefined
  if (CACHE.test(uses.text) && !/ruby\/setup-ruby|setup-uv/.test(uses.text)) return uses
  const entry = file
    .entries(inputs)
    .find(({ key, value }) =>
      CACHING_INPUTS.some(([name, wanted]) => name.test(key) && wanted.test(value.text)),
    )
  return entry?.value
}

const DOWNLOAD =
  /^(?:actions\/download-artifact|dawidd6\/action-download-artifact|aochmann\/actions-download-artifact)(?:@|$)/i
/** What makes code or orders of a file that was unpacked. */
const USES_FILES =
  /(?:^|[\s;&|(])(?:\.\/|sh\s|bash\s|source\s|\.\s|node\s|python3?\s|make\b|npm\s|npx\s|pip\s|chmod\s\+x)|GITHUB_(?:ENV|PATH|OUTPUT)|\$\(\s*(?:cat|<)|`cat\b/m

export function judgeArtifacts(workflow: Workflow, job: Job): void {
  const { file, triggers, report } = workflow
  if (!takesCodeOfStrangers(triggers)) return
  let from: YamlValue | undefined
  for (const step of job.steps) {
    const isDownload = step.uses
      ? DOWNLOAD.test(step.uses.text)
      : /\bgh\s+run\s+download\b|actions\/artifacts\/|\/zip\b/.test(step.run?.text ?? '')
    const isScriptDownload = /downloadArtifact\b/.test(file.get(step.with, 'script')?.text ?? '')
    if (isDownload || isScriptDownload) from = step.uses ?? step.run
    else if (from && step.run && USES_FILES.test(step.run.text)) {
      report({
        rule: 'configuration.runs-downloaded-artifact',
        start: from.start,
        end: from.isBlock ? from.start + 1 : from.end,
        message: 'an artefact of a stranger’s job is unpacked, and later steps run or trust what lies there',
        grade: 'possible',
      })
      return
    }
  }
}

/** Checkout leaves its token in the folder; an upload of the whole folder takes it along. */
export function judgeUploads({ file, report }: Workflow, job: Job): void {
  const checkout = job.steps.find(({ uses }) => uses && /^actions\/checkout(?:@|$)/.test(uses.text))
  if (
    !checkout ||
    file.get(checkout.with, 'persist-credentials')?.text === 'false' ||
    file.get(checkout.with, 'path')
  )
    return
  for (const step of job.steps) {
    if (!step.uses || !/^actions\/upload-artifact(?:@|$)/.test(step.uses.text)) continue
    const path = file.get(step.with, 'path')
    const takesAll = path?.text
      .split('\n')
      .some(line =>
        /^(?:\.\/?|\.git\/?|\.\/\.git\/?|\*\*?|\$\{\{\s*github\.workspace\s*\}\}\/?|\.\/\*\*?)$/.test(
          line.trim(),
        ),
      )
    if (path && takesAll)
      report({
        rule: 'configuration.keeps-token-in-artifact',
        start: path.start,
        end: path.end,
        message: 'the whole folder of the checkout is uploaded, with the token in `.git/config`',
      })
  }
}
