import { request } from 'node:http'
import { PortcullisError } from '../kernel/errors.ts'

const DEADLINE_MS = 3000
const MAX_ANSWER_BYTES = 8 << 20

/** Asks the running decision service over its unix socket; rejects with `service.unreachable`. */
export function askService(socket: string, method: 'GET' | 'POST', path: string, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (what: string, cause?: unknown) =>
      reject(
        new PortcullisError(
          'service.unreachable',
          `the decision service at \`${socket}\` ${what}`,
          'start it with `portcullis up`',
          cause,
        ),
      )
    const call = request(
      {
        socketPath: socket,
        method,
        path,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        signal: AbortSignal.timeout(DEADLINE_MS),
      },
      response => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
          if (text.length > MAX_ANSWER_BYTES) call.destroy(new Error('answer too long'))
        })
        response.on('error', error => fail('broke off its answer', error))
        response.on('end', () =>
          response.statusCode === 200
            ? resolve(text)
            : (rejectWith(text, reject) ?? fail(`answered ${response.statusCode}`)),
        )
      },
    )
    call.on('error', error => fail('does not answer', error))
    call.end(body)
  })
}

/** Rejects with the service's own reason, when it gave one. */
function rejectWith(text: string, reject: (error: PortcullisError) => void): true | undefined {
  const error = reasonIn(text)
  if (error) reject(error)
  return error && true
}

function reasonIn(text: string): PortcullisError | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: Partial<PortcullisError> }
    const { code, message, remedy } = error ?? {}
    if (code !== 'break-glass.refused' && code !== 'usage') return undefined
    return new PortcullisError(code, String(message), String(remedy))
  } catch {
    // No JSON: the status is all that is known.
    return undefined
  }
}
