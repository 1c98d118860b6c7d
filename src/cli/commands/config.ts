import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { configJsonSchema } from '../../config/json-schema.ts'
import { loadConfig } from '../../config/load.ts'
import { resolvePaths } from '../../config/paths.ts'
import { ConfigRefusal } from '../../config/problem.ts'
import { configReference } from '../../config/reference.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'
import { withoutSecrets } from '../without-secrets.ts'

export const register: RegisterCommand = (program, terminal) => {
  const config = program.command('config').description('check, show and describe the configuration')

  config
    .command('check [file]')
    .description('name everything wrong with a configuration file; exit 2 when it is refused')
    .action((file: string | undefined, _options, command: Command) =>
      check(file, command.optsWithGlobals<GlobalOptions>(), terminal),
    )
  config
    .command('show')
    .description('print the configuration with every default, as JSON (which is YAML too)')
    .action((_options, command: Command) => show(command.optsWithGlobals<GlobalOptions>(), terminal))
  config
    .command('schema')
    .description('print the JSON Schema of the file, for editors')
    .action(() => print(terminal, configJsonSchema()))
  config
    .command('docs')
    .description('print the reference of every key as Markdown')
    .action(() => void terminal.stdout.write(configReference()))
}

async function check(file: string | undefined, options: GlobalOptions, terminal: Terminal): Promise<void> {
  const named = file ?? options.config
  const { config: path } = resolvePaths({
    ...(named !== undefined && { config: resolve(terminal.cwd, named) }),
    env: terminal.env,
  })
  try {
    await loadConfig(path, { mustExist: named !== undefined })
  } catch (error) {
    if (!options.json || !(error instanceof ConfigRefusal)) throw error
    print(terminal, { file: path, ok: false, problems: error.problems })
    terminal.exitCode = error.exitCode
    return
  }
  if (options.json) print(terminal, { file: path, ok: true, problems: [] })
  else {
    const found = existsSync(path) ? `${path} is in order` : `there is no ${path}; every default applies`
    terminal.stdout.write(`${withoutSecrets(found)}\n`)
  }
}

async function show(options: GlobalOptions, terminal: Terminal): Promise<void> {
  const { config: path } = resolvePaths({ ...options, env: terminal.env })
  print(terminal, await loadConfig(path, { mustExist: options.config !== undefined }))
}

function print(terminal: Terminal, value: unknown): void {
  terminal.stdout.write(`${withoutSecrets(JSON.stringify(value, null, 2))}\n`)
}
