import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, test } from '@fast-check/vitest'
import { afterAll, describe, expect } from 'vitest'
import { refusalCodes } from './refusals.ts'
import { type ScriptRules, validateScript } from './validate.ts'

const place = mkdtempSync(join(tmpdir(), 'portcullis-validate-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))
const hook = join(place, 'hook')
const rules: ScriptRules = {
  trusted: [process.geteuid?.() ?? 0],
  home: '/home/me',
  pins: new Map(),
  mustBePinned: false,
}

function validate(bytes: string | Uint8Array, more: Partial<ScriptRules> = {}) {
  writeFileSync(hook, bytes)
  chmodSync(hook, 0o700)
  return validateScript(hook, { ...rules, ...more })
}

const piece = fc.constantFrom(
  ...[
    '#!',
    '/bin/sh',
    '/usr/bin/env',
    ' ',
    'bash',
    '-e',
    '-c',
    '\n',
    '\r',
    '\t',
    '\0',
    '\ufeff',
    'echo hi',
    '\u2028',
  ],
)
const almost = fc.array(piece, { maxLength: 8 }).map(pieces => new TextEncoder().encode(pieces.join('')))

describe('whatever a file holds', () => {
  test.prop([fc.oneof(fc.uint8Array({ maxLength: 80 }), almost)], { numRuns: 400 })(
    'it is judged without a fault, and what may start is text with a listed interpreter',
    bytes => {
      const { refusals, script } = validate(bytes)
      for (const { code, remedy } of refusals) {
        expect(refusalCodes).toContain(code)
        expect(remedy).not.toBe('')
      }
      if (refusals.length > 0) return
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
      expect(text).toMatch(
        /^#![ \t]*\/(?:usr\/(?:local\/)?)?bin\/(?:env[ \t]+)?(?:sh|bash|dash|python3|node|perl)[ \t]*(?:-[a-zA-Z]+[ \t]*)?(?:\n|$)/,
      )
      expect(script!.bytes.equals(bytes)).toBe(true)
    },
  )
})

describe('what was accepted when a script was pinned', () => {
  const text = '#!/bin/sh\nrm -rf /\n'
  const { sha256 } = validate(text).script!
  const pinned = (accepted: readonly string[], hash = sha256) => ({
    pins: new Map([[hook, { sha256: hash, accepted }]]),
  })

  test('lets the very harm pass that was named', () => {
    expect(validate(text, pinned(['command.deletes-protected-folder'])).refusals).toEqual([])
  })

  test('and no other, nor that in other bytes', () => {
    expect(validate(text, pinned([])).refusals.map(({ code }) => code)).toEqual(['script.is-dangerous'])
    expect(validate(text, pinned(['command.reads-credential'])).refusals).toHaveLength(1)
    const other = validate(`${text}\n`, pinned(['command.deletes-protected-folder']))
    expect(other.refusals.map(({ code }) => code)).toEqual(['script.differs-from-pin', 'script.is-dangerous'])
  })
})
