import { readCode } from '../code/source.ts'
import { judgeImage } from '../containers/images.ts'
import { reportInFile, rewritten } from '../passage.ts'
import type { Report } from '../rule.ts'
import { judgeVariable } from '../shell/environment.ts'
import { ATTACKER } from '../shell/marks.ts'
import { readShell } from '../shell/script.ts'
import { readYaml, type YamlFile, type YamlValue } from '../yaml-file.ts'
import { judgeAction } from './actions.ts'
import { codeInputs } from './attacker-texts.ts'
import { judgeArtifacts, judgeCaches, judgeCheckouts, judgeUploads } from './checkouts.ts'
import { judgeCondition } from './conditions.ts'
import { asShellVariables } from './expressions.ts'
import { isTainted, judgeInjection, judgeSecretsDump, taintedNames } from './injection.ts'
import { isRisky, judgePermissions, judgeRunner, triggersOf } from './triggers.ts'

/** What the readers of a workflow share. */
export interface Workflow {
  readonly file: YamlFile
  readonly root: YamlValue
  readonly triggers: ReadonlySet<string>
  readonly report: Report
}

export interface Job {
  readonly name: string
  readonly value: YamlValue
  readonly steps: readonly Step[]
}

export interface Step {
  readonly value: YamlValue
  readonly run: YamlValue | undefined
  readonly uses: YamlValue | undefined
  readonly with: YamlValue | undefined
  readonly env: YamlValue | undefined
}

/** Reads a workflow: who starts it, whose code and texts it runs, with what rights. */
export function readWorkflow(text: string, report: Report): void {
  const file = readYaml(text, report)
  for (const root of file?.roots ?? []) {
    const workflow: Workflow = { file: file!, root, triggers: triggersOf(file!, root), report }
    const jobs = jobsOf(workflow)
    judgePermissions(workflow, jobs)
    judgeVariables(workflow, file!.get(root, 'env'))
    const tainted = taintedNames(workflow, file!.get(root, 'env'))
    for (const job of jobs) judgeJob(workflow, job, tainted)
  }
}

/** Reads the steps of a composite action; its inputs are chosen by whoever uses it. */
export function readAction(text: string, report: Report): void {
  const file = readYaml(text, report)
  for (const root of file?.roots ?? []) {
    const workflow: Workflow = { file: file!, root, triggers: new Set(), report }
    const runs = file!.get(root, 'runs')
    const image = file!.get(runs, 'image')
    if (image && /^docker:\/\//.test(image.text)) judgeImage(image.text, image, report)
    if (runs)
      judgeSteps(
        workflow,
        { name: 'runs', value: runs, steps: stepsOf(file!, file!.get(runs, 'steps')) },
        new Set(),
      )
  }
}

/** The same job under many names is read once. */
function jobsOf({ file, root }: Workflow): Job[] {
  const seen = new Set<unknown>()
  return file.entries(file.get(root, 'jobs')).flatMap(({ key, value }) => {
    if (seen.has(value.node)) return []
    seen.add(value.node)
    return [{ name: key, value, steps: stepsOf(file, file.get(value, 'steps')) }]
  })
}

function stepsOf(file: YamlFile, steps: YamlValue | undefined): Step[] {
  const seen = new Set<unknown>()
  return file.items(steps).flatMap(value => {
    if (seen.has(value.node)) return []
    seen.add(value.node)
    const fields = new Map(file.entries(value).map(entry => [entry.key, entry.value]))
    return [
      {
        value,
        run: fields.get('run'),
        uses: fields.get('uses'),
        with: fields.get('with'),
        env: fields.get('env'),
      },
    ]
  })
}

function judgeJob(workflow: Workflow, job: Job, above: ReadonlySet<string>): void {
  const { file, report } = workflow
  const env = file.get(job.value, 'env')
  judgeVariables(workflow, env)
  judgeCondition(workflow, file.get(job.value, 'if'))
  judgeRunner(workflow, job)
  const uses = file.get(job.value, 'uses')
  if (uses) judgeAction(workflow, uses)
  const secrets = file.get(job.value, 'secrets')
  if (uses && secrets?.text === 'inherit' && !uses.text.startsWith('./'))
    report({
      rule: 'configuration.hands-over-all-secrets',
      start: secrets.start,
      end: secrets.end,
      message: `every secret is handed to \`${uses.text}\``,
    })
  judgeContainers(workflow, job)
  judgeSteps(workflow, job, new Set([...above, ...taintedNames(workflow, env)]))
  judgeCheckouts(workflow, job)
  judgeCaches(workflow, job)
  judgeArtifacts(workflow, job)
  judgeUploads(workflow, job)
}

function judgeSteps(workflow: Workflow, job: Job, above: ReadonlySet<string>): void {
  for (const step of job.steps) {
    const tainted = new Set([...above, ...taintedNames(workflow, step.env)])
    judgeVariables(workflow, step.env)
    judgeCondition(workflow, workflow.file.get(step.value, 'if'))
    if (step.uses) {
      judgeAction(workflow, step.uses)
      judgeInputs(workflow, step, tainted)
    }
    if (step.run) judgeRun(workflow, job, step, tainted)
  }
  judgeSecretsDump(workflow, job.value)
}

function judgeInputs(workflow: Workflow, step: Step, tainted: ReadonlySet<string>): void {
  const action = step.uses!.text.replace(/@.*$/, '')
  const inputs = codeInputs.filter(row => row.action.test(action))
  if (inputs.length === 0) return
  for (const { key, value } of workflow.file.entries(step.with)) {
    const row = inputs.find(({ input }) => input.test(key))
    if (row) judgeInjection(workflow, value, row.language, tainted)
  }
}

function judgeVariables({ file, report }: Workflow, env: YamlValue | undefined): void {
  for (const { key, keyStart, value } of file.entries(env)) {
    const isUnsecure = key === 'ACTIONS_ALLOW_UNSECURE_COMMANDS' && value.text === 'true'
    judgeVariable(key, value.text, { start: keyStart, end: value.end }, sighting =>
      report({
        ...sighting,
        ...(isUnsecure && { fix: { start: value.start, end: value.end, replacement: 'false' } }),
      }),
    )
  }
}

function judgeContainers({ file, report }: Workflow, { value }: Job): void {
  const container = file.get(value, 'container')
  const services = file.entries(file.get(value, 'services')).map(entry => entry.value)
  for (const place of [...(container ? [container] : []), ...services]) {
    const image = place.isScalar ? place : file.get(place, 'image')
    if (image?.isScalar) judgeImage(image.text, image, report)
    const password = file.get(place, 'credentials', 'password')
    if (password?.text && !password.text.includes('${{'))
      report({
        rule: 'configuration.keeps-password-in-workflow',
        start: password.start,
        end: password.end,
        message: 'the password of a registry stands in the workflow',
      })
  }
}

/** A step's script: what is put into it, and what it does itself, by the language it is in. */
function judgeRun(workflow: Workflow, job: Job, step: Step, tainted: ReadonlySet<string>): void {
  const { file, report, root } = workflow
  const run = step.run!
  const shell = [step.value, job.value, root].map((value, at) =>
    at === 0 ? file.get(value, 'shell') : file.get(value, 'defaults', 'run', 'shell'),
  )
  const language =
    shell.find(value => value !== undefined)?.text ?? (runsOnWindows(workflow, job) ? 'pwsh' : 'bash')
  judgeInjection(workflow, run, 'a script', tainted)
  const passage = rewritten(file.passage(run), asShellVariables)
  if (/^(?:bash|sh|zsh)\b/.test(language)) {
    const variables = new Map([...tainted].map(name => [name, ATTACKER]))
    for (const { key, value } of file.entries(step.env))
      if (!isTainted(workflow, value) && !/\$\{\{/.test(value.text)) variables.set(key, value.text)
    readShell(passage.text, reportInFile(report, passage), 'job', variables)
  } else if (/^python/.test(language)) readCode('python', passage.text, reportInFile(report, passage))
  else if (/^node\b/.test(language)) readCode('javascript', passage.text, reportInFile(report, passage))
  if (
    isRisky(workflow.triggers) &&
    /\$(?:\{?GITHUB_(?:ENV|PATH)\b|env:GITHUB_(?:ENV|PATH))|::set-env/.test(run.text) &&
    takesTextFromElsewhere(run.text, tainted)
  )
    report({
      rule: 'configuration.writes-environment-of-later-steps',
      start: run.start,
      end: Math.min(run.end, run.start + 1),
      message: 'a job that strangers can start writes what it was given into the environment of later steps',
      grade: 'possible',
    })
}

function takesTextFromElsewhere(script: string, tainted: ReadonlySet<string>): boolean {
  return (
    /\bcat\b|\bjq\b|\$\(\s*<|\bgrep\b|\bhead\b/.test(script) ||
    [...tainted].some(name => script.includes(name))
  )
}

function runsOnWindows({ file }: Workflow, { value }: Job): boolean {
  return /^windows/i.test(file.get(value, 'runs-on')?.text ?? '')
}
