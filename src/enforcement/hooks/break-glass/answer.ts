import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { PortcullisError } from '../../../kernel/errors.ts'
import { readBounded } from '../read-bounded.ts'
import type { BreakGlass } from './break-glass.ts'

const asking = z.strictObject({
  pid: z.int().positive(),
  minutes: z.number(),
  reason: z.string().max(4_000),
  session: z.string().optional(),
})
const confirming = z.strictObject({ request: z.string(), word: z.string().max(200) })

interface Answer {
  readonly status: number
  readonly body: object
}

/** `POST /v1/break-glass/{ask,confirm,end}`; a refusal is 403 with its reason. */
export async function answerBreakGlass(
  path: string,
  incoming: IncomingMessage,
  glass: BreakGlass,
): Promise<Answer> {
  try {
    const body: unknown = JSON.parse((await readBounded(incoming)).toString('utf8') || '{}')
    return { status: 200, body: await act(path.slice('/v1/break-glass/'.length), body, glass) }
  } catch (error) {
    if (!(error instanceof PortcullisError)) throw error
    const { code, message, remedy } = error
    return { status: 403, body: { error: { code, message, remedy } } }
  }
}

async function act(verb: string, body: unknown, glass: BreakGlass): Promise<object> {
  if (verb === 'ask') {
    const { session, ...rest } = read(asking, body)
    return glass.ask({ ...rest, ...(session !== undefined && { session }) })
  }
  if (verb === 'confirm') return glass.confirm(read(confirming, body))
  // To end it needs no proof: it only makes the guard stricter.
  if (verb === 'end') return { ended: await glass.end('asked') }
  throw new PortcullisError('usage', 'no such path', 'see `portcullis break-glass --help`')
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw new PortcullisError(
    'usage',
    'the request is not well-formed',
    'use `portcullis break-glass`',
    parsed.error,
  )
}
