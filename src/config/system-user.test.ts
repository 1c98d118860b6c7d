import { execFileSync } from 'node:child_process'
import { userInfo } from 'node:os'
import { expect, test } from 'vitest'
import { systemUser } from './system-user.ts'

const isRoot = process.getuid?.() === 0

test('the user is named as the system does', () => {
  expect(systemUser()).toBe(userInfo().username)
})

test.skipIf(!isRoot)('a number without a name is told as one', () => {
  const program = `process.setgroups([]); const { systemUser } = await import(${JSON.stringify(new URL('./system-user.ts', import.meta.url).href)}); process.setuid(2_001_987_655); console.log(systemUser())`
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  expect(out).toBe('uid:2001987655\n')
})
