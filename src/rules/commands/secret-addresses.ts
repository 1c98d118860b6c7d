import type { Command, Word } from 'unbash'
import { hostKind } from '../paths/judge-url.ts'
import { isKnownPublisher } from '../paths/publishers.ts'
import { namesSecret } from './assignments.ts'
import type { ShellState } from './state.ts'

/** The host of an address that carries a variable named like a secret in its path, its query or its name. */
export function hostTakingSecret(command: Command, state: ShellState): string | undefined {
  if (
    !/^(?:curl|wget2?|https?|xh|aria2c|lynx|w3m|links|nc|ncat|ping|dig|nslookup|host)$/.test(
      command.name?.value ?? '',
    )
  )
    return undefined
  for (const argument of command.args) {
    if (argument.type !== 'Word' || !namesSecret({ ...command, args: [argument], redirects: [] }, state))
      continue
    const host = hostOfWord(argument)
    if (host !== undefined && !isKnownPublisher(host) && hostKind(host) !== 'local') return host
  }
  return undefined
}

/** A part before an `@` is a login, which is meant for the host. */
function hostOfWord({ text }: Word): string | undefined {
  const [, login = '', host = '', rest = ''] =
    /^["']?(?:https?|ftp):\/\/([^/@\s]*@)?([^/?#"':]*)(.*)$/s.exec(text) ?? []
  if (host === '' || (login.includes('$') && !rest.includes('$') && !host.includes('$'))) return undefined
  return host.includes('$') ? host.replace(/^.*\}?\./, '') : host
}
