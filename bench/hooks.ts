import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { start } from './process.ts'

// The round trip of a hook as an agent sees it: from the start of `bin/portcullis-hook` to its end, with a service and
// without. `node bench/hooks.ts`; the events are judged and nothing is run.

const root = join(import.meta.dirname, '..')
const hook = join(root, 'bin/portcullis-hook')
const bundle = join(root, 'dist/portcullis-hook.cjs')
const home = mkdtempSync(join(tmpdir(), 'portcullis-bench-'))
const env = { PATH: '/usr/bin:/bin', HOME: home }
const event = JSON.stringify({
  session_id: 'bench',
  cwd: root,
  hook_event_name: 'PreToolUse',
  tool_name: 'Bash',
  tool_use_id: 'toolu_bench',
  tool_input: { command: 'git status && npm test -- --watch=false' },
})

function once(program: string, args: readonly string[], input: string): Promise<number> {
  const started = performance.now()
  const child = spawn(program, args, { cwd: root, env, stdio: ['pipe', 'pipe', 'ignore'] })
  let answer = ''
  child.stdout.on('data', (chunk: Buffer) => {
    answer += chunk
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.once('close', code => {
      if (program === hook && (code !== 0 || !answer.startsWith('{')))
        return reject(new Error(`the hook answered ${code}: ${answer}`))
      resolve(performance.now() - started)
    })
  })
}

async function measure(label: string, rounds: number, program: string, ...args: string[]): Promise<void> {
  const times: number[] = []
  for (let round = 0; round < rounds + 5; round++) times.push(await once(program, args, event))
  const sorted = times.slice(5).toSorted((a, b) => a - b)
  const at = (share: number) =>
    `${sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(1)} ms`
  console.log(`${label}: p50 ${at(0.5)}, p99 ${at(0.99)}, least ${at(0)}`)
}

try {
  await measure('floor, a program that does nothing', 100, '/bin/true')
  writeFileSync(join(home, 'answer'), '{}')
  await measure('floor, curl of a file', 50, 'curl', '--silent', `file://${join(home, 'answer')}`)
  await measure('hook without a service, one file', 15, hook, 'claude-code')
  if (existsSync(bundle)) {
    // A file that the sources are newer than is not used.
    const { atime, mtime } = statSync(bundle)
    utimesSync(bundle, 1, 1)
    try {
      await measure('hook without a service, from sources', 15, hook, 'claude-code')
    } finally {
      utimesSync(bundle, atime, mtime)
    }
  }
  const service = start(
    1,
    process.execPath,
    [join(root, 'src/cli/main.ts'), 'up', '--port', '0', '--admin-port', '0'],
    {
      ...process.env,
      HOME: home,
      PORTCULLIS_HOME: join(home, '.portcullis'),
    },
  )
  try {
    const socket = join(home, '.portcullis/data/portcullis.sock')
    for (let left = 200; !existsSync(socket) && left > 0; left--) await sleep(50)
    await measure('hook with the service', 200, hook, 'claude-code')
  } finally {
    await service.stop()
  }
} finally {
  rmSync(home, { recursive: true, force: true })
}
