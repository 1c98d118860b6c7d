import { execFileSync } from 'node:child_process'
import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { quote } from './quote.ts'

const word = fc.string({
  unit: fc.oneof(fc.constantFrom(...'\'"\\$`\n\t\x1b a-;&|*é'), fc.string({ maxLength: 1 })),
})

test.prop([word.filter(text => !text.includes('\0'))], { numRuns: 50 })(
  'a shell reads back every word, and no control character stands in it',
  text => {
    const quoted = quote(text)
    expect(quoted).not.toMatch(/[\u0000-\u001f\u007f]/)
    expect(execFileSync('/bin/bash', ['-c', `printf %s ${quoted}`], { encoding: 'utf8' })).toBe(text)
  },
)
