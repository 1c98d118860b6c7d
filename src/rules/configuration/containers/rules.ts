import type { Rule } from '../rule.ts'

export const containerRules: Readonly<Record<string, Rule>> = {}
