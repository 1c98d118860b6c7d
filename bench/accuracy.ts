import { readdirSync, readFileSync } from 'node:fs'
import { openBashGrammar } from '../src/adapters/grammar/tree-sitter/bash-grammar.ts'
import { judgeCommand } from '../src/rules/commands/judge.ts'
import type { FileSystemView, Judgement } from '../src/rules/judgement.ts'
import type { PolicyOptions } from '../src/rules/paths/policy-options.ts'

// What the rules say of every case, by class; the cases are text and are never run. `node bench/accuracy.ts`

type Opinion = Judgement['opinion']

interface Case {
  readonly command: string
  readonly expect: Opinion | readonly Opinion[]
  readonly class?: string
}

interface Judged {
  readonly group: string
  readonly kind: 'dangerous' | 'honest' | 'either'
  readonly mustDeny: boolean
  readonly opinion: Opinion
}

const workplace = { cwd: '/home/dev/app', home: '/home/dev', project: '/home/dev/app' }
const options: PolicyOptions = {
  protect: ['vault/**'],
  outsideProject: 'ask',
  own: ['/home/dev/.portcullis'],
}
/** The disk that the cases are written for: two links in the project. */
const view: FileSystemView = {
  caseInsensitive: false,
  realPath: path =>
    path
      .replace(/^\/home\/dev\/app\/link-to-home(?=\/|$)/, '/home/dev')
      .replace(/^\/home\/dev\/app\/secret-link$/, '/home/dev/.ssh/id_rsa'),
}

const grammar = await openBashGrammar()
const folder = new URL('../test/cases/commands/', import.meta.url)
const judged = readdirSync(folder)
  .filter(name => name.endsWith('.jsonl'))
  .toSorted()
  .flatMap(file =>
    readFileSync(new URL(file, folder), 'utf8')
      .trim()
      .split('\n')
      .map(line => judge(JSON.parse(line) as Case, file.replace('.jsonl', ''))),
  )

function judge({ command, expect, class: name }: Case, file: string): Judged {
  const wanted = typeof expect === 'string' ? [expect] : expect
  const isDangerous = wanted.every(opinion => opinion === 'ask' || opinion === 'deny')
  const isHonest = wanted.every(opinion => opinion === 'none' || opinion === 'allow')
  return {
    group: name ?? file,
    kind: isDangerous ? 'dangerous' : isHonest ? 'honest' : 'either',
    mustDeny: wanted.every(opinion => opinion === 'deny'),
    opinion: judgeCommand(command, workplace, view, options, grammar).opinion,
  }
}

function row(group: string, cases: readonly Judged[]): string {
  const dangerous = cases.filter(({ kind }) => kind === 'dangerous')
  const mustDeny = cases.filter(({ mustDeny }) => mustDeny)
  const honest = cases.filter(({ kind }) => kind === 'honest')
  const cells = [
    dangerous.length,
    share(dangerous, 'ask', 'deny'),
    dangerous.length === 0 ? '' : count(dangerous, 'allow'),
    mustDeny.length,
    share(mustDeny, 'deny'),
    honest.length,
    share(honest, 'deny'),
    share(honest, 'ask'),
    share(honest, 'allow'),
  ]
  return `| ${group} | ${cells.map(cell => (cell === 0 ? '–' : cell)).join(' | ')} |`
}

function count(cases: readonly Judged[], ...opinions: Opinion[]): string {
  return String(cases.filter(({ opinion }) => opinions.includes(opinion)).length)
}

function share(cases: readonly Judged[], ...opinions: Opinion[]): string {
  if (cases.length === 0) return ''
  return `${((100 * Number(count(cases, ...opinions))) / cases.length).toFixed(1)} %`
}

console.log(
  '| class | dangerous | stopped | auto-approved | must deny | denied | honest | denied | asked | affirmed |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |')
for (const [group, cases] of Object.entries(Object.groupBy(judged, ({ group }) => group)))
  console.log(row(group, cases ?? []))
console.log(row('**all**', judged))
