import { join } from 'node:path'
import { openPacks } from '../../config/data-classes.ts'
import { loadConfig } from '../../config/load.ts'
import { resolvePaths } from '../../config/paths.ts'
import { createPlaceholder, loadOrCreateKeyFile } from '../../credentials/placeholder.ts'
import { maskLine } from '../../enforcement/scan/lines.ts'
import { systemRandom } from '../../kernel/random.ts'
import { createSecretEngine } from '../../rules/secrets/engine.ts'
import type { SecretEngine } from '../../rules/secrets/types.ts'
import { answerLines, writeText } from '../answer-lines.ts'
import { composeUserRules } from '../compose.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'

interface MaskOptions extends GlobalOptions {
  readonly jsonl?: boolean
}

export const register: RegisterCommand = (program, terminal) => {
  program
    .command('mask')
    .description('copy stdin to stdout with secrets masked, piece by piece as it arrives')
    .option(
      '--jsonl',
      'mask lines of stdin: {id, chunks: […]} → the same, chunk by chunk as a stream would be',
    )
    .addHelpText(
      'after',
      [
        '',
        'A placeholder stays the same for the same secret and deployment: <masked:github-pat:7f3a9c21>.',
        'Exit codes: 0 done, 2 usage; with --jsonl 2, too, when a line could not be read.',
      ].join('\n'),
    )
    .action((_options: unknown, self: { optsWithGlobals(): MaskOptions }) =>
      mask(self.optsWithGlobals(), terminal),
    )
}

async function mask(options: MaskOptions, terminal: Terminal): Promise<void> {
  const paths = resolvePaths({ config: options.config, data: options.data, env: terminal.env })
  const config = await loadConfig(paths.config, { mustExist: options.config !== undefined })
  const { minimumGrade } = config.validation.secrets
  const { userRules, notes } = composeUserRules(paths, config)
  for (const note of notes) terminal.stderr.write(`portcullis: ${note}\n`)
  const key = loadOrCreateKeyFile(join(paths.keys, 'placeholder.key'), systemRandom)
  const packs = openPacks(config.validation.classes)
  const engine = createSecretEngine({ placeholder: createPlaceholder(key), minimumGrade, userRules, packs })
  if (!options.jsonl) return maskText(engine, terminal)
  const outcome = await answerLines(terminal, line => maskLine(line, engine))
  terminal.exitCode = outcome === 'faults' ? 2 : 0
}

async function maskText(engine: SecretEngine, terminal: Terminal): Promise<void> {
  const masker = engine.stream()
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  for await (const chunk of terminal.stdin) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk as Uint8Array, { stream: true })
    await writeText(terminal.stdout, masker.push(text))
  }
  await writeText(terminal.stdout, masker.push(decoder.decode()) + masker.end())
}
