import type { Rule } from '../rule.ts'

export const workflowRules: Readonly<Record<string, Rule>> = {}
