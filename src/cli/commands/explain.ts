import type { Command } from 'commander'
import { resolvePaths } from '../../config/paths.ts'
import { PortcullisError } from '../../kernel/errors.ts'
import { findDecision } from '../explain/find.ts'
import { asJson, tell } from '../explain/tell.ts'
import { reasonCodesPage } from '../reference.ts'
import type { GlobalOptions, RegisterCommand, Terminal } from '../terminal.ts'

interface ExplainOptions extends GlobalOptions {
  readonly codes?: boolean
}

export const register: RegisterCommand = (program, terminal) => {
  program
    .command('explain [id]')
    .description(
      'why a decision fell: what was asked, what each layer said, what to do, where it is recorded',
    )
    .option('--codes', 'list every reason code instead, as the reference page')
    .addHelpText(
      'after',
      '\nThe id begins with `dec_`; every refusal names it, and `portcullis audit tail` lists them.',
    )
    .action((id: string | undefined, _options: unknown, self: Command) =>
      explain(id, self.optsWithGlobals<ExplainOptions>(), terminal),
    )
}

async function explain(id: string | undefined, options: ExplainOptions, terminal: Terminal): Promise<void> {
  if (options.codes) {
    terminal.stdout.write(reasonCodesPage())
    return
  }
  if (id === undefined || !/^[a-z]{2,10}_[0-9A-HJKMNP-TV-Z]{26}$/.test(id)) {
    throw new PortcullisError(
      'usage',
      id === undefined ? 'no decision id is given' : 'that is not a decision id',
      'give an id such as `dec_01ARZ3NDEKTSV4RRFFQ69G5FAV`; `portcullis audit tail` lists them',
    )
  }
  const paths = resolvePaths({ ...options, env: terminal.env })
  const found = await findDecision(paths.audit, id)
  if (!found) {
    throw new PortcullisError(
      'store.not-found',
      `the journal in \`${paths.audit}\` holds no decision \`${id}\``,
      'check the id, or name the data folder it was decided in with `--data`',
    )
  }
  terminal.stdout.write(options.json ? `${JSON.stringify(asJson(found))}\n` : tell(found))
}
