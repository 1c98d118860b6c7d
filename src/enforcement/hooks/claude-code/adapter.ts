import type { AgentAdapter } from '../adapter.ts'
import { abilities, answer, refuse } from './answer.ts'
import { parseEvent } from './event.ts'
import { translate } from './translate.ts'

export const claudeCode: AgentAdapter = {
  name: 'claude-code',
  parse: parseEvent,
  translate,
  abilities,
  answer,
  refuse,
}
