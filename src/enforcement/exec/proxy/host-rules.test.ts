import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { parseAuthority, type Target } from './host.ts'
import { readHostRules } from './host-rules.ts'

function judge(rules: readonly string[], authority: string) {
  const target = parseAuthority(authority)
  return readHostRules(rules, String).judge(target as Target)
}

describe('a rule', () => {
  test.each<[rule: string, allowed: string, refused: string]>([
    ['example.com', 'example.com:443', 'example.com:8443'],
    ['example.com', 'EXAMPLE.com:80', 'www.example.com:80'],
    ['Example.COM:8443', 'example.com:8443', 'example.com:443'],
    ['*.example.com', 'a.example.com:443', 'example.com:443'],
    ['*.example.com', 'a.b.c.example.com:80', 'a.b.c.example.com.test:80'],
    ['*.example.com:8443', 'a.example.com:8443', 'a.example.com:443'],
    ['*.example.com', 'x.example.com:443', 'xexample.com:443'],
    ['10.0.0.1', '10.0.0.1:443', '10.0.0.2:443'],
    ['::1', '[::1]:80', '127.0.0.1:80'],
    ['[::1]:8080', '[0:0:0:0:0:0:0:1]:8080', '[::1]:80'],
    ['::ffff:127.0.0.1', '127.0.0.1:80', '[::1]:80'],
    ['a', 'a:443', 'a.a:443'],
  ])('`%s` allows %s and not %s', (rule, allowed, refused) => {
    expect(judge([rule], allowed)).toBe('allowed')
    expect(judge([rule], refused)).not.toBe('allowed')
  })

  test('of one host with several ports adds them up', () => {
    const rules = ['example.com', 'example.com:8443', '*.example.com:9443']
    expect(judge(rules, 'example.com:8443')).toBe('allowed')
    expect(judge(rules, 'example.com:443')).toBe('allowed')
    expect(judge(rules, 'example.com:9443')).toBe('port-not-listed')
    expect(judge(rules, 'a.example.com:9443')).toBe('allowed')
  })

  test('and no rule at all allows nothing', () => {
    expect(judge([], 'example.com:443')).toBe('host-not-listed')
  })

  test.each<[string, RegExp]>([
    ['', /neither a host nor an address/],
    ['*', /neither a host nor an address/],
    ['*.', /neither a host nor an address/],
    ['*.com', /whole top-level domain/],
    ['*.*.example.com', /neither/],
    ['a.*.example.com', /neither/],
    ['*example.com', /neither/],
    ['*.10.0.0.1', /top-level domain/],
    ['https://example.com', /neither|port/],
    ['example.com/path', /neither/],
    ['user@example.com', /neither/],
    ['example.com.', /neither/],
    ['example.com\n', /neither/],
    ['exam\0ple.com', /neither/],
    ['127.1', /neither/],
    ['0x7f000001', /neither/],
    ['b\u00fccher.example', /neither/],
    ['example.com:', /port/],
    ['example.com:0', /port/],
    ['example.com:443:80', /port/],
    ['example.com:https', /port/],
    ['example.com:22', /port 22 is blocked/],
    ['127.0.0.1:2375', /port 2375 is blocked/],
    ['localhost:3000', /a name for this machine/],
    ['*.app.localhost', /a name for this machine/],
    ['169.254.169.254', /hands out credentials/],
    ['[fd00:ec2::254]:80', /hands out credentials/],
    ['::ffff:169.254.169.254', /hands out credentials/],
    ['64:ff9b::a9fe:a9fe', /hands out credentials/],
    ['fe80::1', /hands out credentials/],
    ['0.0.0.0:8080', /every address/],
    ['::', /every address/],
  ])('%j is refused', (rule, message) => {
    const read = () => readHostRules(['example.com', rule], index => `rule ${index}`)
    expect(read).toThrow(message)
    expect(read).toThrow(expect.objectContaining({ code: 'config.invalid' }))
    expect(read).toThrow(/^rule 1 is `/)
  })

  test('in another script is answered with how to write it', () => {
    expect(() => readHostRules(['b\u00fccher.example'], String)).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('xn--bcher-kva.example') }),
    )
  })

  test.prop([fc.domain(), fc.domain()])('allows its own names alone', (listed, asked) => {
    fc.pre(listed !== asked && !asked.endsWith(`.${listed}`))
    expect(judge([listed, `*.${listed}`], `${asked}:443`)).toBe('host-not-listed')
    expect(judge([listed], `${listed}:443`)).toBe('allowed')
    expect(judge([`*.${listed}`], `x.${listed}:443`)).toBe('allowed')
    expect(judge([`*.${listed}`], `${listed}:443`)).toBe('host-not-listed')
  })
})
