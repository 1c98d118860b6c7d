import { isKnownPublisher } from '../../paths/publishers.ts'
import { hasOption } from '../dispatch/options.ts'
import type { Verb } from './git-verb.ts'

const push: Verb = (call, read) => {
  const forced =
    hasOption(read, 'f', 'force', 'mirror', 'd', 'delete', 'prune') ||
    read.operands.slice(1).some(ref => ref.startsWith('+') || /^:./.test(ref))
  const careful = call.args.some(
    arg => arg.startsWith('--force-with-lease') || arg.startsWith('--force-if-includes'),
  )
  const name = read.operands[0] ?? 'origin'
  if (call.state.remotes.has(name)) call.shell.raise('command.sends-file', 'git', `the new remote ${name}`)
  if (/^(?:https?:\/\/|ssh:\/\/|git:\/\/|[\w.-]+@[\w.-]+:)/.test(read.operands[0] ?? ''))
    call.shell.raise('command.sends-file', 'git', read.operands[0]!)
  if (forced || careful)
    call.shell.raise('command.rewrites-git-history', 'git', `push ${call.args.join(' ')}`)
}

const remote: Verb = call => {
  if (
    /^(?:add|set-url)$/.test(call.args[0] ?? '') &&
    call.args.some(arg => /^ext::|^-/.test(arg) && arg.startsWith('ext'))
  )
    call.shell.raise('command.runs-unknown-code', 'git', 'ext::')
  if (call.verb !== 'remote' || !/^(?:add|set-url)$/.test(call.args[0] ?? '')) return
  const [name = '', address = ''] = call.args.slice(1).filter(arg => !arg.startsWith('-'))
  call.state.remotes.add(name)
  // What is pushed by habit would go elsewhere.
  if (call.args[0] === 'set-url' && isStrangeAddress(address))
    call.shell.raise('command.sends-file', 'git', address)
}

/** An address on a host where no project is known to live. */
function isStrangeAddress(address: string): boolean {
  const host = /^(?:[a-z+]+:\/\/(?:[^@/]*@)?|[\w.-]+@)([^/:]+)/i.exec(address)?.[1]
  return host !== undefined && !isKnownPublisher(host)
}

/** Verbs that name other repositories, send to them or serve this one. */
export const remoteVerbs: Readonly<Record<string, Verb>> = {
  push,
  remote,
  clone: remote,
  daemon: call => call.shell.raise('command.opens-listener', 'git', 'daemon'),
}
