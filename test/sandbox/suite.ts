import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Backend, Job, Person, ProbePolicy } from './backend.ts'
import { type Probe, startedIn, tail } from './probe.ts'
import { basePolicy, makeScene, type Scene } from './scene.ts'

/** An ordinary user without an entry in any list; whom the sandbox becomes, and who calls it where the test itself is root. */
export const ordinary: Person = { uid: 64_021, gid: 64_021 }
export const self: Person = { uid: process.getuid!(), gid: process.getgid!() }

const native = join(import.meta.dirname, 'native')

/** What the machine lacks of the sandbox and of the suite; on one that cannot run them the probes are skipped aloud. */
export function missingPrograms(): readonly string[] {
  const needed = ['bwrap', 'prlimit', 'setpriv', 'nsenter', 'socat', 'gcc', 'python3', 'git', 'make', 'npm']
  const folders = (process.env['PATH'] ?? '').split(':').concat('/usr/bin', '/usr/sbin')
  return needed.filter(name => !folders.some(folder => existsSync(join(folder, name))))
}

/** Compiles the attacks that are written in C into a folder that everybody may read. */
export function makeTools(): string {
  const tools = mkdtempSync(join(tmpdir(), 'portcullis-sandbox-tools-'))
  chmodSync(tools, 0o755)
  execFileSync('gcc', ['-O1', '-w', '-o', join(tools, 'attacks'), join(native, 'attacks.c')])
  execFileSync('gcc', ['-shared', '-fPIC', '-o', join(tools, 'preload.so'), join(native, 'preload.c')])
  copyFileSync(join(native, 'proxy_client.py'), join(tools, 'proxy_client.py'))
  return tools
}

/** Runs one probe in a scene of its own; null where the sandbox held, else what was seen. */
export async function runProbe(
  probe: Probe,
  backend: Backend,
  person: Person,
  tools: string,
): Promise<string | null> {
  const scene = makeScene(tools, person.uid === 0 && !backend.ownsAsRoot ? ordinary : person)
  try {
    await probe.prepare?.(scene)
    for (let round = 0; round < (probe.repeat ?? 1); round++) {
      const wrong = await tryOnce(probe, backend, person, scene)
      if (wrong !== null) return wrong
    }
    return null
  } finally {
    await scene.close()
  }
}

async function tryOnce(probe: Probe, backend: Backend, person: Person, scene: Scene): Promise<string | null> {
  const job = jobOf(probe, scene)
  const again = (argv: readonly string[]) => backend.run({ ...job, argv }, person)
  const [outcome] = await Promise.all([backend.run(job, person), probe.during?.(scene, again)])
  if (probe.mayRefuse && outcome.exit === 126 && !startedIn(outcome)) return null
  if (probe.id[0] !== 'C' && !startedIn(outcome)) return `it never started: ${tail(outcome)}`
  const wrong = await probe.judge({ scene, outcome })
  return wrong === null ? null : `${wrong} [${tail(outcome)}]`
}

/** The probe as a job; the common policy with what the probe changes. */
export function jobOf(probe: Pick<Probe, 'argv' | 'policy' | 'env' | 'job'>, scene: Scene): Job {
  return {
    policy: merged(basePolicy(scene), probe.policy?.(scene) ?? {}),
    argv: probe.argv(scene),
    cwd: scene.work,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', HOME: scene.home, ...probe.env?.(scene) },
    ...probe.job?.(scene),
  }
}

function merged(base: ProbePolicy, change: ReturnType<NonNullable<Probe['policy']>>): ProbePolicy {
  return {
    filesystem: { ...base.filesystem, ...change.filesystem },
    network: { ...base.network, ...change.network },
    env: { ...base.env, ...change.env },
    limits: { ...base.limits, ...change.limits },
  }
}

/** Whether the probe means something for this caller. */
export function concerns(probe: Probe, person: Person): boolean {
  return probe.only === undefined || (probe.only === 'root') === (person.uid === 0)
}
