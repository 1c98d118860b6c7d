import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { envSecretSource } from '../../adapters/secrets/env/env-source.ts'
import { fileSecretSource } from '../../adapters/secrets/file/file-source.ts'
import { openUpstreamCredential } from './upstream.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-upstream-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

function sources(env: NodeJS.ProcessEnv = {}) {
  return { env: (name: string) => envSecretSource(env, name), file: fileSecretSource }
}

function keyFile(text: string, mode = 0o600): string {
  const path = join(folder, 'key')
  writeFileSync(path, text, { mode })
  chmodSync(path, mode)
  return path
}

describe('a key in the environment', () => {
  test('is trimmed, and an unset or blank variable is no key', () => {
    const env: NodeJS.ProcessEnv = { KEY: ' made-up-key\n' }
    const credential = openUpstreamCredential({ env: 'KEY' }, sources(env))
    expect(credential.current()?.reveal()).toBe('made-up-key')
    env['KEY'] = '  '
    expect(credential.current()).toBeNull()
    expect(openUpstreamCredential({ env: 'OTHER' }, sources(env)).current()).toBeNull()
  })

  test('goes in x-api-key, an access token as Bearer', () => {
    const env = { KEY: 'made-up-key', TOKEN: 'sk-ant-oat01-made-up' }
    const key = openUpstreamCredential({ env: 'KEY' }, sources(env))
    const token = openUpstreamCredential({ env: 'TOKEN' }, sources(env))
    expect(key.header(key.current()!)).toEqual(['x-api-key', 'made-up-key'])
    expect(token.header(token.current()!)).toEqual(['authorization', 'Bearer sk-ant-oat01-made-up'])
  })
})

describe('a key in a file', () => {
  test('is read again when the file changes', () => {
    const path = keyFile('first\n')
    const credential = openUpstreamCredential({ file: path }, sources())
    expect(credential.current()?.reveal()).toBe('first')
    writeFileSync(path, 'the second\n')
    expect(credential.current()?.reveal()).toBe('the second')
    rmSync(path)
    expect(credential.current()).toBeNull()
  })

  test('is refused when others can read it, at once and later', () => {
    const path = keyFile('made-up', 0o640)
    const open = () => openUpstreamCredential({ file: path }, sources())
    expect(open).toThrow(expect.objectContaining({ code: 'file.insecure' }))
    expect(open).toThrow('is open to others (mode 0640)')
    chmodSync(path, 0o600)
    const credential = open()
    expect(credential.current()?.reveal()).toBe('made-up')
    chmodSync(path, 0o604)
    expect(() => credential.current()).toThrow(expect.objectContaining({ code: 'file.insecure' }))
  })

  test('a folder in its place is a fault, not an absent key', () => {
    const open = () => openUpstreamCredential({ file: folder }, sources())
    expect(open).toThrow(expect.objectContaining({ code: 'file.unreadable' }))
  })
})
