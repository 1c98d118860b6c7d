import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Description, Format } from '../src/rules/containers/generate/description.ts'
import { generate } from '../src/rules/containers/generate/generate.ts'

// The project's own container files, from the generator that everybody uses. A test holds them against this.

/** No image has it: what runs has to be named by its own, and until then nothing starts. */
const NO_DIGEST = `sha256:${'0'.repeat(64)}`
const HEALTHY =
  'fetch("http://127.0.0.1:8787/healthz").then(answer=>process.exit(answer.ok?0:1),()=>process.exit(1))'

const description: Description = {
  name: 'portcullis',
  image: '',
  user: '65532:65532',
  memory: '512m',
  cpus: '2',
  pids: 128,
  tmpfs: [{ path: '/tmp', size: '64m' }],
  volumes: [{ name: 'data', path: '/var/lib/portcullis' }],
  ports: [{ outside: 8787, inside: 8787 }],
  environment: [{ name: 'PORTCULLIS_HOME', value: '/var/lib/portcullis/home' }],
  passed: ['ANTHROPIC_API_KEY'],
  capabilities: [],
  network: 'portcullis',
  isInternal: false,
  subnet: '172.30.87.0/28',
  health: ['node', '-e', HEALTHY],
  command: ['up', '--config', '/app/deploy/portcullis.yaml'],
  seccomp: undefined,
  build: {
    source: '.',
    folder: '/app',
    steps: ['npm ci --no-audit --no-fund', 'npm run build', 'npm prune --omit=dev --no-audit --no-fund'],
    keep: ['package.json', 'LICENSE', 'bin', 'dist', 'node_modules', 'deploy/portcullis.yaml'],
    entrypoint: ['node', '/app/bin/portcullis.mjs'],
  },
}

const files: readonly (readonly [string, Format, string])[] = [
  ['Dockerfile', 'dockerfile', ['$', '{NODE_IMAGE}'].join('')],
  ['compose.yaml', 'compose', ['$', '{PORTCULLIS_IMAGE}'].join('')],
  ['kubernetes.yaml', 'kubernetes', `portcullis@${NO_DIGEST}`],
]

/** Name and text of each file in `deploy/`. */
export function deployFiles(): [string, string][] {
  return files.map(([name, format, image]) => [name, generate({ ...description, image }, format)])
}

if (import.meta.main)
  for (const [name, text] of deployFiles()) writeFileSync(join(import.meta.dirname, '../deploy', name), text)
