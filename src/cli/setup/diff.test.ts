import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { unifiedDiff } from './diff.ts'

test('equal texts have no diff', () => {
  expect(unifiedDiff('f', 'a\n', 'a\n')).toBe('')
})

test('a change is shown with its neighbours', () => {
  const before = ['1', '2', '3', '4', '5', '6', '7', '8', '9'].join('\n')
  const diff = unifiedDiff('f', `${before}\n`, `${before.replace('5', 'five')}\n`)
  expect(diff).toBe('--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n')
})

test('a file that comes or goes is shown whole', () => {
  expect(unifiedDiff('f', null, 'a\nb\n')).toBe('--- /dev/null\n+++ f\n@@ -0,0 +1,2 @@\n+a\n+b\n')
  expect(unifiedDiff('f', 'a\n', null)).toBe('--- f\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-a\n')
})

test('changes far apart get hunks of their own', () => {
  const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`)
  const changed = lines.with(2, 'first').with(35, 'second')
  const diff = unifiedDiff('f', `${lines.join('\n')}\n`, `${changed.join('\n')}\n`)
  expect(diff.match(/^@@/gm)).toHaveLength(2)
})

const text = fc
  .array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 12 })
  .map(lines => `${lines.join('\n')}\n`)

property.prop([text, text])('what is removed and added leads from one text to the other', (before, after) => {
  const diff = unifiedDiff('f', before, after)
  expect(apply(before, diff)).toBe(after)
})

/** Applies a diff as `patch` would. */
function apply(before: string, diff: string): string {
  const source = before.split('\n').slice(0, -1)
  const result: string[] = []
  let at = 0
  for (const line of diff.split('\n').slice(2, -1)) {
    const head = /^@@ -(\d+),(\d+) /.exec(line)
    if (head) {
      const start = Number(head[1]) - (head[2] === '0' ? 0 : 1)
      while (at < start) result.push(source[at++]!)
    } else if (line.startsWith('+')) result.push(line.slice(1))
    else {
      expect(source[at]).toBe(line.slice(1))
      if (line.startsWith(' ')) result.push(source[at]!)
      at++
    }
  }
  return [...result, ...source.slice(at)].map(line => `${line}\n`).join('')
}
