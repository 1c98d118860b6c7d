import { rmSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { emptyGroups, groupsNow, killAndLook, type Victim } from './leftovers.ts'
import { makeTools, missingPrograms, ordinary, self } from './suite.ts'

const groupsBefore = groupsNow()
const missing = missingPrograms()
const tools = missing.length === 0 ? makeTools() : ''
afterAll(() => rmSync(tools, { recursive: true, force: true }))

/** Before the sandbox is there, while it is built, and while the program runs. */
const moments = [40, 400, 900]
const victims: readonly (readonly [Victim, string])[] = [
  ['caller', 'the command line is ended'],
  ['gateway', 'a program with several runs is ended'],
  ['program', 'a process of the sandbox is ended'],
]

describe.skipIf(missing.length > 0).concurrent('nothing is left', () => {
  for (const [victim, what] of victims)
    for (const moment of moments)
      for (const person of self.uid === 0 ? [self, ordinary] : [self])
        test(`when ${what} after ${moment} ms, called by ${person.uid === 0 ? 'root' : 'an ordinary user'}`, {
          timeout: 60_000,
        }, async () => {
          const owner = self.uid === 0 ? ordinary : self
          expect(await killAndLook(victim, moment, person, owner, tools)).toBeNull()
        })
})

test.skipIf(missing.length > 0)('no control group stays behind', async () => {
  expect(await emptyGroups(groupsBefore)).toEqual([])
})
