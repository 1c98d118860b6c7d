import type { AgentAdapter } from '../adapter.ts'
import { abilities, answer, refuse } from './answer.ts'
import { parseEvent } from './event.ts'
import { NAME, translate } from './translate.ts'

export const geminiCli: AgentAdapter = {
  name: NAME,
  parse: parseEvent,
  translate,
  abilities,
  answer,
  refuse,
}
