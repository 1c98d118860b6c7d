import { z } from 'zod'
import { PortcullisError } from '../../kernel/errors.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'

const id = z.union([z.string(), z.number(), z.null()])
const scanLineSchema = z.object({ id, text: z.string() })
const maskLineSchema = z.object({ id, chunks: z.array(z.string()) })

/** `{id, text}` → `{id, findings: [{rule, grade, start, end}]}`; offsets are UTF-16 code units of `text`. */
export function scanLine(line: string, engine: SecretEngine) {
  const input = parseLine(line, scanLineSchema, '{"id": 1, "text": "…"}')
  const findings = engine.scan(input.text).map(({ rule, grade, start, end }) => ({ rule, grade, start, end }))
  return { id: input.id, findings }
}

/** `{id, chunks}` → the same number of chunks as a stream would release them; the rest comes with the last. */
export function maskLine(line: string, engine: SecretEngine) {
  const input = parseLine(line, maskLineSchema, '{"id": 1, "chunks": ["…"]}')
  const masker = engine.stream()
  const chunks = input.chunks.map(chunk => masker.push(chunk))
  if (chunks.length > 0) chunks[chunks.length - 1] += masker.end()
  return { id: input.id, chunks }
}

function parseLine<T>(line: string, schema: z.ZodType<T>, shape: string): T {
  const parsed = schema.safeParse(parseJson(line))
  if (parsed.success) return parsed.data
  throw new PortcullisError('usage', `the line is not \`${shape}\``, 'send one JSON object a line')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
