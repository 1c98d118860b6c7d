import { readFileSync } from 'node:fs'
import { judgeCommand } from '../src/rules/commands/judge.ts'

// Time of one judgement on everyday commands; the cases are text and are never run. `node bench/commands.ts`

const view = { realPath: (path: string) => path, caseInsensitive: false }
const workplace = { cwd: '/home/dev/app', home: '/home/dev', project: '/home/dev/app' }

function commandsOf(name: string): string[] {
  const text = readFileSync(new URL(`../test/cases/commands/${name}.jsonl`, import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .map(line => (JSON.parse(line) as { command: string }).command)
}

for (const name of ['honest', 'destruction']) {
  const commands = commandsOf(name)
  const times: number[] = []
  for (let round = 0; round < 60; round++)
    for (const command of commands) {
      const started = performance.now()
      judgeCommand(command, workplace, view)
      if (round >= 20) times.push((performance.now() - started) * 1_000)
    }
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(times.length * share)]!.toFixed(0)
  console.log(
    `${name}: ${commands.length} commands, p50 ${at(0.5)} µs, p99 ${at(0.99)} µs, worst ${times.at(-1)!.toFixed(0)} µs`,
  )
}
