import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Command } from 'commander'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { configJsonSchema } from '../../config/json-schema.ts'
import { configSchema } from '../../config/schema.ts'
import type { Terminal } from '../terminal.ts'
import { register } from './config.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-config-command-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function run(...argv: string[]) {
  const stdout = new PassThrough()
  const terminal: Terminal = {
    stdin: new PassThrough(),
    stdout,
    stderr: new PassThrough(),
    env: { PORTCULLIS_HOME: folder },
    cwd: folder,
    exitCode: 0,
  }
  const program = new Command()
    .option('--config <file>')
    .option('--data <folder>')
    .option('--json')
    .exitOverride()
  register(program, terminal)
  await program.parseAsync(['config', ...argv], { from: 'user' })
  stdout.end()
  return { out: await text(stdout), exitCode: terminal.exitCode }
}

test('show prints the defaults without a file and the values with one', async () => {
  expect(JSON.parse((await run('show')).out)).toEqual(configSchema.parse({}))
  await writeFile(join(folder, 'portcullis.yaml'), 'hooks: {mode: warn}\n', { mode: 0o600 })
  expect(JSON.parse((await run('show')).out).hooks.mode).toBe('warn')
})

test('what show prints is a configuration that gives itself', async () => {
  await writeFile(join(folder, 'all.yaml'), (await run('show')).out, { mode: 0o600 })
  const again = await run('--config', join(folder, 'all.yaml'), 'show')
  expect(again.out).toBe((await run('show')).out)
})

test('schema prints the JSON Schema', async () => {
  expect(JSON.parse((await run('schema')).out)).toEqual(configJsonSchema())
})

test('check is content with a good file and with none', async () => {
  const none = `there is no ${join(folder, 'portcullis.yaml')}; every default applies\n`
  expect(await run('check')).toEqual({ out: none, exitCode: 0 })
  await writeFile(join(folder, 'x.yaml'), 'version: 1\n', { mode: 0o600 })
  expect(await run('check', 'x.yaml')).toEqual({
    out: `${join(folder, 'x.yaml')} is in order\n`,
    exitCode: 0,
  })
  expect(JSON.parse((await run('--json', 'check', 'x.yaml')).out)).toMatchObject({ ok: true, problems: [] })
})

test('check refuses a bad file, and one that was named and is missing', async () => {
  await writeFile(join(folder, 'x.yaml'), 'netwrk: {}\nhooks: {mode: 1}\n', { mode: 0o600 })
  await expect(run('check', 'x.yaml')).rejects.toMatchObject({
    code: 'config.invalid',
    message: expect.stringContaining(
      `${join(folder, 'x.yaml')}:1:1: unknown key \`netwrk\`; did you mean \`network\`?`,
    ),
  })
  await expect(run('check', 'y.yaml')).rejects.toMatchObject({ code: 'config.unreadable' })
  const { out, exitCode } = await run('--json', 'check', 'x.yaml')
  expect(exitCode).toBe(2)
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    problems: [
      { path: 'netwrk', line: 1, column: 1, code: 'config.invalid' },
      { path: 'hooks.mode', line: 2, column: 15 },
    ],
  })
})
