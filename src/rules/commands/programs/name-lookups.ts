import { holdsSecret, isUnknown, UNKNOWN } from '../../paths/pattern.ts'
import type { Program } from '../acts.ts'

/** Names in a query leave the machine: a secret or unknown text in one is a leak. */
const lookUp: Program = call => {
  const { shell, name } = call
  for (const arg of call.args) {
    if (holdsSecret(arg)) shell.raise('command.sends-secret', name, 'the network')
    else if (isUnknown(arg) && /[\uE000-\uE002]+\.[\w.-]+/.test(arg))
      shell.raise('command.sends-unknown-data', name, arg)
  }
  if (call.args.includes('-f')) shell.read(call.args[call.args.indexOf('-f') + 1] ?? '', name, call.state)
  if (call.args.includes('-p') && name === 'ping' && call.args.some(isUnknown))
    shell.raise('command.sends-unknown-data', name)
  return UNKNOWN
}

/** The entry of the one account whose home is known. */
const account: Program = call => {
  const { home } = call.shell.paths.workplace
  const [table, key] = call.args
  if (table !== 'passwd' || key === undefined || !home.endsWith(`/${key}`)) return lookUp(call)
  return `${key}:x:1000:1000::${home}:/bin/bash\n`
}

/** Programs that ask for names, or whether a machine answers to one. */
export const nameLookUps: Readonly<Record<string, Program>> = {
  ping: lookUp,
  ping6: lookUp,
  dig: lookUp,
  nslookup: lookUp,
  host: lookUp,
  drill: lookUp,
  resolvectl: lookUp,
  getent: account,
  whois: lookUp,
  traceroute: lookUp,
}
