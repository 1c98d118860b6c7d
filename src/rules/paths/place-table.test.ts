import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import * as delicate from './delicate.ts'
import { DEEP, intersects, isPattern, QUESTION, STAR, UNKNOWN } from './pattern.ts'
import { absoluteTable, belowTable } from './place-table.ts'
import { isWithin } from './posix.ts'

const absolute = [...delicate.systemCredentials, ...delicate.systemPersistence, ...delicate.records]
const below = [...delicate.homeCredentials, ...delicate.agentSettings, ...delicate.homePersistence]
const absolutes = absoluteTable(absolute)
const belows = belowTable(below)

/** Paths near the entries: pieces taken from them, with marks put in and cut off anywhere. */
const nearly = (entries: readonly string[]) =>
  fc
    .tuple(
      fc.constantFrom(...entries),
      fc.array(fc.tuple(fc.nat(40), fc.constantFrom(STAR, QUESTION, DEEP, UNKNOWN, '/', 'x', '')), {
        maxLength: 3,
      }),
      fc.nat(60),
    )
    .map(([entry, changes, length]) =>
      changes
        .reduce((text, [at, mark]) => text.slice(0, at) + mark + text.slice(at + 1), entry)
        .slice(0, length),
    )

test.prop([nearly(absolute)])('an absolute table finds what a look at every entry finds', path => {
  expect(absolutes.some(path)).toBe(absolute.some(glob => intersects(path, glob)))
  expect(absolutes.some(path, isPattern)).toBe(
    absolute.some(glob => isPattern(glob) && intersects(path, glob)),
  )
})

test.prop([nearly(below)])('a table below a folder finds what a look at every entry finds', path => {
  const listed = (entry: string) => {
    if (!entry.endsWith('/')) return intersects(path, entry)
    const folder = entry.slice(0, -1)
    if (!isPattern(path)) return isWithin(path, folder)
    return intersects(path, folder) || intersects(path, `${folder}/${DEEP}`)
  }
  expect(belows.some(path)).toBe(below.some(listed))
})
