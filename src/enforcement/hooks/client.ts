import { request } from 'node:http'
import type { HookAnswer } from './adapter.ts'
import type { Caller } from './handle.ts'

/**
 * Asks the decision service for the answer to one event. Null when nobody usable answers in time: the caller must
 * then decide itself, or deny. Never throws.
 */
export function askService(
  socket: string,
  agent: string,
  event: Uint8Array,
  caller: Caller,
  deadlineMs: number,
): Promise<HookAnswer | null> {
  return new Promise(resolve => {
    const asking = request({
      socketPath: socket,
      path: `/v1/hooks/${agent}`,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': event.length, ...placeOf(caller) },
    })
    const timer = setTimeout(() => finish(null), deadlineMs)
    function finish(answer: HookAnswer | null) {
      clearTimeout(timer)
      asking.destroy()
      resolve(answer)
    }
    asking.once('error', () => finish(null))
    asking.once('response', response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.once('error', () => finish(null))
      response.once('end', () => finish(usable(response.statusCode, Buffer.concat(chunks).toString('utf8'))))
    })
    asking.end(event)
  })
}

function placeOf({ cwd, project, environment }: Caller): Record<string, string> {
  const headers: Record<string, string> = { 'x-portcullis-cwd': latin1(cwd) }
  if (project !== undefined) headers['x-portcullis-project'] = latin1(project)
  if (environment !== undefined) headers['x-portcullis-environment'] = environment
  return headers
}

/** Header values are bytes; a control character cannot be one, and such a folder counts as unknown. */
function latin1(path: string): string {
  return /[\x00-\x1f\x7f]/.test(path) ? '' : Buffer.from(path, 'utf8').toString('latin1')
}

/** Only a JSON object with status 200 and a refusal with its reason count as answers; an empty 200 would read as consent. */
function usable(status: number | undefined, body: string): HookAnswer | null {
  if (status === 403 && body !== '') return { body: '', exitCode: 2, stderr: body }
  if (status !== 200) return null
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { body, exitCode: 0 } : null
  } catch {
    return null
  }
}
