import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installed, listening, type Subject, start } from './process.ts'

// The whole pipeline (client key, roles, limiter, request and reply scan, durable audit record) beside nginx that only relays.

const PORTS = { upstream: 18791, nginx: 18792, gateway: 18793, admin: 18794 }
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 4)
/** On a shared machine others only ever add, so of several rounds the least is nearest the truth. */
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 1)
/** V8 goes on compiling for many thousand requests; a gate that runs for days has that behind it. */
const WARM_SECONDS = Number(process.env['BENCH_WARM_SECONDS'] ?? 8)
const GATEWAY_CORE = 1
const LOAD_CORE = 0

interface Cell {
  readonly name: string
  readonly body: string
  readonly connections: number
}

interface Figures {
  readonly requestsPerSecond: number
  readonly cpuPerRequest: number
  readonly p50: number
  readonly p99: number
  readonly errors: number
}

export async function benchGateway(): Promise<void> {
  if (!installed('nginx', 'wrk')) {
    console.log('gateway: skipped, nginx and wrk are missing (apt-get install nginx-light wrk)')
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'))
  const subjects: Subject[] = []
  try {
    subjects.push(
      start(LOAD_CORE, process.execPath, [join(import.meta.dirname, 'upstream.ts'), String(PORTS.upstream)]),
    )
    const nginx = startNginx(folder)
    subjects.push(nginx)
    const { gateway, key } = startGateway(folder)
    subjects.push(gateway)
    await Promise.all([listening(PORTS.upstream), listening(PORTS.nginx), listening(PORTS.gateway)])
    report(cells(), folder, key, nginx, gateway)
  } finally {
    await Promise.all(subjects.map(subject => subject.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
}

function report(list: readonly Cell[], folder: string, key: string, nginx: Subject, gateway: Subject): void {
  console.log(
    'gateway beside nginx, full pipeline (key, roles, limit, request and reply scan, durable audit record)',
  )
  console.log(
    'case                          nginx µs   gate µs   ratio   gate rps    p50 ms   p99 ms  errors',
  )
  for (const cell of list.slice(1, 3)) warm(cell, folder, key)
  for (const cell of list) {
    const floors: Figures[] = []
    const gates: Figures[] = []
    for (let round = 0; round < ROUNDS; round++) {
      floors.push(load(cell, PORTS.nginx, folder, key, nginx))
      gates.push(load(cell, PORTS.gateway, folder, key, gateway))
    }
    const [floor, gate] = [least(floors), least(gates)]
    console.log(
      [
        cell.name.padEnd(28),
        floor.cpuPerRequest.toFixed(1).padStart(9),
        gate.cpuPerRequest.toFixed(1).padStart(9),
        `${(gate.cpuPerRequest / floor.cpuPerRequest).toFixed(1)}×`.padStart(7),
        gate.requestsPerSecond.toFixed(0).padStart(10),
        gate.p50.toFixed(2).padStart(9),
        gate.p99.toFixed(2).padStart(8),
        String(gate.errors).padStart(7),
      ].join(' '),
    )
    if (cell.connections === 1) {
      console.log(`  added p50 over nginx, unloaded: ${((gate.p50 - floor.p50) * 1000).toFixed(0)} µs`)
    }
  }
  console.log(
    `peak memory: gateway ${gateway.peakMegabytes().toFixed(0)} MB, nginx ${nginx.peakMegabytes().toFixed(0)} MB`,
  )
}

function cells(): Cell[] {
  return [
    { name: '4 KB JSON, 1 connection', body: body(4_000, false), connections: 1 },
    { name: '4 KB JSON, 32 connections', body: body(4_000, false), connections: 32 },
    { name: '60-event stream, 32', body: body(4_000, true), connections: 32 },
    { name: '200 KB JSON warm, 32', body: body(200_000, false), connections: 32 },
    { name: '200 KB JSON warm, 256', body: body(200_000, false), connections: 256 },
  ]
}

/** A conversation of about `size` bytes, as an agent sends it: many messages, prose and code. */
function body(size: number, stream: boolean): string {
  const prose =
    'Read the file and explain how the layers are joined; then run the tests and report what failed.\n'
  const messages = []
  for (let bytes = 0, turn = 0; bytes < size; turn++) {
    const text = `${turn}: ${prose.repeat(size > 10_000 ? 20 : 6)}`
    messages.push({ role: turn % 2 ? 'assistant' : 'user', content: [{ type: 'text', text }] })
    bytes += text.length + 60
  }
  return JSON.stringify({ model: 'claude-bench', max_tokens: 1024, stream, messages })
}

function warm(cell: Cell, folder: string, key: string): void {
  const script = writeScript(cell, folder, key)
  wrk(cell.connections, WARM_SECONDS, script, `http://127.0.0.1:${PORTS.gateway}/v1/messages?beta=true`)
}

/** The least of each figure over the rounds; errors add up. */
function least(rounds: readonly Figures[]): Figures {
  const min = (of: (figures: Figures) => number) => Math.min(...rounds.map(of))
  return {
    requestsPerSecond: Math.max(...rounds.map(round => round.requestsPerSecond)),
    cpuPerRequest: min(round => round.cpuPerRequest),
    p50: min(round => round.p50),
    p99: min(round => round.p99),
    errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
  }
}

function writeScript(cell: Cell, folder: string, key: string): string {
  const script = join(folder, 'request.lua')
  const bodyFile = join(folder, 'body.json')
  writeFileSync(bodyFile, cell.body)
  writeFileSync(script, luaScript(bodyFile, key))
  return script
}

function load(cell: Cell, port: number, folder: string, key: string, subject: Subject): Figures {
  const script = writeScript(cell, folder, key)
  const url = `http://127.0.0.1:${port}/v1/messages?beta=true`
  wrk(cell.connections, 1, script, url)
  const before = subject.cpuMicroseconds()
  const output = wrk(cell.connections, SECONDS, script, url)
  const used = subject.cpuMicroseconds() - before
  const [requests = 0, duration = 1, p50 = 0, p99 = 0, errors = 0] = output.split(' ').map(Number)
  return {
    requestsPerSecond: requests / (duration / 1e6),
    cpuPerRequest: used / requests,
    p50: p50 / 1000,
    p99: p99 / 1000,
    errors,
  }
}

function wrk(connections: number, seconds: number, script: string, url: string): string {
  const args = [
    '-c',
    String(LOAD_CORE),
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '10s',
    '-s',
    script,
    url,
  ]
  const output = execFileSync('taskset', args, { encoding: 'utf8' })
  return /^FIGURES (.*)$/m.exec(output)![1]!
}

function luaScript(bodyFile: string, key: string): string {
  return `
local file = io.open("${bodyFile}", "rb")
wrk.method = "POST"
wrk.body = file:read("*a")
file:close()
wrk.headers["content-type"] = "application/json"
wrk.headers["anthropic-version"] = "2023-06-01"
wrk.headers["x-api-key"] = "${key}"
function done(summary, latency, requests)
  local e = summary.errors
  print(string.format("FIGURES %d %d %d %d %d", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
`
}

function startNginx(folder: string): Subject {
  const config = join(folder, 'nginx.conf')
  mkdirSync(join(folder, 'nginx'))
  writeFileSync(
    config,
    `daemon off; master_process off; worker_processes 1; pid ${folder}/nginx.pid; error_log /dev/null;
events { worker_connections 2048; }
http {
  access_log off; client_max_body_size 32m; client_body_buffer_size 1m;
  client_body_temp_path ${folder}/nginx/body; proxy_temp_path ${folder}/nginx/proxy;
  fastcgi_temp_path ${folder}/nginx/f; uwsgi_temp_path ${folder}/nginx/u; scgi_temp_path ${folder}/nginx/s;
  keepalive_requests 1000000000;
  upstream model { server 127.0.0.1:${PORTS.upstream}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${PORTS.nginx} backlog=1024;
    location / { proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`,
  )
  return start(GATEWAY_CORE, '/usr/sbin/nginx', ['-c', config, '-e', '/dev/null'])
}

function startGateway(folder: string): { gateway: Subject; key: string } {
  const home = join(folder, 'home')
  mkdirSync(home, { mode: 0o700 })
  const config = join(home, 'portcullis.yaml')
  writeFileSync(
    config,
    `authentication: { mode: required }
network: { rateLimit: { requestsPerMinute: 1000000, burst: 1000000 } }
gateway: { upstream: { url: "http://127.0.0.1:${PORTS.upstream}" } }
`,
    { mode: 0o600 },
  )
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    PORTCULLIS_HOME: home,
    ANTHROPIC_API_KEY: 'made-up-for-the-bench',
  }
  const launcher = join(import.meta.dirname, '..', 'src', 'cli', 'main.ts')
  const created = execFileSync(process.execPath, [launcher, 'keys', 'create', '--json'], {
    env,
    encoding: 'utf8',
  })
  const { key } = JSON.parse(created) as { key: string }
  const gateway = start(
    GATEWAY_CORE,
    process.execPath,
    [launcher, 'up', '--port', String(PORTS.gateway), '--admin-port', String(PORTS.admin)],
    env,
  )
  return { gateway, key }
}

if (import.meta.main) await benchGateway()
