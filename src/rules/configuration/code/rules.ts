import type { Rule } from '../rule.ts'

export const codeRules: Readonly<Record<string, Rule>> = {}
