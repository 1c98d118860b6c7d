import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { auditContainers } from '../../src/rules/containers/audit.ts'
import { readCases } from './cases.ts'

const SIZE = 256 * 1024
/** Of a processor that others use too: an honest file of this size takes some tens. */
const PATIENCE_MS = 1_500

const fill = (piece: string) => piece.repeat(Math.ceil(SIZE / piece.length))
const many = (count: number, line: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => line(at)).join('')

const variable = (name: string) => ['$', '{', name, '}'].join('')

/** Texts that are made to keep a reader busy or to end its stack. */
const texts: Readonly<Record<string, readonly [path: string, text: string]>> = {
  'open braces of variables': ['compose.yaml', `services:\n  a:\n    image: "${fill('${A:-')}"\n`],
  'nested defaults': [
    'Dockerfile',
    `FROM x\nARG A=${'${A:-'.repeat(20_000)}${'}'.repeat(20_000)}\nUSER $A\n`,
  ],
  'doubling arguments': ['Dockerfile', `FROM x\nARG A=xx\n${many(64, () => 'ARG A=$A$A$A\n')}USER $A\n`],
  'doubling values of .env': ['compose.yaml', `services: {a: {image: "${variable('A63')}"}}\n`],
  'many services': ['compose.yaml', `services:\n${many(3_000, at => `  s${at}: {image: x}\n`)}`],
  'a long chain of services': [
    'compose.yaml',
    `services:\n${many(1_000, at => `  s${at}: {extends: s${at + 1}}\n`)}`,
  ],
  'services that extend one many times': [
    'compose.yaml',
    `services:\n  b: {volumes: [${many(500, at => `/v${at}:/v${at},`)}]}\n${many(300, at => `  s${at}: {extends: b}\n`)}`,
  ],
  'aliases of aliases': [
    'compose.yaml',
    `a0: &a0 [x]\n${many(40, at => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}, *a${at}]\n`)}services: {a: {image: x, volumes: *a40, cap_add: *a40}}\n`,
  ],
  'merges of merges': [
    'compose.yaml',
    `a0: &a0 {k: 1}\n${many(40, at => `a${at + 1}: &a${at + 1}\n  <<: [*a${at}, *a${at}]\n`)}services: {a: *a40}\n`,
  ],
  'deep maps': ['pod.yaml', `apiVersion: v1\nkind: Pod\n${many(300, at => `${' '.repeat(at)}a:\n`)}`],
  'many containers': [
    'pod.yaml',
    `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n${many(3_000, at => `  - {name: c${at}, image: x}\n`)}`,
  ],
  'many documents': [
    'pod.yaml',
    many(2_000, at => `---\napiVersion: v1\nkind: Pod\nspec: {containers: [{name: c${at}, image: x}]}\n`),
  ],
  'many stages': ['Dockerfile', many(3_000, at => `FROM x AS s${at}\n`)],
  'stages upon stages': [
    'Dockerfile',
    `FROM x AS s0\nUSER 1\n${many(2_000, at => `FROM s${at} AS s${at + 1}\nENV A${at}=1\n`)}`,
  ],
  'one long word': ['Dockerfile', `FROM ${fill('a')}\n`],
  'open quotes': ['Dockerfile', `FROM x\nENV A="${fill('a"')}\n`],
  'here-documents': ['Dockerfile', `FROM x\nRUN ${fill('<<A ')}\n`],
  'continued lines': ['Dockerfile', `FROM x\nRUN a ${fill('\\\n')}`],
  'options of a command': ['a.sh', `docker run ${fill('-v /a:/b ')} x\n`],
  'letters in a heap': ['a.sh', `docker run -${fill('i')} x\n`],
  'commands in commands': ['a.sh', `${'$('.repeat(2_000)}docker run --privileged x${')'.repeat(2_000)}\n`],
  'many commands': ['a.sh', fill('docker run x\n')],
  'fields with quotes': ['a.sh', `docker run --mount '${fill('"')}' x\n`],
}

describe('a hostile text ends soon, and never throws', () => {
  test.each(Object.entries(texts))('%s', (_, [path, text]) => {
    const env = many(64, at => `A${at}=${at === 0 ? 'xx' : variable(`A${at - 1}`).repeat(2)}\n`)
    const before = process.cpuUsage()
    const {
      findings,
      troubles,
      texts: read,
    } = auditContainers(path, text, { readFile: name => (name === '.env' ? env : undefined) })
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(PATIENCE_MS)
    expect(findings.length + troubles.length).toBeGreaterThan(0)
    for (const { file, start, end } of findings)
      expect(start <= end && end <= read.get(file)!.length).toBe(true)
  })
})

const cases = readCases(() => true)
property.prop([fc.constantFrom(...cases), fc.nat(), fc.nat(6), fc.string({ maxLength: 6 })], {
  numRuns: 1_500,
})(
  'a case that was cut and filled anywhere is read without a throw, and its findings stand in it',
  ({ path, text, files }, at, length, filling) => {
    const start = at % (text.length + 1)
    const mutated = text.slice(0, start) + filling + text.slice(start + length)
    const {
      findings,
      troubles,
      texts: read,
    } = auditContainers(path, mutated, { readFile: name => files?.[name] })
    for (const { why } of troubles) expect(why).not.toBe('the reader failed on it')
    for (const one of findings)
      expect(one.start <= one.end && one.end <= read.get(one.file)!.length).toBe(true)
  },
)
