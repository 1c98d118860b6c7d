import { readdirSync, readFileSync } from 'node:fs'
import { auditContainers } from '../../src/rules/containers/audit.ts'
import { createSecretEngine } from '../../src/rules/secrets/engine.ts'

/** Case files are text for the rules; nothing in them is run. */
export interface Case {
  readonly id: string
  readonly reader: 'run' | 'compose' | 'dockerfile' | 'kubernetes'
  readonly path: string
  /** The rule that is asked about, without its common beginning. */
  readonly rule: string
  readonly expect: boolean
  readonly form: 'plain' | 'near' | 'hidden'
  readonly why: string
  readonly text: string
  /** Files beside it. */
  readonly files?: Readonly<Record<string, string>>
}

const folder = new URL('../cases/containers/', import.meta.url)

export function readCases(isWanted: (name: string) => boolean): Case[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.jsonl') && isWanted(name))
    .flatMap(name => readFileSync(new URL(name, folder), 'utf8').trim().split('\n'))
    .map(line => JSON.parse(line) as Case)
}

const secrets = createSecretEngine({ placeholder: kind => `<masked:${kind}>`, minimumGrade: 'possible' })

export function auditCase({ path, text, files }: Case) {
  return auditContainers(path, text, { secrets, readFile: name => files?.[name] })
}

export function isFound(item: Case): boolean {
  return auditCase(item).findings.some(({ rule }) => rule === `container.${item.rule}`)
}

/** Recall over what should be found, and how many near misses were raised. */
export function scoreOf(cases: readonly Case[]) {
  const wanted = cases.filter(({ expect }) => expect)
  const near = cases.filter(({ expect }) => !expect)
  return {
    wanted: wanted.length,
    found: wanted.filter(isFound).length,
    near: near.length,
    raised: near.filter(isFound).length,
  }
}
