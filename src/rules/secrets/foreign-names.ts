import { inspectGeneric } from './assignment.ts'
import type { Scan, Trigger } from './scan.ts'

/** Words for a password whose last letter is beyond ASCII. Lower case. */
const words = [
  ...['пароль', 'парола', 'лозинка', 'κωδικός', 'κωδικόσ', 'סיסמה', 'סיסמא', 'رمز عبور'],
  ...[
    'كلمة المرور',
    'كلمة السر',
    'पासवर्ड',
    'รหัสผ่าน',
    '密码',
    '密碼',
    '口令',
    'パスワード',
    '暗証番号',
    '비밀번호',
    '암호',
  ],
]

/** Words whose last letters are ASCII: what stands before them, and from the last letter beyond ASCII on the rest. */
const endings = [
  ['has', 'ło'],
  ['', 'şifre'],
  ['l', 'ösenord'],
  ['mật kh', 'ẩu'],
] as const

const LONGEST = 12

const wordsOn = new Map<number, string[]>()
for (const word of words)
  for (const last of [word.at(-1)!, word.at(-1)!.toUpperCase()])
    wordsOn.set(last.charCodeAt(0), [...(wordsOn.get(last.charCodeAt(0)) ?? []), word])

/**
 * All characters beyond ASCII are one to the automaton, so that it can only be asked for one next to ASCII: for what assigns
 * behind a word, or for the last letters of one.
 */
export function foreignNameTriggers(): Trigger[] {
  return [
    ...[':', '=', '"', "'", ' :', ' ='].map(sign => ({
      literal: `\u00ff${sign}`,
      exact: false,
      inspect: inspectBeyond,
    })),
    ...endings.map(([before, literal]) => ({
      literal,
      exact: true,
      inspect: (scan: Scan, start: number, end: number) => {
        const from = start - before.length
        if (from >= 0 && scan.text.slice(from, start).toLowerCase() === before)
          inspectGeneric(scan, from, end, 'password')
      },
    })),
  ]
}

function inspectBeyond(scan: Scan, start: number): void {
  const candidates = wordsOn.get(scan.text.charCodeAt(start))
  if (!candidates || scan.bytes[start - 1]! < 128) return
  const end = start + 1
  const before = scan.text.slice(Math.max(0, end - LONGEST), end).toLowerCase()
  const word = candidates.find(candidate => before.endsWith(candidate))
  if (word) inspectGeneric(scan, end - word.length, end, 'password')
}
