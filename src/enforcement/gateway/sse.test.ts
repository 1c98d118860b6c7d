import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { createSseParser, formatEvent, type SseEvent } from './sse.ts'

function parse(chunks: readonly Buffer[], limit = 1_000_000) {
  const events: SseEvent[] = []
  const parser = createSseParser(event => events.push(event), limit)
  for (const chunk of chunks) parser.push(chunk)
  return { events, pending: parser.pending }
}

const read = (text: string) => parse([Buffer.from(text)]).events.map(({ name, data }) => ({ name, data }))

describe('the stream parser', () => {
  test('reads names and data, several data lines joined', () => {
    expect(read('event: a\ndata: 1\ndata:2\n\n')).toEqual([{ name: 'a', data: '1\n2' }])
    expect(read('data: x\n\n')).toEqual([{ name: 'message', data: 'x' }])
    expect(read('data\n\n')).toEqual([{ name: 'message', data: '' }])
  })

  test('takes LF, CRLF and CR as line ends', () => {
    expect(read('data: 1\r\n\r\ndata: 2\n\n')).toHaveLength(2)
    expect(read('data: 1\r\rdata: 2\n\n')).toHaveLength(2)
  })

  test('lets a comment that stands alone pass before its blank line', () => {
    expect(parse([Buffer.from(': keep alive\n')]).events).toHaveLength(1)
    expect(read(': c\n\ndata: x\n\n').filter(({ data }) => data !== null)).toEqual([
      { name: 'message', data: 'x' },
    ])
  })

  test('counts what has not ended as pending', () => {
    expect(parse([Buffer.from('data: x\n')])).toMatchObject({ events: [], pending: 8 })
  })

  test('refuses an event beyond its limit', () => {
    expect(() => parse([Buffer.alloc(50, 'a')], 40)).toThrow('too large')
  })
})

const line = fc.constantFrom('data: é😀', 'event: x', ': c', '', 'data:', 'id: 7', 'data: {"a":1}')
const ending = fc.constantFrom('\n', '\r\n')
const stream = fc
  .array(fc.tuple(line, ending), { maxLength: 30 })
  .map(lines => Buffer.from(`${lines.map(([text, end]) => text + end).join('')}data: end\n\n`))

property.prop([stream, fc.array(fc.nat({ max: 400 }), { maxLength: 40 })])(
  'whatever the borders of the chunks, the events are the same and their bytes join to the stream',
  (bytes, cuts) => {
    const borders = [...new Set(cuts.filter(cut => cut < bytes.length))].sort((a, b) => a - b)
    const chunks = [...borders, bytes.length].map((end, i) =>
      bytes.subarray(i === 0 ? 0 : borders[i - 1], end),
    )
    const whole = parse([bytes])
    const pieces = parse(chunks)
    expect(pieces).toEqual(whole)
    expect(Buffer.concat(pieces.events.map(({ raw }) => raw)).equals(bytes)).toBe(true)
  },
)

property.prop([fc.json()])('a formatted event reads back as itself', text => {
  const value: unknown = JSON.parse(text)
  const [event] = parse([Buffer.from(formatEvent('x', value))]).events
  expect(event?.name).toBe('x')
  expect(JSON.parse(event?.data ?? '')).toEqual(value)
})
