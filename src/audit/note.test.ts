import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { emptyRoot } from './merkle.ts'
import {
  noPrevious,
  openCheckpoint,
  parseVerifyKey,
  readCheckpoint,
  signCheckpoint,
  verifyKeyOf,
} from './note.ts'

const signingKey = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]),
  format: 'der',
  type: 'pkcs8',
})
const key = verifyKeyOf('portcullis/test', signingKey)
const checkpoint = { origin: 'portcullis/test', size: 12, root: emptyRoot(), previous: noPrevious() }
const note = signCheckpoint(checkpoint, signingKey, key)

describe('verify keys', () => {
  it('reads the key of the note format’s own example, whose id is a hash of name and key', () => {
    const text = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
    expect(parseVerifyKey(text)?.text).toBe(text)
    expect(parseVerifyKey(text.replace('c74f20a3', 'c74f20a4'))).toBeNull()
    expect(parseVerifyKey(text.replace('Peter', 'Petra'))).toBeNull()
  })

  it('comes back from its own text', () => {
    expect(parseVerifyKey(`${key.text}\n`)?.text).toBe(key.text)
  })
})

describe('checkpoints', () => {
  it('are three lines of tlog-checkpoint, one extension line, and a signature', () => {
    const lines = note.split('\n')
    expect(lines.slice(0, 2)).toEqual(['portcullis/test', '12'])
    expect(lines[3]).toBe(`previous ${noPrevious().toString('base64')}`)
    expect(lines[4]).toBe('')
    expect(lines[5]).toMatch(/^— portcullis\/test [A-Za-z0-9+/]+=*$/)
  })

  it('open with their key', () => {
    expect(openCheckpoint(note, key)).toEqual(checkpoint)
  })

  it('do not open after any one byte changed', () => {
    const bytes = Buffer.from(note)
    for (let at = 0; at < bytes.length; at++) {
      for (const bit of [1, 4, 32]) {
        const changed = Buffer.from(bytes)
        changed[at]! ^= bit
        expect(openCheckpoint(changed.toString('utf8'), key), `byte ${at} ^ ${bit}`).toBeNull()
      }
    }
  })

  it('do not open with another key of the same name', () => {
    const other = generateKeyPairSync('ed25519').privateKey
    expect(openCheckpoint(note, verifyKeyOf('portcullis/test', other))).toBeNull()
    const forged = signCheckpoint(checkpoint, other, verifyKeyOf('portcullis/test', other))
    expect(openCheckpoint(forged, key)).toBeNull()
  })

  it('do not open with more or fewer lines', () => {
    expect(openCheckpoint(`${note}\n`, key)).toBeNull()
    expect(openCheckpoint(`${note}— other AAAA\n`, key)).toBeNull()
    expect(readCheckpoint(note.replace('\n\n', '\n'))).toBeNull()
  })
})
