import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { portcullis, type RunningService, startUp } from '../service/process.ts'
import { type Reply, type StandInModel, startStandInModel } from '../standin/model.ts'
import { githubToken } from './made-up.ts'
import { makeScratch, runClaude, runPortcullis, type Scratch, versions } from './support.ts'

// One session of the real client with both doors guarded at once: its model traffic and its tools.

describe.each(versions)('Claude Code %s through gateway and hooks', version => {
  let scratch: Scratch
  let model: StandInModel
  let service: RunningService
  let env: NodeJS.ProcessEnv
  const marker = () => join(scratch.project, 'MARKER')

  beforeAll(async () => {
    scratch = makeScratch()
    env = { PATH: process.env['PATH'], HOME: scratch.home }
    writeFileSync(join(scratch.home, 'keep.txt'), 'irreplaceable')
    writeFileSync(join(scratch.project, 'notes.txt'), `remember: ${githubToken}\n`)
    await runPortcullis(scratch.home, ['init', '--yes', '--agents', 'claude-code'])
    const script: Reply[] = [
      {
        toolUses: [
          {
            name: 'Bash',
            id: 'toolu_bad',
            input: { command: `touch ${marker()}; rm -rf ~`, description: 'x' },
          },
          { name: 'Bash', id: 'toolu_good', input: { command: 'cat notes.txt', description: 'x' } },
        ],
      },
      { text: ['done; the key was ', githubToken.slice(0, 12), githubToken.slice(12), '.'] },
    ]
    model = await startStandInModel({ script: ({ turn }) => script[turn] ?? { text: 'done' } })
    service = await startUp(env, ['--upstream', model.url])
  })

  afterAll(async () => {
    await service?.stop()
    await model?.close()
    scratch?.remove()
  })

  test('the dangerous command is stopped, the honest one runs, no secret leaves, nothing is unguarded', async () => {
    const { result, code } = await runClaude({
      version,
      home: scratch.home,
      cwd: scratch.project,
      baseUrl: service.gateway,
      prompt: 'look at the notes',
    })
    expect(code).toBe(0)
    expect(existsSync(marker())).toBe(false)
    expect(existsSync(join(scratch.home, 'keep.txt'))).toBe(true)

    const sent = model.requests.map(({ body }) => body.toString('utf8')).join('\n')
    expect(sent).toContain('command.deletes-protected-folder')
    expect(sent).toMatch(/remember: <masked:github-pat:[0-9a-f]{8}>/)
    expect(sent).not.toContain(githubToken)
    expect(String(result?.['result'])).toMatch(/the key was <masked:github-pat:[0-9a-f]{8}>\./)

    const status = await portcullis(['status', '--json'], { env })
    expect(JSON.parse(status.stdout)).toMatchObject({ coverage: { asked: 2, seen: 2, missed: 0 } })
  })

  test('each of its decisions can be explained by id and stands in a log that verifies', async () => {
    const { stdout } = await portcullis(['audit', 'tail', '-n', '200', '--json'], { env })
    const lines = stdout.trim().split('\n')
    const records = lines.map(line => JSON.parse(line) as { event: string; metadata: { id?: string } })
    const decisions = records.filter(({ event }) => event.startsWith('decision.'))
    expect(decisions.length).toBeGreaterThanOrEqual(6)
    // The canary of `init`, and the dangerous command.
    expect(decisions.filter(({ event }) => event === 'decision.deny')).toHaveLength(2)
    for (const { metadata } of decisions) {
      const explained = await portcullis(['explain', metadata.id!], { env })
      expect(explained.code).toBe(0)
      expect(explained.stdout).toContain(metadata.id)
    }
    await service.stop()
    expect(await portcullis(['audit', 'verify'], { env })).toMatchObject({ code: 0 })
  })
})
