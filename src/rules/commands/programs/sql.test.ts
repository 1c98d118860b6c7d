import { describe, expect, it } from 'vitest'
import { DESTROYS, withoutTexts } from './sql.ts'

const destroys = (sql: string) => DESTROYS.test(withoutTexts(sql))

describe('statements that drop or empty', () => {
  it.each([`SELECT 'DROP TABLE users' AS example`, `SELECT * FROM log WHERE text = 'it''s DROP TABLE x'`])(
    'are not seen in a text: %s',
    sql => {
      expect(destroys(sql)).toBe(false)
    },
  )

  it.each([
    `DROP TABLE users`,
    `SELECT 'a'; DROP TABLE users; SELECT 'b'`,
    `SELECT "'"; DROP TABLE users; SELECT "'"`,
    `SELECT '\\'; DROP TABLE users; -- '`,
    `SELECT 1 -- it's\n; DROP TABLE users; -- '`,
    `PREPARE s FROM 'DROP TABLE users'; EXECUTE s`,
    `DO $$ BEGIN EXECUTE 'DROP TABLE users'; END $$`,
  ])('are seen beside texts: %s', sql => {
    expect(destroys(sql)).toBe(true)
  })
})
