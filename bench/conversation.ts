import { readFileSync } from 'node:fs'
import type { AccessRequest } from '../src/access/request.ts'
import { configSchema } from '../src/config/schema.ts'
import { readMessagesBody } from '../src/enforcement/gateway/body.ts'
import { inspect } from '../src/enforcement/gateway/inspect.ts'
import { createScanMemory, type ScanMemory } from '../src/enforcement/gateway/memory.ts'
import { createSecretJudge } from '../src/guard/validation/secrets.ts'
import { createSecretEngine } from '../src/rules/secrets/engine.ts'

/**
 * Prints what one turn of a growing conversation costs the gateway: reading the body, scanning what is new, masking again
 * what was masked. Ten kilobytes come with each turn, a secret with every tenth; user CPU time, with the memory of scanned
 * messages and without it, in turns.
 */

const TURNS = 200
const NEW_BYTES = 10_000
const SHOWN = [1, 10, 25, 50, 100, 150, 200]

const engine = createSecretEngine({
  placeholder: kind => `<masked:${kind}:00000000>`,
  minimumGrade: 'likely',
})
const judge = createSecretJudge(engine, configSchema.parse({}).validation)
const source = readFileSync(new URL('../src/config/schema.ts', import.meta.url), 'utf8').repeat(3)
const planted = ['gh', 'p_', 'aB3dE6gH1jK2mN4pQ5rS7tU8vW9xY0zAbC1d'].join('')

// Once over, so that the figures are of compiled code.
run(createScanMemory(65_536), 40)
run(null, 40)

const remembered = run(createScanMemory(65_536), TURNS)
const forgotten = run(null, TURNS)
console.log('turn   body KB   with memory ms   without ms')
for (const turn of SHOWN) {
  const { bytes, milliseconds } = remembered[turn - 1]!
  const without = forgotten[turn - 1]!.milliseconds
  const cells = [String(turn), (bytes / 1000).toFixed(0), milliseconds.toFixed(2), without.toFixed(2)]
  console.log(cells.map((cell, index) => cell.padStart([4, 10, 17, 13][index]!)).join(''))
}
const total = (turns: typeof remembered) => turns.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
console.log(
  `all   ${''.padStart(8)}${total(remembered).toFixed(0).padStart(17)}${total(forgotten).toFixed(0).padStart(13)}`,
)

function run(memory: ScanMemory | null, turns: number) {
  const messages: object[] = []
  const costs: { bytes: number; milliseconds: number }[] = []
  for (let turn = 1; turn <= turns; turn++) {
    const start = (turn * 997) % source.length
    const text = (source.slice(start) + source).slice(0, NEW_BYTES - 100)
    messages.push(
      { role: 'user', content: `${turn} ${text} ${turn % 10 === 0 ? planted : ''}` },
      { role: 'assistant', content: [{ type: 'text', text: `done with ${turn}` }] },
    )
    const bytes = Buffer.from(JSON.stringify({ model: 'claude-x', max_tokens: 1, messages }))
    costs.push({ bytes: bytes.length, milliseconds: costOf(bytes, memory ?? createScanMemory(1)) })
  }
  return costs
}

function costOf(bytes: Buffer, memory: ScanMemory): number {
  const before = process.cpuUsage().user
  const inspection = inspect(bytes, readMessagesBody(bytes).units, memory, engine)
  const request = { action: 'model:invoke', resource: { texts: inspection.texts } } as AccessRequest
  const { obligations } = judge(request)
  const findings = obligations.flatMap(one => (one.type === 'mask' ? one.findings : []))
  const discharged = inspection.discharge(findings)
  if (discharged === null) throw new Error('a finding could not be masked')
  discharged.remember()
  return (process.cpuUsage().user - before) / 1000
}
