import { describe, expect, it } from 'vitest'
import { constantCommands, isInert, talksToItself, withoutLiterals } from './inert-code.ts'

const RUNS = /\b(?:exec\w*|spawn\w*|subprocess|child_process|system)\b/
const DELETES = /\b(?:rm|rmSync|rmtree)\b/

describe('code that can only compute and print', () => {
  it.each([
    ['node', `console.log('rm -rf /'.split(' '))`],
    ['node', `console.log(/rm\\s+-rf/.test('rm -rf /'))`],
    ['tsx', `import { parse } from './src/parser'; console.log(parse('rm -rf /'))`],
    ['python3', `print('sudo rm -rf /'.split())`],
    ['python', `import base64, json; print(json.dumps({'a': 'rm'}))`],
  ])('is told in %s: %s', (language, code) => {
    expect(isInert(language, code, [RUNS, DELETES])).toBe(true)
  })

  it.each([
    ['node', `require('fs').rmSync('/home/dev')`],
    ['node', `require('fs')['rmSync']('/home/dev')`],
    ['node', `const f = require(name); f('rm')`],
    ['node', `globalThis[k]('rm')`],
    ['node', `import { sh } from 'shelljs'; sh('rm')`],
    ['node', '$`rm -rf /`'],
    ['python3', `from os import posix_spawn; posix_spawn('/bin/rm', [], {})`],
    ['python3', `getattr(m, 'sys' + 'tem')('rm')`],
    ['python3', `open('/etc/passwd', 'w')`],
    ['python3', `"""rm"""; print(1)`],
    ['ruby', `puts 'rm -rf /'`],
  ])('is not assumed in %s: %s', (language, code) => {
    expect(isInert(language, code, [RUNS, DELETES])).toBe(false)
  })

  it('cannot be told where a template holds code', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the code that is judged
    expect(withoutLiterals('`${rmSync("/")}`')).toBeUndefined()
  })
})

describe('commands that are written out', () => {
  it.each([
    [`import subprocess\nsubprocess.run(['git', 'log'], text=True)`, [['git', 'log']]],
    [`require('child_process').execSync('git log')`, [['git log']]],
    [`const { execFileSync } = require('child_process'); execFileSync('git', ['log'])`, [['git', 'log']]],
  ])('are found in %s', (code, commands) => {
    expect(constantCommands(code, [RUNS])).toEqual(commands)
  })

  it.each([
    `import subprocess\nsubprocess.run(['rm', path])`,
    `import subprocess\nsubprocess.run(['rm', 'etc'], cwd='/')`,
    `import subprocess as s\nsubprocess.run(['ls']); s.run(['rm', path])`,
    `require('child_process').execSync('rm ' + path)`,
    `const { spawn } = require('child_process'); spawn('bash', args)`,
    `const r = require('child_process'); r.execSync('ls'); r.execSync(x)`,
  ])('are not assumed in %s', code => {
    expect(constantCommands(code, [RUNS])).toBeUndefined()
  })
})

describe('talk to this machine', () => {
  it.each([
    `fetch('http://localhost:3000/health')`,
    `import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:8000/').status)`,
  ])('is told: %s', code => {
    expect(talksToItself(code)).toBe(true)
  })

  it.each([
    `fetch('http://localhost.evil.example/')`,
    `fetch('http://localhost:80@evil.example/')`,
    `fetch('http://localhost' + '.evil.example')`,
    `fetch('http://localhost/'); fetch(process.argv[1])`,
    `import urllib.request as u; urllib.request.urlopen('http://localhost/'); u.urlopen(x)`,
  ])('is not assumed: %s', code => {
    expect(talksToItself(code)).toBe(false)
  })
})
