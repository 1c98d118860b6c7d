import type { Rule } from '../rule.ts'

export const settingsRules: Readonly<Record<string, Rule>> = {}
