import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { type Paths, resolvePaths } from '../config/paths.ts'
import type { Admission, RunTerms, WantedRun } from '../enforcement/exec/admit.ts'
import type { SandboxVerdict } from '../enforcement/exec/verdict.ts'
import { PortcullisError } from '../kernel/errors.ts'
import type { GlobalOptions, Terminal } from './terminal.ts'

/** A run that may begin. */
export interface AdmittedRun {
  readonly terms: RunTerms
  readonly notices: readonly string[]
  /** Puts on record what the run did against its limits and its policy. */
  ended(verdict: SandboxVerdict): Promise<void>
}

/** One of the ways to the guard. */
interface Doorkeeper {
  admit(wanted: WantedRun): Promise<Admission>
  ended(id: string, verdict: SandboxVerdict): Promise<void>
}

/**
 * Asks the guard whether a command may run: the service, or the same engine in this process. Where nothing is set up
 * there is no policy to ask and no journal to write, and the sandbox alone holds. Throws `sandbox.refused` for a denial.
 */
export async function admitRun(
  argv: readonly string[],
  options: GlobalOptions,
  terminal: Terminal,
): Promise<AdmittedRun> {
  const paths = resolvePaths({ config: options.config, data: options.data, env: terminal.env })
  const isNamed = options.config !== undefined
  const { cwd } = terminal
  const home = resolve(terminal.env['HOME'] || homedir())
  const wanted = { argv, workplace: { cwd, home, project: cwd } }
  for (const doorkeeper of [viaService(paths), inProcess(paths, isNamed, terminal)]) {
    const admission = await doorkeeper?.admit(wanted).catch(onlyUnreachable)
    if (!doorkeeper || !admission) continue
    if (admission.effect === 'deny') throw denied(admission)
    const { id, terms, notices } = admission
    return {
      terms,
      notices,
      ended: async verdict => {
        if (verdict.violations.length > 0) await doorkeeper.ended(id, verdict)
      },
    }
  }
  return { terms: { limits: null, profile: null }, notices: [], ended: async () => {} }
}

/** Nobody there is the one fault after which the next way is tried; any other is a refusal. */
function onlyUnreachable(error: unknown): null {
  if (error instanceof PortcullisError && error.code === 'service.unreachable') return null
  throw error
}

function viaService({ socket }: Paths): Doorkeeper | null {
  if (!existsSync(socket)) return null
  const ask = async (path: string, body: object) => {
    const { askService } = await import('./service-client.ts')
    return askService(socket, 'POST', path, JSON.stringify(body))
  }
  return {
    admit: async wanted => JSON.parse(await ask('/v1/exec/admit', wanted)) as Admission,
    ended: async (id, verdict) => void (await ask('/v1/exec/ended', { id, verdict })),
  }
}

/** The journal belongs to one process at a time, and a run may be long: it is opened for each of the two moments. */
function inProcess(paths: Paths, isNamed: boolean, { env, cwd }: Terminal): Doorkeeper | null {
  if (!isNamed && !existsSync(paths.config) && !existsSync(paths.audit)) return null
  const withGuard = async <T>(work: (deployment: Awaited<ReturnType<typeof open>>) => Promise<T>) => {
    const deployment = await open()
    try {
      return await work(deployment)
    } finally {
      await deployment.close()
    }
  }
  const open = async () => {
    const { loadConfig } = await import('../config/load.ts')
    const { composeGuard } = await import('./compose.ts')
    return composeGuard(paths, await loadConfig(paths.config, { mustExist: isNamed }), env, undefined, cwd)
  }
  return {
    async admit(wanted) {
      const { admit } = await import('../enforcement/exec/admit.ts')
      return withGuard(deployment => admit(wanted, deployment))
    },
    async ended(id, verdict) {
      const { recordEnd } = await import('../enforcement/exec/admit.ts')
      await withGuard(deployment => recordEnd({ id, verdict }, deployment))
    },
  }
}

function denied({ id, reasons }: Extract<Admission, { effect: 'deny' }>): PortcullisError {
  const said = reasons.map(({ code, message }) => `${message} (${code})`).join('; ')
  const remedies = [...new Set(reasons.map(({ remedy }) => remedy))].join('; ')
  return new PortcullisError(
    'sandbox.refused',
    `denied: ${said}`,
    `${remedies}; \`portcullis explain ${id}\` tells more`,
  )
}
