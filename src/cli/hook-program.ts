import { parseArgs } from 'node:util'
import { answerHook } from './commands/hook.ts'

// The program of the bundle (`build/bundle-hook.ts`): `portcullis hook` alone, without the command line around it.
// `bin/portcullis-hook` writes its arguments; whatever is wrong with them is a fault, and that is a denial there.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { home: { type: 'string' }, data: { type: 'string' }, config: { type: 'string' } },
})
const terminal = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  exitCode: 0,
}
// The runtime would print what it was, and with it what stands in its message.
process.on('uncaughtException', () => process.exit(2))
answerHook(positionals[0] ?? '', values, terminal).then(
  () => {
    process.exitCode = terminal.exitCode
  },
  () => {
    process.exitCode = 2
  },
)
