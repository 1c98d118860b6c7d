import { SECRET } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import { hasOption, optionValues, readOptions } from './options.ts'
import { runCode } from './shell-code.ts'
import type { Wrapper } from './wrappers.ts'

/** What a program runs on another machine, and what the way there runs on this one. */
export function runRemote(call: Call, operands: readonly string[], wrapper: Wrapper): undefined {
  const host = operands[0] ?? null
  const words = operands.slice(wrapper.skip ?? 1)
  // Options may stand behind the host: `ssh -L … host -N`.
  const code = words.every(word => /^-[46AaCfGgKkMNnqsTtVvXxYy]+$/.test(word)) ? '' : words.join(' ')
  call.shell.act({ kind: 'connect', program: call.name, target: host })
  const read = readOptions(call.args, { valued: wrapper.valued ?? '', stopAtOperand: true })
  for (const option of optionValues(read, 'o')) {
    const command = /^(?:ProxyCommand|LocalCommand|KnownHostsCommand|Match)[= ]\s*(.*)$/i.exec(option)
    if (command && command[1] !== 'none') {
      call.shell.raise('command.runs-unknown-code', call.name, option)
      runCode(call, command[1]!)
    }
  }
  if (hasOption(read, 'R')) call.shell.raise('command.opens-listener', call.name, host)
  if (call.stdin.text.includes(SECRET) || code.includes(SECRET))
    call.shell.raise('command.sends-secret', call.name, host)
  if (code === '' && !call.stdin.connected) return undefined
  // Paths of the other machine are not ours; the same text here is still the best reading of what it destroys.
  call.shell.raise('command.runs-on-other-machine', call.name, host)
  call.shell.runText(
    code || call.stdin.text,
    { text: '', connected: false },
    { ...call.state, variables: new Map(call.state.variables), cwd: call.shell.paths.workplace.home },
  )
  return undefined
}
