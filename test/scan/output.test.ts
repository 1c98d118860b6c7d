import { gzipSync } from 'node:zlib'
import { fc, test as property } from '@fast-check/vitest'
import { afterAll, expect } from 'vitest'
import { scratchPlace, token } from './place.ts'

const place = scratchPlace()
afterAll(() => place.remove())

const letters = [...'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789']
const random = (length: number) =>
  fc.array(fc.constantFrom(...letters), { minLength: length, maxLength: length }).map(parts => parts.join(''))

/** Secrets of several kinds, with the part that nobody may see. */
const secrets = fc.oneof(
  random(36).map(body => ({ text: ['gh', 'p_', body].join(''), body })),
  random(32).map(body => ({ text: `postgres://app:${body}@db.internal/app`, body })),
  random(24).map(body => ({ text: `password = "${body}"`, body })),
  fc.tuple(random(64), random(64)).map(([first, second]) => ({
    text: ['-----BEGIN ', `PRIVATE KEY-----\n${first}\n${second}\n-----END `, 'PRIVATE KEY-----'].join(''),
    body: first,
  })),
)
const wraps: readonly ((text: string) => string | Buffer)[] = [
  text => text,
  text => JSON.stringify({ nested: JSON.stringify({ text }) }),
  text => `${text} ${text}\t${text}`,
  text => encodeURIComponent(text),
  text => Buffer.from(text).toString('base64'),
  text => Buffer.from(text, 'utf16le'),
  text => gzipSync(text),
  text => `// portcullis:allow-next-line\n${text}\n${text}\r\n`,
]

property.prop([fc.array(secrets, { minLength: 1, maxLength: 3 }), fc.constantFrom(...wraps), fc.boolean()], {
  numRuns: 40,
})(
  'no format ever shows a part of a secret',
  async (planted, wrap, isOneLine) => {
    place.write('planted.txt', wrap(planted.map(({ text }) => text).join(isOneLine ? ' ' : '\n')))
    place.write('beside.txt', token())
    for (const format of ['text', 'json', 'sarif', 'gitlab']) {
      const { out, err } = await place.scan('--format', format, 'planted.txt', 'beside.txt')
      for (const { body } of planted)
        for (let at = 0; at + 8 <= body.length; at += 4)
          expect(out + err).not.toContain(body.slice(at, at + 8))
    }
  },
  60_000,
)
