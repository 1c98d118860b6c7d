import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, test as property } from '@fast-check/vitest'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PortcullisError } from '../kernel/errors.ts'
import { loadConfig, parseConfig, validateConfig } from './load.ts'
import { ConfigRefusal } from './problem.ts'
import { configSchema } from './schema.ts'

const defaults = configSchema.parse({})

function refusal(text: string): ConfigRefusal {
  try {
    parseConfig(text, 'f.yaml')
  } catch (error) {
    if (error instanceof ConfigRefusal) return error
    throw error
  }
  throw new Error(`accepted: ${text}`)
}

describe('a text that is not one plain YAML map is refused with its place', () => {
  test.each([
    [
      'a key given twice',
      'version: 1\nversion: 1\n',
      '2:1: the key `version` is given twice, first in line 1',
    ],
    ['two documents', 'version: 1\n---\nversion: 1\n', '2:1: the file holds more than one YAML document'],
    ['a tab', 'network:\n\tport: 1\n', '2:1: a tab is used as indentation'],
    ['a byte order mark', '\uFEFFversion: 1\n', '1:1: the file begins with a byte order mark'],
    ['a list', '- 1\n', '1:1: the file is not a map of keys and values'],
    ['a word', 'hello\n', '1:1: the file is not a map of keys and values'],
    ['an explicit null', '~\n', '1:1: the file is not a map of keys and values'],
    ['an open bracket', 'network: [', '1:11: the indentation or a bracket does not match'],
    ['a key that is a list', '? [a, b]\n: 1\n', '1:3: a key is not plain text'],
    ['an unknown tag', 'network: !env x\n', '1:10: a YAML tag (`!…`) is used'],
    ['a code tag', 'network: !!js/function x\n', '1:10: a YAML tag (`!…`) is used'],
    ['a directive', '%YAML 1.1\n---\nversion: 1\n', '1:1: a YAML directive (`%…`) is used'],
    ['a reserved name', '__proto__: {a: 1}\n', '1:1: the key `__proto__` is a reserved name'],
    ['two keys on a line', 'a: b: c\n', '1:4: a second key stands on the same line'],
    ['a merge key', '<<: {version: 1}\n', '1:1: unknown key `<<`'],
  ])('%s', (_, text, message) => {
    const error = refusal(text)
    expect(error.code).toBe('config.invalid')
    expect(error.message.split('\n')).toContain(`f.yaml:${message}`)
    expect(error.remedy).not.toBe('')
  })

  test('a bomb of aliases is refused at once and without being unfolded', () => {
    const levels = Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`)
    const started = performance.now()
    expect(refusal(['a0: &a0 [x]', ...levels].join('\n')).message).toContain('an alias (`*…`) is used')
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  test.each([
    ['keys', Array.from({ length: 5_000 }, (_, n) => `k${n}: 1`).join('\n')],
    ['entries', `network: {allow: [${'x,'.repeat(50_000)}]}`],
    ['keys given twice', 'a: 1\n'.repeat(20_000)],
  ])('thousands of wrong %s are refused in reasonable time and number', (_, text) => {
    const started = performance.now()
    const error = refusal(text)
    expect(error.problems).toHaveLength(50)
    expect(error.message.length).toBeLessThan(10_000)
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  test('deep nesting ends in a refusal, not in a stack overflow', () => {
    expect(refusal('['.repeat(50_000)).code).toBe('config.invalid')
  })
})

describe('fields', () => {
  test('an empty text and one of comments only are the defaults', () => {
    expect(parseConfig('', 'f')).toEqual(defaults)
    expect(parseConfig('# nothing\n', 'f')).toEqual(defaults)
  })

  test('values are taken and the rest keeps its defaults', () => {
    const config = parseConfig('network:\n  port: 9000\nhooks: {mode: warn}\n', 'f')
    expect(config).toEqual({
      ...defaults,
      network: { ...defaults.network, port: 9000 },
      hooks: { ...defaults.hooks, mode: 'warn' },
    })
  })

  test('every problem is named at once, in the order of the file', () => {
    const error = refusal(
      [
        'network:',
        '  host: 0.0.0.0',
        '  prot: 1',
        '  port: "8787"',
        'hooks:',
        'gateway:',
        '  maxBodyMb: 0',
        '  max_in_flight_mb: 1',
        '  upstream: {url: "http://example.com"}',
        'authorization: {defaultRole: root}',
      ].join('\n'),
    )
    expect(error.message.split('\n')).toEqual([
      'f.yaml:2:9: `network.host` is `0.0.0.0`, beyond this machine, while `authentication.mode` is `local`',
      'f.yaml:2:9: `network.host` is `0.0.0.0`, beyond this machine, without TLS',
      'f.yaml:3:3: unknown key `network.prot`; did you mean `port`?',
      'f.yaml:4:9: `network.port` is `8787`; it must be a number',
      'f.yaml:5:1: `hooks` is empty; it must be a section with keys of its own',
      'f.yaml:7:14: `gateway.maxBodyMb` is `0`; it must be more than 0',
      'f.yaml:8:3: unknown key `gateway.max_in_flight_mb`; did you mean `maxInFlightMb`?',
      'f.yaml:9:19: `gateway.upstream.url` is plain HTTP to another machine',
      'f.yaml:10:30: `authorization.defaultRole` is `root`, which no role is called',
    ])
    expect(error.problems).toHaveLength(9)
    expect(error.remedy).toContain('line 4: write the number without quotes')
    expect(error.exitCode).toBe(2)
  })

  test.each([
    [
      'hooks: {mode: enforced}',
      '`hooks.mode` is `enforced`; it must be `observe`, `warn` or `enforce`; did you mean `enforce`?',
    ],
    ['version: 2', '`version` is `2`; it must be `1`'],
    [
      'validation: {secrets: {rules: {secret.github-pt: block}}}',
      'there is no secret rule `secret.github-pt`; did you mean `secret.github-pat`?',
    ],
    [
      'validation: {secrets: {restore: [{id: a, kinds: [githb-pat], when: {tool: [Bash], command: [gh]}}]}}',
      'there is no kind of secret `githb-pat`; did you mean `github-pat`?',
    ],
    [
      'validation: {secrets: {restore: [{id: a, kinds: ["*"], when: {command: [gh]}}]}}',
      'the permission `a` is for every secret',
    ],
    [
      'validation: {secrets: {restore: [{id: a, kinds: [jwt], when: {tool: ["*"], host: [a.b]}}]}}',
      'the permission `a` is for every call',
    ],
    [
      'validation: {secrets: {restore: [{id: a, kinds: [jwt], when: {path: [a]}}]}}',
      'unknown key `validation.secrets.restore[0].when.path`',
    ],
    [
      'authentication: {mode: required}\ngateway: {restoreForFileTools: true}',
      '`gateway.restoreForFileTools` is on while `authentication.mode` is `required`',
    ],
    ['validation: {secrets: {rules: {generic-*: mask}}}', 'there is no secret rule `generic-*`'],
    [
      'validation: {secrets: {rules: {secret.jwt: allow}}}',
      '`validation.secrets.rules.secret.jwt` is something else; it must be `observe`, `mask` or `block`',
    ],
    ['network: {tls: {certFile: a.pem}}', '`network.tls.keyFile` is missing'],
    ['network: {tls: {keyFile: a.pem}}', '`network.tls.certFile` is missing'],
    ['network: {host: ""}', '`network.host` is ``; it must be an IP address or a host name'],
    [
      'network: {allow: [10.0.0.0/33]}',
      '`network.allow[0]` is `10.0.0.0/33`; it must be an IP address or a range such as 10.0.0.0/8',
    ],
    ['network: {allow: 10.0.0.0/8}', '`network.allow` is `10.0.0.0/8`; it must be a list'],
    ['network: {port: 65536}', '`network.port` is `65536`; it must be at most 65535'],
    ['network: {port: 8788}', '`network.adminPort` and `network.port` are both 8788'],
    [
      'gateway: {upstream: {credential: {fil: x}}}',
      'unknown key `gateway.upstream.credential.fil`; did you mean `file`?',
    ],
    [
      'gateway: {upstream: {credential: {file: x, env: Y}}}',
      '`gateway.upstream.credential` has `file` beside another of its forms',
    ],
    [
      'gateway: {upstream: {url: "ftp://example.com"}}',
      '`gateway.upstream.url` is `ftp://example.com`; it must be a URL such as https://api.anthropic.com',
    ],
    [
      'gateway: {upstream: {url: "https://example.com/?a=1"}}',
      '`gateway.upstream.url` has a query or fragment',
    ],
    ['audit: {segmentMb: .inf}', '`audit.segmentMb` is `Infinity`; it must be a number'],
    [
      'network: {trustedProxies: [0.0.0.0/0]}',
      '`network.trustedProxies[0]` is `0.0.0.0/0`: anyone in it could forge their address',
    ],
    [
      'network: {trustedProxies: ["::/0"]}',
      '`network.trustedProxies[0]` is `::/0`: anyone in it could forge their address',
    ],
    [
      'network: {trustedProxies: ["::ffff:0:0/96"]}',
      '`network.trustedProxies[0]` is `::ffff:0:0/96`: anyone in it could forge their address',
    ],
    [
      'network: {trustedProxies: ["0:0:0:0:0:FFFF:0.0.0.0/97"]}',
      '`network.trustedProxies[0]` is `0:0:0:0:0:FFFF:0.0.0.0/97`: anyone in it could forge their address',
    ],
    [
      'network: {allow: ["::ffff:0.0.0.0/96"]}',
      '`network.allow[0]` is `::ffff:0.0.0.0/96`, which is everybody',
    ],
    [
      'network: {block: [0.0.0.0/0]}',
      '`network.block[0]` is `0.0.0.0/0`, which is everybody, and wins over `network.allow`',
    ],
    [
      'authorization: {defaultRole: admin}',
      '`authorization.defaultRole` is `admin`, which may do everything',
    ],
    [
      'authorization: {defaultRole: all, roles: {all: {allow: ["*"]}}}',
      '`authorization.defaultRole` is `all`, which may do everything',
    ],
  ])('%s is refused', (text, message) => {
    const error = refusal(text)
    expect(error.problems.map(problem => problem.message)).toEqual([message])
  })

  test.each([
    'network: {host: 127.8.8.8}',
    'network: {host: "::1"}',
    'network: {host: localhost}',
    'network: {host: "::ffff:127.0.0.1"}',
    'network: {host: 0.0.0.0, trustedProxies: [10.0.0.1]}\nauthentication: {mode: required}',
    'network: {host: 0.0.0.0, tls: {certFile: a, keyFile: b}}\nauthentication: {mode: required}',
    'network: {port: 0, adminPort: 0}',
    'gateway: {upstream: {url: "http://127.0.0.1:9"}}',
    'gateway: {upstream: {url: "http://[::1]:9"}}',
    'network: {trustedProxies: [10.0.0.0/8, "fd00::/16", "::ffff:10.0.0.0/104"]}',
    'authorization: {defaultRole: ci, roles: {ci: {allow: ["model:invoke"]}}}',
  ])('%s is accepted', text => {
    expect(() => parseConfig(text, 'f')).not.toThrow()
  })

  test.each([
    'network: {host: 0.0.0.0, trustedProxies: [10.0.0.1]}',
    'network: {host: "::", trustedProxies: [10.0.0.1]}',
    'network: {host: "::ffff:10.0.0.1", trustedProxies: [10.0.0.1]}',
    'network: {host: 127.0.0.1.example.com, trustedProxies: [10.0.0.1]}',
    'network: {host: "0", trustedProxies: [10.0.0.1]}',
    'network: {host: 0.0.0.0}\nauthentication: {mode: required}',
  ])('%s binds more than it can protect', text => {
    expect(refusal(text).code).toBe('network.unsafe-bind')
  })
})

describe('secrets stay out of messages', () => {
  const secret = 'sk-ant-api03-Zm9vYmFyYmF6'
  test.each([
    `gateway: {upstream: {credential: ${secret}}}`,
    `gateway: {upstream: {credential: {env: ${secret}}}}`,
    `gateway: {upstream: {credential: {key: ${secret}}}}`,
    `gateway: {upstream: {url: "ftp://me:${secret}@example.com"}}`,
    `gateway: {upstream: {url: "https://me:${secret}@example.com"}}`,
    `hooks: {mode: ${secret}}`,
    `gateway:\n  ${secret}: x`,
    `gateway: "${secret}`,
    `gateway: !${secret} x`,
    `authorization: {defaultRole: ${secret}}`,
    `hooks: {mode: hunter2hunter2hunter2}`,
  ])('%s', text => {
    const error = refusal(text)
    const shown = `${error.message}\n${error.remedy}\n${JSON.stringify(error.problems)}`
    expect(shown).not.toContain('Zm9vYmFy')
    expect(shown).not.toContain('hunter2')
  })
})

property.prop([fc.string({ unit: 'binary' })])(
  'any text gives a configuration or a refusal, nothing else',
  text => {
    try {
      parseConfig(text, 'f')
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigRefusal)
    }
  },
)

property.prop([fc.json()])(
  'any JSON gives a configuration or a refusal with a place inside the text',
  text => {
    try {
      parseConfig(text, 'f')
    } catch (error) {
      if (!(error instanceof ConfigRefusal)) throw error
      for (const { line, column } of error.problems) {
        expect(line).toBeGreaterThanOrEqual(1)
        expect(column).toBeLessThanOrEqual(text.length + 1)
      }
    }
  },
)

test('command-line options pass the same rules as the file', () => {
  const over = (network: object, upstream: object = {}) =>
    validateConfig(
      {
        ...defaults,
        network: { ...defaults.network, ...network },
        gateway: { ...defaults.gateway, upstream: { ...defaults.gateway.upstream, ...upstream } },
      },
      'the command line',
    )
  expect(over({})).toEqual(defaults)
  expect(over({ port: 1234 }, { url: 'http://127.0.0.1:1' })).toMatchObject({
    network: { port: 1234 },
    gateway: { upstream: { url: 'http://127.0.0.1:1' } },
  })
  expect(() => over({ host: '0.0.0.0' })).toThrow(expect.objectContaining({ code: 'network.unsafe-bind' }))
  expect(() => over({}, { url: 'http://example.com' })).toThrow(
    expect.objectContaining({
      code: 'config.invalid',
      message: 'the command line: `gateway.upstream.url` is plain HTTP to another machine',
    }),
  )
})

describe('files', () => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-config-'))
    file = join(folder, 'portcullis.yaml')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const fails = async (path: string, code: string, message: string | RegExp) => {
    const error = await loadConfig(path).then(
      () => undefined,
      (caught: unknown) => caught,
    )
    expect(error).toBeInstanceOf(PortcullisError)
    expect((error as PortcullisError).code).toBe(code)
    expect((error as PortcullisError).message).toMatch(message)
    expect((error as PortcullisError).remedy).not.toBe('')
  }

  test('no file is the defaults, unless the user named it', async () => {
    expect(await loadConfig(file)).toEqual(defaults)
    await expect(loadConfig(file, { mustExist: true })).rejects.toMatchObject({ code: 'config.unreadable' })
  })

  test('a file is read and its name is in the refusal', async () => {
    await writeFile(file, 'hooks: {mode: warn}\n', { mode: 0o600 })
    expect((await loadConfig(file)).hooks.mode).toBe('warn')
    await writeFile(file, 'hooks: {mode: 1}\n')
    await fails(file, 'config.invalid', `${file}:1:15: \`hooks.mode\` is \`1\``)
  })

  test.each([0o620, 0o602, 0o666])('a file of mode %o is refused', async mode => {
    await writeFile(file, 'version: 1\n')
    await chmod(file, mode)
    await fails(file, 'file.insecure', /can be written by other users/)
    await chmod(file, mode & ~0o022)
    expect(await loadConfig(file)).toEqual(defaults)
  })

  test('a file in a folder everybody may write is refused', async () => {
    await writeFile(file, 'version: 1\n', { mode: 0o600 })
    await chmod(folder, 0o777) // portcullis:allow configuration.makes-world-writable
    await fails(file, 'file.insecure', /can be written by everybody/)
  })

  test('a folder, a dangling link, a file below a file and a huge file are unreadable, never defaults', async () => {
    await mkdir(join(folder, 'sub'))
    await fails(join(folder, 'sub'), 'config.unreadable', /not a regular file/)
    await symlink(join(folder, 'nowhere'), join(folder, 'link'))
    await fails(join(folder, 'link'), 'config.unreadable', /ENOENT/)
    await writeFile(file, '#'.repeat(256 * 1024 + 1), { mode: 0o600 })
    await fails(join(file, 'below'), 'config.unreadable', /ENOTDIR/)
    await fails(file, 'config.unreadable', /larger than 256 KB/)
  })

  test.skipIf(process.getuid?.() === 0)('a file that may not be read is unreadable', async () => {
    await writeFile(file, 'version: 1\n', { mode: 0o000 })
    await fails(file, 'config.unreadable', /EACCES/)
  })

  test.skipIf(process.getuid?.() !== 0)('a file of another user is refused', async () => {
    await writeFile(file, 'version: 1\n', { mode: 0o600 })
    await chown(file, 12_345, 0)
    await fails(file, 'file.insecure', /belongs to another user/)
  })

  test('invalid UTF-8 is refused with its line', async () => {
    await writeFile(file, Buffer.from([...Buffer.from('version: 1\n# '), 0xff, 0xfe]), { mode: 0o600 })
    await fails(file, 'config.invalid', /:2:1: the file is not valid UTF-8/)
  })
})
