import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { refusalCodes } from './refusals.ts'

const page = join(import.meta.dirname, '../../../../docs/hook-scripts.md')

test('the page about hook scripts names every reason, and no other', () => {
  const named = new Set(
    [...readFileSync(page, 'utf8').matchAll(/`(script\.[a-z-]+)`/g)].map(([, code]) => code),
  )
  expect([...named].toSorted()).toEqual(refusalCodes.toSorted())
})
