import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { readPins } from '../../src/audit/pin.ts'
import { register } from '../../src/cli/commands/audit.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { event, type Home, linesOf, makeHome, open, segmentsOf, writeJournal } from './fixture.ts'

/** Runs `portcullis audit …` as the entry does, with the home of the test. */
async function run(home: Home, args: string[], input = '') {
  let output = ''
  let errors = ''
  const into = (add: (text: string) => void) =>
    new Writable({
      write(chunk, _encoding, done) {
        add(String(chunk))
        done()
      },
    })
  const stdin = new PassThrough()
  stdin.end(input)
  const terminal: Terminal = {
    stdin,
    stdout: into(text => {
      output += text
    }),
    stderr: into(text => {
      errors += text
    }),
    env: { PORTCULLIS_HOME: home.root },
    cwd: home.root,
    exitCode: 0,
  }
  const program = new Command('portcullis')
    .option('--config <file>')
    .option('--data <folder>')
    .option('--json')
    .exitOverride()
  register(program, terminal)
  await program.parseAsync(['audit', ...args], { from: 'user' })
  return { output, errors, exitCode: terminal.exitCode }
}

describe('audit verify', () => {
  it('answers 0 for a whole log, 1 for a changed one and names the place, 3 for an unclean tail', async () => {
    const home = makeHome()
    await writeJournal(home, 20)
    expect(await run(home, ['verify'])).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching(/^whole: 20 records/),
    })
    const path = join(home.folder, segmentsOf(home)[0]!)
    const original = readFileSync(path, 'utf8')
    writeFileSync(path, original.replace('"number":4', '"number":5'))
    const tampered = await run(home, ['verify', home.folder])
    expect(tampered.exitCode).toBe(1)
    expect(tampered.output).toMatch(/TAMPERED: segment segment-0{16}\.jsonl, line 5, seq 4: /)
    const json = JSON.parse((await run(home, ['verify', '--json'])).output)
    expect(json).toMatchObject({ status: 'tampered', problem: { line: 5, seq: 4 } })
    writeFileSync(path, original)
    appendFileSync(join(home.folder, segmentsOf(home).at(-1)!), '{"torn')
    expect(await run(home, ['verify'])).toMatchObject({
      exitCode: 3,
      output: expect.stringMatching(/unclean tail/),
    })
  })

  it('takes key and checkpoint by path or text, and says usage when there is no key', async () => {
    const home = makeHome()
    await writeJournal(home, 5)
    const pin = readPins(home.trust)[0]!
    const keyFile = join(home.trust, pin.instance, 'verify.key')
    for (const key of [pin.key.text, keyFile]) {
      expect((await run(home, ['verify', '--key', key, '--checkpoint', pin.checkpoint])).exitCode).toBe(0)
    }
    await expect(run(home, ['verify', '--key', `${pin.key.text}x`])).rejects.toMatchObject({
      code: 'usage',
      exitCode: 2,
    })
    await expect(run(home, ['verify', '--checkpoint', 'nowhere'])).rejects.toMatchObject({ code: 'usage' })
    rmSync(home.trust, { recursive: true })
    await expect(run(home, ['verify'])).rejects.toMatchObject({ code: 'usage', exitCode: 2 })
  })
})

describe('without a journal', () => {
  it.each([['verify'], ['tail'], ['prove', '0'], ['export']])('%s says so and exits 2', async (...args) => {
    await expect(run(makeHome(), args)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/there is no journal in/),
    })
  })
})

describe('audit tail', () => {
  it('prints the last records, readable or as JSON, and nothing that drives a terminal', async () => {
    const home = makeHome()
    const journal = await open(home)
    for (let number = 0; number < 30; number++) await journal.append(event(number))
    await journal.append(event(30, { user: '\x1b[2J\u202eevil', metadata: {} }))
    await journal.close()
    const { output } = await run(home, ['tail', '-n', '3'])
    const lines = output.trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[0]).toMatch(/^ {4}28 {2}\S+Z {2}allow {4}decision\.allow {6}alice {2}\{"number":28/)
    expect(lines[2]).toContain('\\u001b[2J\\u202eevil')
    expect(output).not.toMatch(/[\x1b\u202e]/)
    const json = (await run(home, ['tail', '--json', '-n', '2'])).output.trimEnd().split('\n')
    expect(json.map(line => JSON.parse(line).seq)).toEqual([29, 30])
  })

  it('follows a log that grows', async () => {
    const home = makeHome()
    const journal = await open(home)
    await journal.append(event(0))
    const running = run(home, ['tail', '--follow', '--json'])
    await journal.append(event(1))
    await new Promise(resolve => setTimeout(resolve, 700))
    await journal.append(event(2))
    await new Promise(resolve => setTimeout(resolve, 700))
    process.emit('SIGINT')
    const { output } = await running
    expect(
      output
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line).seq),
    ).toEqual([0, 1, 2])
    await journal.close()
  })
})

describe('audit prove and export', () => {
  it('proves a record to somebody who holds only the key', async () => {
    const home = makeHome()
    await writeJournal(home, 20)
    const key = readPins(home.trust)[0]!.key.text
    const { output } = await run(home, ['prove', '7'])
    const checked = await run(home, ['prove', '--check', '-', '--key', key], output)
    expect(checked).toMatchObject({ exitCode: 0, output: 'the proof holds\n' })
    const forged = await run(home, ['prove', '--check', '-', '--key', key], output.replace('alice', 'mallo'))
    expect(forged).toMatchObject({ exitCode: 1, output: expect.stringMatching(/does not hold/) })
    const consistency = await run(home, ['prove', '--consistency', '8', '--to', '16'])
    expect((await run(home, ['prove', '--check', '-', '--key', key], consistency.output)).exitCode).toBe(0)
    await expect(run(home, ['prove', '99'])).rejects.toMatchObject({ code: 'usage' })
    await expect(run(home, ['prove', 'x'])).rejects.toMatchObject({ code: 'usage' })
    await expect(run(home, ['prove'])).rejects.toMatchObject({ code: 'usage' })
    await expect(run(home, ['prove', '--check', '-', '--key', key], 'x')).rejects.toMatchObject({
      code: 'usage',
    })
  })

  it('exports a range byte for byte', async () => {
    const home = makeHome()
    await writeJournal(home, 30)
    const { output } = await run(home, ['export', '--from', '3', '--to', '21'])
    expect(output).toBe(
      linesOf(home)
        .slice(3, 22)
        .map(line => `${line}\n`)
        .join(''),
    )
    expect((await run(home, ['export', '--since', '2999-01-01'])).output).toBe('')
    expect(
      (await run(home, ['export', '--until', '2999-01-01T00:00:00Z'])).output.trimEnd().split('\n'),
    ).toHaveLength(30)
    await expect(run(home, ['export', '--since', 'yesterday'])).rejects.toMatchObject({ code: 'usage' })
    await expect(run(home, ['export', '/nowhere'])).rejects.toMatchObject({ code: 'usage' })
  })
})
