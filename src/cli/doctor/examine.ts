import { existsSync, readdirSync } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { request } from 'node:http'
import { verifyJournal } from '../../audit/verify.ts'
import { loadConfig } from '../../config/load.ts'
import type { Paths } from '../../config/paths.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { policySummary } from '../policy/effective.ts'
import { askService } from '../service-client.ts'
import { checkAgents } from './agents.ts'
import { bad, type Check } from './check.ts'
import { checkSandbox } from './sandbox.ts'

const CANARY_MS = 8000

/** Looks at one thing after the other and yields what it found; nothing is changed but the log, which gains the canaries. */
export async function* examine(
  paths: Paths,
  env: NodeJS.ProcessEnv,
  { configIsNamed = false, live = false } = {},
): AsyncGenerator<Check> {
  yield await checkConfig(paths, configIsNamed)
  yield await checkPrivate('home folder', paths.home)
  yield await checkPrivate('key folder', paths.keys)
  const status = await serviceStatus(paths)
  yield status.check
  if (status.gateway) yield await checkGatewayCanary(status.gateway)
  yield await checkJournal(paths)
  yield* checkSandbox()
  yield* checkAgents(paths, env, { configIsNamed, live })
}

async function checkConfig({ config }: Paths, isNamed: boolean): Promise<Check> {
  try {
    const { expired } = policySummary(await loadConfig(config, { mustExist: isNamed }), Date.now())
    if (expired.length > 0) {
      const found = `\`${config}\` holds exceptions that are over and count no more: ${expired.join(', ')}`
      const remedy = 'take them out, or give them a new last day'
      return { name: 'configuration', state: 'warning', found, remedy }
    }
    const found = existsSync(config) ? `\`${config}\` is valid` : 'no file, the safe defaults hold'
    return { name: 'configuration', state: 'good', found }
  } catch (error) {
    return bad('configuration', error)
  }
}

async function checkPrivate(name: string, folder: string): Promise<Check> {
  const found = await lstat(folder).catch(() => null)
  if (!found)
    return {
      name,
      state: 'warning',
      found: `\`${folder}\` does not exist yet`,
      remedy: 'run `portcullis init`',
    }
  if ((found.mode & 0o077) === 0) return { name, state: 'good', found: `\`${folder}\` is private` }
  return { name, state: 'bad', found: `\`${folder}\` is open to others`, remedy: `chmod 700 '${folder}'` }
}

async function serviceStatus(paths: Paths): Promise<{ check: Check; gateway?: string }> {
  const name = 'decision service'
  try {
    const { gateway, journal, grammar } = JSON.parse(await askService(paths.socket, 'GET', '/v1/status')) as {
      gateway: string
      journal: { writable: boolean }
      grammar?: object | null
    }
    if (journal.writable && grammar === null) {
      const found = 'answers, but its second grammar could not be loaded, so no command is affirmed'
      const check: Check = { name, state: 'warning', found, remedy: 'install the package again (`npm ci`)' }
      return { check, gateway }
    }
    if (journal.writable)
      return { check: { name, state: 'good', found: `answers on \`${paths.socket}\`` }, gateway }
    const remedy = 'free disk space and look at `portcullis audit verify`'
    return { check: { name, state: 'bad', found: 'cannot write the journal', remedy }, gateway }
  } catch (error) {
    const remedy = 'start it with `portcullis up`; until then hooks decide in their own process'
    const found = error instanceof PortcullisError ? 'not running' : 'gave an unreadable answer'
    return { check: { name, state: 'warning', found, remedy } }
  }
}

/** Sends a body with a key given twice: it must be refused here and never reach the upstream. */
async function checkGatewayCanary(gateway: string): Promise<Check> {
  const name = 'gateway canary'
  const body = '{"model":"canary","model":"other","max_tokens":1,"messages":[]}'
  try {
    const { status, id } = await post(`${gateway}/v1/messages`, body)
    if (status === 400 && id) return { name, state: 'good', found: `an ambiguous body was refused (${id})` }
    if (status === 401) return { name, state: 'good', found: 'a request without a client key was refused' }
    return { name, state: 'bad', found: `answered ${status} to a body it must refuse`, remedy: 'report this' }
  } catch (error) {
    return bad(name, error)
  }
}

function post(url: string, body: string) {
  return new Promise<{ status: number; id: string | undefined }>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const call = request(
      url,
      { method: 'POST', headers, signal: AbortSignal.timeout(CANARY_MS) },
      response => {
        response.resume()
        const id = response.headers['request-id']
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, id: Array.isArray(id) ? id[0] : id }),
        )
      },
    )
    call.on('error', reject)
    call.end(body)
  })
}

function isSegment(file: string): boolean {
  return file.startsWith('segment-')
}

async function checkJournal(paths: Paths): Promise<Check> {
  const name = 'journal'
  // A pinned key without a journal is no beginning: somebody took the log away.
  const isPinned = existsSync(paths.trust) && readdirSync(paths.trust).length > 0
  if (!isPinned && (!existsSync(paths.audit) || !readdirSync(paths.audit).some(isSegment))) {
    return { name, state: 'warning', found: 'no decision was recorded yet' }
  }
  try {
    const report = await verifyJournal({ folder: paths.audit, trust: paths.trust })
    if (report.status === 'tampered') {
      const where = report.problem ? `: ${report.problem.what}` : ''
      return { name, state: 'bad', found: `tampered with${where}`, remedy: 'see `portcullis audit verify`' }
    }
    return { name, state: 'good', found: `${report.records} records, whole` }
  } catch (error) {
    return bad(name, error)
  }
}
