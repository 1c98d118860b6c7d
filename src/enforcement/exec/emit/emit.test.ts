import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fc, test as property } from '@fast-check/vitest'
import { parse as parseToml } from 'smol-toml'
import { afterAll, describe, expect, test } from 'vitest'
import { auditContainers } from '../../../rules/containers/audit.ts'
import { defaultLimits, type SandboxPolicy } from '../policy.ts'
import { profiles } from '../profiles.ts'
import { type Emission, type EmitTarget, emit, emitTargets } from './emit.ts'

const place = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-emit-')))
afterAll(() => rmSync(place, { recursive: true, force: true }))
const home = join(place, 'home')
const cwd = join(home, 'app')
mkdirSync(join(cwd, '.git'), { recursive: true })
writeFileSync(join(cwd, '.env'), '')

const options = {
  cwd,
  home,
  hide: [join(home, '.portcullis')],
  locate: () => '',
  command: ['/usr/bin/make', 'test'],
  image: `registry.example/tools@sha256:${'a1'.repeat(32)}`,
  identity: { uid: 1234, gid: 1234 },
}

const policyOf = (parts: Partial<SandboxPolicy>): SandboxPolicy => ({
  filesystem: { readWrite: ['.'], readOnly: [], deny: [], denyWrite: [] },
  network: { mode: 'none', allow: [] },
  env: { allow: [] },
  limits: defaultLimits,
  allowUnsafeCalls: [],
  ...parts,
})
const emitted = (target: EmitTarget, parts: Partial<SandboxPolicy> = {}, more = {}) =>
  emit(target, policyOf(parts), { ...options, ...more })
const weaknesses = ({ gaps }: Emission) => gaps.filter(gap => gap.isWeaker).map(({ about }) => about)

const nothingToSay = { containers: 1, findings: [], troubles: [] }

interface ClaudeSettings {
  readonly sandbox: {
    readonly filesystem: Record<'allowWrite' | 'denyWrite' | 'denyRead', string[]>
    readonly network: { readonly allowedDomains: string[]; readonly strictAllowlist: boolean }
  }
  readonly permissions: { readonly deny: string[]; readonly allow: string[] }
}
const claudeOf = (emission: Emission) => JSON.parse(emission.text) as ClaudeSettings

describe('for Claude Code', () => {
  test('the sandbox is on, fails closed and cannot be left', () => {
    expect(claudeOf(emitted('claude')).sandbox).toMatchObject({
      enabled: true,
      failIfUnavailable: true,
      allowUnsandboxedCommands: false,
      excludedCommands: [],
      network: { allowedDomains: [], strictAllowlist: true, allowAllUnixSockets: false },
    })
  })

  test('a deny holds for commands and for the client’s own tools', () => {
    const { sandbox, permissions } = claudeOf(
      emitted('claude', {
        filesystem: { readWrite: ['.'], readOnly: [], deny: ['.env'], denyWrite: ['Makefile'] },
      }),
    )
    expect(sandbox.filesystem.denyRead).toContain(`${cwd}/.env`)
    expect(sandbox.filesystem.denyWrite).toContain(`${cwd}/Makefile`)
    expect(permissions.deny).toEqual(
      expect.arrayContaining([
        `Read(/${cwd}/.env)`,
        `Edit(/${cwd}/.env)`,
        `Edit(/${cwd}/Makefile)`,
        'WebFetch',
      ]),
    )
  })

  test('what the sandbox protects whatever the policy says is protected here, too', () => {
    const { sandbox } = claudeOf(emitted('claude'))
    expect(sandbox.filesystem.denyWrite).toEqual(
      expect.arrayContaining([`${cwd}/.bashrc`, `${cwd}/.git/hooks`, `${cwd}/.mcp.json`, `${cwd}/.claude`]),
    )
  })

  test('a folder that is only read is not writable because the client runs in it', () => {
    const { sandbox } = claudeOf(emit('claude', profiles.hook, options))
    expect(sandbox.filesystem.allowWrite).toEqual([])
    expect(sandbox.filesystem.denyWrite).toContain(cwd)
  })

  test('hosts are listed; their ports are said to be open', () => {
    const emission = emitted('claude', {
      network: { mode: 'allowlist', allow: ['a.example:8443', '*.b.example'] },
    })
    expect(claudeOf(emission).sandbox.network.allowedDomains).toEqual(['a.example', '*.b.example'])
    expect(weaknesses(emission)).toEqual(
      expect.arrayContaining(['a.example:8443', '*.b.example', 'limits.memoryMb']),
    )
  })
})

describe('for Codex', () => {
  test('only what is listed can be read, and nothing is asked for outside', () => {
    const text = emitted('codex', {
      filesystem: { readWrite: ['.'], readOnly: [], deny: ['.env'], denyWrite: ['Makefile'] },
      env: { allow: ['LANG'] },
    }).text
    expect(parseToml(text)).toMatchObject({
      default_permissions: 'portcullis',
      approval_policy: 'never',
      permissions: {
        portcullis: {
          filesystem: {
            ':minimal': 'read',
            [cwd]: 'write',
            [`${cwd}/.env`]: 'deny',
            [`${cwd}/Makefile`]: 'read',
            [`${cwd}/.git`]: 'read',
          },
          network: { enabled: false },
        },
      },
      shell_environment_policy: { include_only: ['PATH', 'HOME', 'LANG'] },
    })
    expect(text).not.toContain('sandbox_mode')
  })

  test('a list of hosts brings the proxy that holds it', () => {
    const { text } = emitted('codex', { network: { mode: 'allowlist', allow: ['a.example'] } })
    expect(parseToml(text)).toMatchObject({
      features: { network_proxy: true },
      permissions: { portcullis: { network: { enabled: true, domains: { 'a.example': 'allow' } } } },
    })
  })
})

describe('for Docker', () => {
  test('every limit and wall is an option', () => {
    const { argv } = emitted('docker', { env: { allow: ['LANG'] } })
    expect(argv).toEqual(
      expect.arrayContaining([
        '--read-only',
        '--cap-drop=ALL',
        '--security-opt=no-new-privileges:true',
        '--network=none',
        '--user=1234:1234',
        '--memory=128m',
        '--memory-swap=128m',
        '--pids-limit=64',
        '--ulimit=nofile=64:64',
        '--env=LANG',
        `--mount=type=bind,source=${cwd},target=${cwd}`,
        `--workdir=${cwd}`,
      ]),
    )
    expect(argv!.slice(-3)).toEqual([options.image, '/usr/bin/make', 'test'])
  })

  test('a file that is denied is covered, a missing one is named', () => {
    const filesystem = { readWrite: ['.'], readOnly: [], deny: ['.env', '.git', 'later'], denyWrite: [] }
    const emission = emitted('docker', { filesystem })
    expect(emission.argv).toContain(`--mount=type=bind,source=/dev/null,target=${cwd}/.env,readonly`)
    expect(emission.argv).toContain(`--mount=type=tmpfs,target=${cwd}/.git,tmpfs-size=4096,tmpfs-mode=0000`)
    expect(weaknesses(emission)).toContain(`${cwd}/later`)
  })

  test('what lies in a covered folder has nothing to stand on', () => {
    writeFileSync(join(cwd, '.git/config'), '')
    const filesystem = {
      readWrite: ['.'],
      readOnly: [],
      deny: ['.git', '.git/config'],
      denyWrite: ['.git/config'],
    }
    const emission = emitted('docker', { filesystem })
    expect(emission.argv!.filter(word => word.includes('.git/config'))).toEqual([])
    expect(emission.gaps).toContainEqual(
      expect.objectContaining({ about: `${cwd}/.git/config`, isWeaker: false }),
    )
  })

  test.each([
    'tools',
    'tools:latest',
    `tools@sha256:${'A1'.repeat(32)}`,
    `--privileged@sha256:${'a1'.repeat(32)} x`,
  ])('the image %s is not taken', image => {
    expect(() => emitted('docker', {}, { image })).toThrow(/pinned by its digest/)
  })

  test('root is not taken', () => {
    expect(() => emitted('docker', {}, { identity: { uid: 0, gid: 0 } })).toThrow(/never runs as root/)
  })
})

describe.each(Object.entries(profiles))('the profile %s for Docker', (_name, policy) => {
  test('leaves the rules for containers nothing to say', () => {
    const { text } = emit('docker', policy, options)
    expect(auditContainers('run.sh', text, { kind: 'line' })).toMatchObject(nothingToSay)
    const open = text.replace('--read-only', '--privileged')
    expect(auditContainers('run.sh', open, { kind: 'line' }).findings).not.toEqual([])
  })
})

describe('for systemd', () => {
  test('the root is empty but for what is named', () => {
    const { text } = emitted('systemd', {
      filesystem: { readWrite: ['.'], readOnly: [], deny: ['.env'], denyWrite: [] },
    })
    for (const line of [
      'ProtectSystem=strict',
      'NoNewPrivileges=yes',
      'PrivateNetwork=yes',
      'IPAddressDeny=any',
      'RestrictAddressFamilies=none',
      'MemoryMax=128M',
      'RuntimeMaxSec=60',
      `BindPaths=${cwd}`,
      `InaccessiblePaths=-${cwd}/.env`,
    ])
      expect(text.split('\n')).toContain(line)
  })

  test('a list of hosts is not opened to the whole network', () => {
    const emission = emitted('systemd', { network: { mode: 'allowlist', allow: ['192.0.2.7:443'] } })
    expect(emission.text).toContain('PrivateNetwork=yes')
    expect(emission.gaps).toContainEqual(expect.objectContaining({ about: '192.0.2.7:443', isWeaker: false }))
  })

  const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0
  test.skipIf(!hasAnalyze)('systemd-analyze has nothing to say about the unit', () => {
    const odd = join(home, `it's "odd" 100% $HOME \\x é`)
    mkdirSync(odd, { recursive: true })
    for (const mode of ['none', 'loopback'] as const) {
      const { text } = emitted(
        'systemd',
        {
          filesystem: { readWrite: ['.', odd], readOnly: [], deny: [join(odd, 'x')], denyWrite: [] },
          network: { mode, allow: [] },
          env: { allow: ['LANG'] },
        },
        { command: ['/bin/echo', '$HOME', '%h', 'a b', `'"\\`, 'new\nline', ';', ''] },
      )
      const unit = join(place, 'portcullis-test.service')
      writeFileSync(unit, text)
      const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' })
      expect(
        stderr.split('\n').filter(line => line.includes(basename(unit)) || line.includes(place)),
      ).toEqual([])
    }
  })
})

const name = fc
  .string({
    unit: fc.oneof(fc.constantFrom(...` "'\\$%:,;*?[]{}()!#~=\n\t\x1b-é日`), fc.constantFrom('a', 'b', '.')),
  })
  .filter(text => text !== '' && !/^\.+$/.test(text))
const host = fc.constantFrom(
  'a.example',
  '*.b.example:8443',
  '192.0.2.7:443',
  '[2001:db8::7]:443',
  '2001:db8::8',
)

/** Everything the text says, whatever its format: texts with their quotes read. */
function wordsIn(target: EmitTarget, { text, argv }: Emission): readonly string[] {
  switch (target) {
    case 'claude':
      return leaves(JSON.parse(text))
    case 'codex':
      return leaves(parseToml(text))
    case 'docker':
      return argv!.flatMap(word =>
        word.startsWith('--mount=') ? csv(word.slice('--mount='.length)) : [word],
      )
    case 'systemd':
      return text.split('\n').map(line => unquote(line.slice(line.indexOf('=') + 1).replace(/^-/, '')))
  }
}

function leaves(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [String(value)]
  return Object.entries(value).flatMap(([key, inner]) => [key, ...leaves(inner)])
}

/** RFC 4180, one record; the part behind `source=` and `target=`. */
function csv(record: string): string[] {
  const fields = record.match(/"(?:[^"]|"")*"|[^,]+/g) ?? []
  return fields
    .map(field => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field))
    .map(field => field.replace(/^(?:source|target)=/, ''))
}

/** systemd.syntax(7) and the specifiers of systemd.unit(5). */
function unquote(word: string): string {
  if (!word.startsWith('"')) return word
  return word
    .slice(1, -1)
    .replace(/\\([\\"])/g, '$1')
    .replaceAll('%%', '%')
}

let turn = 0
describe.each(emitTargets)('%s, whatever the names', target => {
  property.prop([fc.uniqueArray(name, { minLength: 4, maxLength: 4 }), fc.uniqueArray(host), fc.boolean()], {
    numRuns: 60,
  })('every path and host of a policy is said or named as not said', (names, hosts, doesExist) => {
    const folder = join(place, `run-${target}-${turn++}`)
    const [readWrite, readOnly, deny, denyWrite] = names.map(each => join(folder, each))
    for (const path of [readWrite, readOnly]) mkdirSync(path!, { recursive: true })
    const inside = [join(readWrite!, names[2]!), join(readWrite!, names[3]!)]
    if (doesExist) for (const path of inside) mkdirSync(path)
    const emission = emitted(target, {
      filesystem: {
        readWrite: [readWrite!],
        readOnly: [readOnly!],
        deny: [inside[0]!, deny!],
        denyWrite: [inside[1]!, denyWrite!],
      },
      network: { mode: 'allowlist', allow: hosts },
    })
    const said = new Set([...wordsIn(target, emission), ...emission.gaps.map(({ about }) => about)])
    for (const path of [readWrite, readOnly, deny, denyWrite, ...inside, ...hosts])
      expect(said).toContain(path)
  })
})

describe('a command line', () => {
  property.prop([fc.array(name, { minLength: 1, maxLength: 4 })], { numRuns: 40 })(
    'is read by a shell as it was meant',
    words => {
      const { text, argv } = emitted('docker', {}, { command: ['/bin/echo', ...words] })
      const script = `docker() { printf '%s\\0' docker "$@"; }\n${text}`
      expect(
        execFileSync('/bin/bash', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1),
      ).toEqual(argv)
    },
  )
})

describe('a link', () => {
  test('is denied together with what it leads to', () => {
    writeFileSync(join(cwd, 'secret'), '')
    symlinkSync('secret', join(cwd, 'link'))
    const filesystem = { readWrite: ['.'], readOnly: [], deny: ['link'], denyWrite: [] }
    const { sandbox } = claudeOf(emitted('claude', { filesystem }))
    expect(sandbox.filesystem.denyRead).toEqual(expect.arrayContaining([`${cwd}/link`, `${cwd}/secret`]))
  })
})

test('a policy that shows the whole disk is refused for every target', () => {
  for (const target of emitTargets)
    expect(() =>
      emitted(target, { filesystem: { readWrite: ['/'], readOnly: [], deny: [], denyWrite: [] } }),
    ).toThrow(/far more than a command needs/)
})
