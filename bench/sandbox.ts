import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attacks } from '../test/sandbox/attacks/all.ts'
import { controls } from '../test/sandbox/attacks/controls.ts'
import { type Backend, commandBackend, type Person } from '../test/sandbox/backend.ts'
import { commandInvocation, commandLine, homeFor, Library, launcher } from '../test/sandbox/ours.ts'
import { bare, bubblewrap, firejail, sandboxRuntime } from '../test/sandbox/peers.ts'
import type { Probe } from '../test/sandbox/probe.ts'
import { makeScene } from '../test/sandbox/scene.ts'
import { concerns, jobOf, makeTools, ordinary, runProbe, self } from '../test/sandbox/suite.ts'
import { installed } from './process.ts'

// What a sandbox costs at the start of a program, beside others; with `--probes` also what each holds of the attacks in
// test/sandbox. `node bench/sandbox.ts [--probes] [--rounds 40] [--only NAME]`

const SANDBOX_RUNTIME = '0.0.83'
const rounds = Number(flag('--rounds') ?? 40)
const only = flag('--only')

function flag(name: string): string | undefined {
  const at = process.argv.indexOf(name)
  return at < 0 ? undefined : process.argv[at + 1]
}

/** An account with a shell where there is one: firejail serves nobody else. */
function accountWithShell(): Person {
  const found = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
    .find(fields => Number(fields[2]) > 0 && /\/(ba|da)?sh$/.test(fields[6] ?? ''))
  return found ? { uid: Number(found[2]), gid: Number(found[3]) } : ordinary
}

/** sandbox-runtime of npm, in a folder below `.cache`; null, said aloud, when it cannot be had. */
function findSandboxRuntime(): Backend | null {
  const folder = join(import.meta.dirname, '..', '.cache', 'peers', `sandbox-runtime-${SANDBOX_RUNTIME}`)
  try {
    if (!existsSync(join(folder, 'node_modules', '.bin', 'srt'))) {
      mkdirSync(folder, { recursive: true })
      const quiet = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
      const wanted = `@anthropic-ai/sandbox-runtime@${SANDBOX_RUNTIME}`
      const env = { ...process.env, NODE_USE_SYSTEM_CA: '1' }
      execFileSync('npm', ['install', '--prefix', folder, ...quiet, wanted], { env, stdio: 'pipe' })
    }
    return sandboxRuntime(folder)
  } catch (error) {
    console.log(`sandbox-runtime is left out: ${(error as Error).message.split('\n')[0]}`)
    return null
  }
}

/** `./portcullis exec` from its one file, with a warm cache of compiled code as a data folder has it. */
function warm(about: Backend, invoke: typeof commandInvocation): Backend {
  return commandBackend(about, (job, person) => {
    const cache = join(caches, String(person.uid))
    mkdirSync(cache, { recursive: true, mode: 0o700 })
    if (person.uid !== self.uid) chownSync(cache, person.uid, person.gid)
    const { argv, env } = invoke(job, person)
    return { argv, env: { ...env, NODE_COMPILE_CACHE: cache } }
  })
}

/** Without a policy file: the profile that holds where nothing is said. */
const asTyped: typeof commandInvocation = ({ argv, cwd }, person) => ({
  argv: [launcher, 'exec', '--', ...argv],
  env: { PORTCULLIS_HOME: homeFor(cwd, person) },
})

async function measure(backends: readonly Backend[], person: Person): Promise<void> {
  const times = new Map(backends.map(backend => [backend, [] as number[]]))
  for (let round = 0; round < rounds + 3; round++) {
    for (const [backend, list] of times) {
      const scene = makeScene(tools, person.uid === 0 && !backend.ownsAsRoot ? ordinary : person)
      const limits = { timeoutSeconds: 3600 }
      const job = jobOf({ argv: () => ['/bin/true'], policy: () => ({ limits }) }, scene)
      const { exit, ms, stderr } = await backend.run(job, person)
      if (exit !== 0) throw new Error(`${backend.name} ended with ${exit}: ${stderr}`)
      if (round >= 3) list.push(ms)
      await scene.close()
    }
  }
  const floor = at(times.get(bare)!, 0.5)
  for (const [{ name }, list] of times) {
    const figures = [0, 0.5, 0.99].map(share => at(list, share).toFixed(1).padStart(7)).join('')
    console.log(`${name.padEnd(24)}${figures}   ${(at(list, 0.5) - floor).toFixed(1)} over plain`)
  }
}

function at(list: readonly number[], share: number): number {
  const sorted = list.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}

/** How many probes of each kind a sandbox holds. */
async function score(backend: Backend, person: Person): Promise<void> {
  const kinds = Object.entries({ controls, ...attacks }).filter(
    ([kind]) => kind !== 'proxy' || backend.hasAllowList,
  )
  const failed: string[] = []
  const columns: string[] = []
  for (const [kind, probes] of kinds) {
    const wanted = probes.filter(
      probe => concerns(probe, person) && (backend.hasAllowList || !/^C3/.test(probe.id)),
    )
    const wrong = await failing(wanted, backend, person)
    columns.push(`${kind} ${wanted.length - wrong.length}/${wanted.length}`)
    failed.push(...wrong)
  }
  console.log(`${backend.name.padEnd(24)}${columns.join(', ')}`)
  if (failed.length > 0) console.log(`${' '.repeat(24)}not held: ${failed.toSorted().join(' ')}`)
}

async function failing(probes: readonly Probe[], backend: Backend, person: Person): Promise<string[]> {
  const waiting = [...probes]
  const failed: string[] = []
  const work = async () => {
    for (let probe = waiting.shift(); probe; probe = waiting.shift())
      if ((await runProbe(probe, backend, person, tools)) !== null) failed.push(probe.id)
  }
  await Promise.all([work(), work(), work()])
  return failed
}

const tools = makeTools()
execFileSync(process.execPath, [join(import.meta.dirname, '..', 'build', 'bundle-exec.ts')], {
  stdio: 'ignore',
})
const caches = mkdtempSync(join(tmpdir(), 'portcullis-bench-cache-'))
chmodSync(caches, 0o755)
const library = new Library()
try {
  const runtime = findSandboxRuntime()
  const peers = [...(installed('firejail') ? [firejail] : []), ...(runtime ? [runtime] : [])]
  const typed = warm({ ...commandLine, name: 'portcullis exec -- true' }, asTyped)
  const ours = [library, warm(commandLine, commandInvocation)]
  const isWanted = ({ name }: Backend) => only === undefined || name.includes(only)
  for (const person of self.uid === 0 ? [accountWithShell(), self] : [self]) {
    console.log(
      `\n/bin/true, ${person.uid === 0 ? 'root' : 'an ordinary user'}, ${rounds} rounds in turns: least, p50, p99 in ms`,
    )
    await measure([bare, ...[bubblewrap, ...ours, typed, ...peers].filter(isWanted)], person)
    if (!process.argv.includes('--probes')) continue
    console.log('\nprobes held')
    for (const backend of [bubblewrap, ...peers, ...ours].filter(isWanted)) await score(backend, person)
  }
} finally {
  await library.close()
  for (const folder of [tools, caches]) rmSync(folder, { recursive: true, force: true })
}
