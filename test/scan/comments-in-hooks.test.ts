import { afterAll, expect, test } from 'vitest'
import { runHere } from '../hooks/terminal.ts'
import { scratchPlace, token } from './place.ts'

const place = scratchPlace()
afterAll(() => place.remove())

async function decide(content: string): Promise<object> {
  const input = JSON.stringify({ id: 1, tool: 'Write', input: { file_path: 'a.ts', content } })
  const { stdout } = await runHere(['check', '--jsonl'], { env: place.env, cwd: place.folder, input })
  const { us: _us, ...decision } = JSON.parse(stdout) as { us: number }
  return decision
}

test('an agent cannot allow itself to write a secret: comments that satisfy a scan do not count for hooks', async () => {
  const bare = await decide(`key = '${token()}'`)
  expect(JSON.stringify(bare)).toContain('secret.github-pat')
  for (const comment of [
    'portcullis:allow',
    'gitleaks:allow',
    'trufflehog:ignore',
    'pragma: allowlist secret',
    'secretlint-disable-line',
  ])
    expect(await decide(`key = '${token()}' // ${comment}`)).toEqual(bare)
  expect(JSON.stringify(await decide("key = 'clean' // portcullis:allow"))).not.toContain('secret.')
})
