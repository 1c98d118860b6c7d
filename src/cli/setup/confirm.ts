import { createInterface } from 'node:readline/promises'
import { PortcullisError } from '../../kernel/errors.ts'
import type { Terminal } from '../terminal.ts'

/** Asks a yes-or-no question at a terminal. Without one nobody can answer, so it throws `usage`. */
export async function confirm(question: string, terminal: Terminal): Promise<boolean> {
  if (!terminal.stdin.isTTY) {
    throw new PortcullisError(
      'usage',
      'there is no terminal to ask at',
      'add --yes to go on, or --dry-run to look',
    )
  }
  const lines = createInterface({ input: terminal.stdin, output: terminal.stderr })
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim())
  } finally {
    lines.close()
  }
}
