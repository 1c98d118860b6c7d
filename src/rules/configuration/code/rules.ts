import type { Rule } from '../rule.ts'

/** What is asked about source text alone; the rest it shares with shell text. */
export const codeRules: Readonly<Record<string, Rule>> = {
  'configuration.evaluates-downloaded-code': {
    question: 'Does a program evaluate code that it fetches?',
    why: 'Whoever controls the server, its name or the way there runs code in this program, with its rights.',
    remedy: 'ship the code with the program, or fetch data and read it as data',
    references: ['CWE-94', 'CWE-494', 'CWE-829'],
    severity: 'deny',
    threat: 'SUP-CHN-001',
  },
}
