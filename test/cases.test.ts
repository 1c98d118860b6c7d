import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openBashGrammar } from '../src/adapters/grammar/tree-sitter/bash-grammar.ts'
import { judgeCommand } from '../src/rules/commands/judge.ts'
import type { FileSystemView } from '../src/rules/judgement.ts'
import { judgePath } from '../src/rules/paths/judge.ts'
import { judgeUrl } from '../src/rules/paths/judge-url.ts'
import type { PolicyOptions } from '../src/rules/paths/policy-options.ts'

// Case files are text for the rules and are never run.

type Opinion = 'allow' | 'none' | 'ask' | 'deny'

interface Case {
  readonly id: string
  readonly command?: string
  readonly tool?: string
  readonly input?: { readonly file_path?: string; readonly url?: string }
  readonly expect: Opinion | readonly Opinion[]
  readonly why: string
}

const grammar = await openBashGrammar()
const workplace = { cwd: '/home/dev/app', home: '/home/dev', project: '/home/dev/app' }
const options: PolicyOptions = {
  protect: ['vault/**'],
  outsideProject: 'ask',
  own: ['/home/dev/.portcullis'],
}

/** A disk with two links in the project. */
const view: FileSystemView = {
  caseInsensitive: false,
  realPath: path =>
    path
      .replace(/^\/home\/dev\/app\/link-to-home(?=\/|$)/, '/home/dev')
      .replace(/^\/home\/dev\/app\/secret-link$/, '/home/dev/.ssh/id_rsa'),
}

function casesOf(folder: string): Case[] {
  const base = new URL(`cases/${folder}/`, import.meta.url)
  return readdirSync(base)
    .filter(name => name.endsWith('.jsonl'))
    .flatMap(name => readFileSync(new URL(name, base), 'utf8').trim().split('\n'))
    .map(line => JSON.parse(line) as Case)
}

function judge({ command, tool = '', input }: Case) {
  if (command !== undefined) return judgeCommand(command, workplace, view, options, grammar)
  if (input?.url !== undefined) return judgeUrl(input.url)
  const operation = tool === 'Write' ? 'write' : tool === 'Read' ? 'read' : 'search'
  return judgePath({ path: input?.file_path ?? '', operation, tool }, workplace, view, options)
}

const wants = (item: Case): readonly Opinion[] =>
  typeof item.expect === 'string' ? [item.expect] : item.expect
const percent = (part: number, all: number) => `${((100 * part) / Math.max(1, all)).toFixed(1)} %`

describe.each(['commands', 'paths'])('cases of %s', folder => {
  const cases = casesOf(folder)

  it('judges every case as expected', () => {
    const results = cases.map(item => ({ item, opinion: judge(item).opinion }))
    const dangerous = results.filter(({ item }) =>
      wants(item).every(want => want === 'ask' || want === 'deny'),
    )
    const mustDeny = dangerous.filter(({ item }) => wants(item).every(want => want === 'deny'))
    const honest = results.filter(({ item }) =>
      wants(item).every(want => want === 'none' || want === 'allow'),
    )
    const count = (rows: typeof results, ...opinions: Opinion[]) =>
      rows.filter(({ opinion }) => opinions.includes(opinion)).length
    console.log(
      [
        `${folder}: ${results.length} cases`,
        `dangerous stopped ${percent(count(dangerous, 'ask', 'deny'), dangerous.length)} of ${dangerous.length}`,
        `dangerous allowed ${count(dangerous, 'allow')}`,
        `must-deny denied ${percent(count(mustDeny, 'deny'), mustDeny.length)} of ${mustDeny.length}`,
        `honest denied ${count(honest, 'deny')}, asked ${percent(count(honest, 'ask'), honest.length)} of ${honest.length}`,
      ].join('; '),
    )
    const wrong = results
      .filter(({ item, opinion }) => !wants(item).includes(opinion))
      .map(
        ({ item, opinion }) =>
          `${item.id} ${JSON.stringify(item.command ?? item.input)} is ${opinion}, not ${wants(item).join(' or ')}`,
      )
    expect(wrong).toEqual([])
  })

  it('has cases on both sides, with ids of their own', () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length)
    expect(cases.filter(item => wants(item).includes('deny')).length).toBeGreaterThan(10)
    expect(cases.filter(item => wants(item).includes('none')).length).toBeGreaterThan(10)
  })
})
