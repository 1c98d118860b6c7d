import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { fc, test as property } from '@fast-check/vitest'
import { packTar } from 'modern-tar'
import { expect } from 'vitest'
import { openExaminer } from '../../src/enforcement/scan/settings.ts'
import { makeZip } from './make-zip.ts'
import { token } from './place.ts'

const files = [
  { name: 'a.env', content: `KEY=${token()}\n` },
  { name: 'b.txt', content: 'clean\n'.repeat(300) },
]
const zip = makeZip([...files, { name: 'inner.zip', content: makeZip(files) }])
const tar = await packTar(
  [...files, { name: 'inner.zip', content: zip }].map(({ name, content }) => {
    const body = Buffer.from(content)
    return { header: { name, size: body.length, type: 'file' as const }, body }
  }),
)
const archives = [
  { name: 'a.zip', bytes: zip },
  { name: 'a.tar', bytes: Buffer.from(tar) },
  { name: 'a.tgz', bytes: gzipSync(tar) },
  { name: 'a.tar.zst', bytes: zstdCompressSync(tar) },
  { name: 'a.tar.br', bytes: brotliCompressSync(tar) },
]
const examiner = await openExaminer({
  honoursComments: true,
  binary: false,
  archiveDepth: 3,
  rules: [],
  subjects: ['secrets'],
})

const change = fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }) })

property.prop([fc.constantFrom(...archives), fc.array(change, { maxLength: 6 }), fc.option(fc.nat())], {
  numRuns: 400,
})(
  'a damaged archive ends in findings or is named; it never ends the program',
  async ({ name, bytes }, changes, cut) => {
    const damaged = Buffer.from(bytes)
    for (const { at, byte } of changes) damaged[at % damaged.length] = byte
    const length = cut === null ? damaged.length : cut % damaged.length
    const outcome = await examiner.bytes(name, damaged.subarray(0, length))
    const isUntouched = damaged.equals(bytes) && length === bytes.length
    if (isUntouched) expect(outcome).toMatchObject({ skipped: [] })
    expect(outcome.findings.length).toBeLessThanOrEqual(3)
    // a fault of a stream nobody listens to any more would end the program here
    await new Promise(resolve => setImmediate(resolve))
  },
  120_000,
)
