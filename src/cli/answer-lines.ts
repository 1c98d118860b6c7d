import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import { PortcullisError } from '../kernel/errors.ts'
import type { Terminal } from './terminal.ts'

type Answer = (line: string, number: number) => object | Promise<object>

/**
 * Answers every line of stdin with one line of JSON, in order; empty ones are passed over. A line that cannot be read is
 * answered `{id?, line, error}`, the rest goes on, and the result says that there was one: the exit code is then 2.
 */
export async function answerLines({ stdin, stdout }: Terminal, answer: Answer): Promise<'all' | 'faults'> {
  let number = 0
  let isFaulty = false
  for await (const line of createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++
    if (line.trim() === '') continue
    const result = await answerOrFault(line, number, answer)
    isFaulty ||= 'error' in result
    await writeText(stdout, `${JSON.stringify(result)}\n`)
  }
  return isFaulty ? 'faults' : 'all'
}

/** A reader slower than the work must not make the answers pile up. */
export async function writeText(stdout: Writable, text: string): Promise<void> {
  if (text === '' || stdout.write(text)) return
  await new Promise(done => stdout.once('drain', done))
}

/** What we know how to explain is answered; a defect of ours ends the command. */
async function answerOrFault(line: string, number: number, answer: Answer): Promise<object> {
  try {
    return await answer(line, number)
  } catch (error) {
    if (!(error instanceof PortcullisError)) throw error
    const { code, message, remedy } = error
    return { ...idIn(line), line: number, error: { code, message, remedy } }
  }
}

function idIn(line: string): { id?: string | number } {
  try {
    const { id } = (JSON.parse(line) ?? {}) as { id?: unknown }
    return typeof id === 'string' || typeof id === 'number' ? { id } : {}
  } catch {
    // Not JSON, which is what the answer says.
    return {}
  }
}
