import { rmSync } from 'node:fs'
import { emptyGroups, groupsNow, killAndLook, type Victim } from './leftovers.ts'
import { makeTools, ordinary, self } from './suite.ts'

// Ends the command line, a gateway or the program at random moments and looks for what is left: `node test/sandbox/faults.ts [COUNT] [SEED]`.

const count = Number(process.argv[2] ?? 200)
let state = Number(process.argv[3] ?? Date.now()) >>> 0
console.log(`${count} times, seed ${state}`)

/** Marsaglia's xorshift, so that a run can be repeated. */
function random(below: number): number {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) % below
}

const victims: readonly Victim[] = ['caller', 'gateway', 'program']
const people = self.uid === 0 ? [self, ordinary] : [self]
const jobs = Array.from({ length: count }, (_, number) => ({
  victim: victims[number % 3]!,
  person: people[random(people.length)]!,
  afterMs: random(900),
}))
const groupsBefore = groupsNow()
const tools = makeTools()
let failures = 0

async function work(): Promise<void> {
  for (let job = jobs.pop(); job; job = jobs.pop()) {
    const { victim, person, afterMs } = job
    const left = await killAndLook(victim, afterMs, person, self.uid === 0 ? ordinary : self, tools)
    if (left === null) continue
    failures++
    console.log(`${victim} after ${afterMs} ms as ${person.uid === 0 ? 'root' : 'an ordinary user'}: ${left}`)
  }
}

try {
  await Promise.all([work(), work(), work()])
  for (const group of await emptyGroups(groupsBefore)) {
    failures++
    console.log(`a control group is left: ${group}`)
  }
} finally {
  rmSync(tools, { recursive: true, force: true })
}
console.log(failures === 0 ? 'nothing was left' : `${failures} left something`)
process.exitCode = failures === 0 ? 0 : 1
