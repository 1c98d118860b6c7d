import type { Call } from '../acts.ts'
import { hasOption } from '../dispatch/options.ts'
import type { Verb } from './git-verb.ts'

const showFile: Verb = call => {
  const { args } = call
  // A list of commits shows no contents unless it is told to.
  const shows = call.verb !== 'log' || args.some(flag => /^(?:-p|-u|--patch|-[0-9U].*)$/.test(flag))
  for (const [at, arg] of args.entries()) {
    const file = /^[^-][^:]*:(.+)$/.exec(arg)?.[1]
    if (
      shows &&
      !arg.startsWith('-') &&
      call.shell.paths.classify(call.shell.path(arg, call.state)) === 'credential'
    )
      call.shell.raise('command.reads-credential', 'git', arg)
    if (file && call.shell.paths.classify(call.shell.path(file, call.state)) === 'credential')
      call.shell.raise('command.reads-credential', 'git', file)
    if (/^(?:-o|--output(?:=|$))/.test(arg))
      call.shell.write(
        arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : (args[at + 1] ?? ''),
        'git',
        call.state,
      )
  }
  if (args.includes('--no-index') || args.includes('--contents'))
    for (const other of args) if (!other.startsWith('-')) call.shell.read(other, 'git', call.state)
}

/** `hash-object` keeps a file's contents for whoever asks. */
const keep: Verb = (call, read) => {
  for (const file of read.operands) call.shell.read(file, 'git', call.state)
}

const add: Verb = (call, read) => {
  for (const file of read.operands)
    if (call.shell.paths.classify(call.shell.path(file, call.state)) === 'credential')
      if (hasOption(read, 'f', 'force')) call.shell.raise('command.reads-credential', 'git', file)
      else call.shell.raise('command.prints-credential', 'git', file)
}

function printsCredential({ shell, args }: Call): void {
  if (args.includes('get')) shell.raise('command.prints-credential', 'git', 'credential helper')
}

/** Verbs that print files, take them in, or print what is kept of passwords. */
export const contentVerbs: Readonly<Record<string, Verb>> = {
  show: showFile,
  log: showFile,
  diff: showFile,
  blame: showFile,
  'cat-file': showFile,
  'hash-object': keep,
  grep: call => {
    if (!call.args.includes('--no-index')) return
    for (const place of call.args.filter(arg => !arg.startsWith('-')).slice(1)) {
      call.shell.act({
        kind: 'read',
        program: 'git',
        target: call.shell.path(place, call.state),
        recursive: true,
      })
    }
  },
  add,
  credential: call =>
    call.args[0] === 'fill'
      ? call.shell.raise('command.prints-credential', 'git', 'credential fill')
      : undefined,
  'credential-store': call => printsCredential(call),
  'credential-cache': call => printsCredential(call),
  'credential-osxkeychain': call => printsCredential(call),
}
