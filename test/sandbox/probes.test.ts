import { existsSync, rmSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { attacks } from './attacks/all.ts'
import { controls } from './attacks/controls.ts'
import type { Person } from './backend.ts'
import { Library } from './ours.ts'
import { bare } from './peers.ts'
import type { Probe } from './probe.ts'
import { concerns, makeTools, missingPrograms, ordinary, runProbe, self } from './suite.ts'

// Every attack and every honest program, as root and as an ordinary user, judged from outside. See README.md.

const missing = missingPrograms()
const tools = missing.length === 0 ? makeTools() : ''
const library = new Library()
afterAll(async () => {
  await library.close()
  rmSync(tools, { recursive: true, force: true })
})

const people: readonly [string, Person][] =
  self.uid === 0
    ? [
        ['called by root', self],
        ['called by an ordinary user', ordinary],
      ]
    : [['called by an ordinary user', self]]

describe.skipIf(missing.length > 0)(
  `the sandbox${missing.length > 0 ? ` (missing: ${missing.join(', ')})` : ''}`,
  () => {
    describe.for(people)('%s', ([, person]) => {
      for (const [kind, probes] of Object.entries({ ...attacks, 'honest programs': controls })) {
        describe(kind, () => {
          for (const probe of probes) attempt(probe, person)
        })
      }
    })

    function attempt(probe: Probe, person: Person): void {
      if (!concerns(probe, person)) return
      test.concurrent(`${probe.id} ${probe.title}`, { timeout: 60_000 }, async () => {
        expect(await runProbe(probe, library, person, tools)).toBeNull()
      })
    }
  },
)

/** A probe that no missing sandbox would fail proves nothing; these may be tried without one. */
describe.skipIf(missing.length > 0)('without any sandbox', () => {
  for (const probe of Object.values(attacks)
    .flat()
    .filter(({ harmless }) => harmless))
    test.concurrent(`${probe.id} is seen to get what it is after`, { timeout: 60_000 }, async () => {
      expect(await runProbe(probe, bare, self.uid === 0 ? ordinary : self, tools)).not.toBeNull()
    })
})

test('every probe has a name of its own', () => {
  const ids = [...Object.values(attacks).flat(), ...controls].map(({ id }) => id)
  expect(ids.length).toBe(new Set(ids).size)
  expect(Object.values(attacks).flat().length).toBeGreaterThanOrEqual(121)
})

test.runIf(process.env['CI'] && existsSync('/usr/bin/bwrap'))(
  'nothing is missing where it must not be',
  () => {
    expect(missing).toEqual([])
  },
)
