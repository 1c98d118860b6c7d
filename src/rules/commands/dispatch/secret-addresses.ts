import type { Command, Word } from 'unbash'
import { hostKind } from '../../paths/judge-url.ts'
import { isKnownPublisher } from '../../paths/publishers.ts'
import { namesSecret } from '../shell/assignments.ts'
import type { ShellState } from '../shell/state.ts'

/** The host of an address that carries a variable named like a secret in its path, its query or its name. */
export function hostTakingSecret(command: Command, state: ShellState): string | undefined {
  if (
    !/^(?:curl|wget2?|https?|xh|aria2c|lynx|w3m|links|nc|ncat|ping|dig|nslookup|host)$/.test(
      command.name?.value ?? '',
    )
  )
    return undefined
  const keyed = command.args.some(argument => 'text' in argument && GIVES_KEY.test(argument.text))
  if (keyed) {
    const host = command.args
      .map(argument => (argument.type === 'Word' ? hostOfWord(argument) : undefined))
      .find(Boolean)
    if (host !== undefined && !ISSUERS.test(host) && hostKind(host) !== 'local' && !isKnownPublisher(host))
      return host
  }
  let isData = false
  for (const [index, argument] of command.args.entries()) {
    const previous = command.args[index - 1]
    if (
      /^(?:-d|--data(?:-raw|-binary|-urlencode|-ascii)?|--json|-F|--form|--post-data|--body-data)$/.test(
        previous && 'text' in previous ? previous.text : '',
      ) &&
      'text' in argument &&
      NEVER_DATA.test(argument.text)
    )
      isData = true
    if (isData && 'text' in argument && /^["']?https?:/.test(argument.text))
      return hostOfWord(argument as Word)
    if (argument.type !== 'Word' || !namesSecret({ ...command, args: [argument], redirects: [] }, state))
      continue
    const host = hostOfWord(argument)
    if (host !== undefined && !isKnownPublisher(host) && hostKind(host) !== 'local') return host
  }
  return undefined
}

/** Programs that print the key of an account. */
const GIVES_KEY =
  /(?:\$\(|`)\s*(?:gh auth token|glab auth token|aws (?:sts (?:get-session-token|assume-role)|configure (?:get|export-credentials))|gcloud auth (?:application-default )?print-access-token|az account get-access-token|security find-(?:generic|internet)-password|op read|pass show|bw get|secret-tool lookup|vault (?:print token|token)|npm token|heroku auth:token|doctl auth token|git credential fill)\b/
/** Who gives keys of accounts out, and asks for them back. */
export const ISSUERS =
  /(?:^|\.)(?:github\.com|githubusercontent\.com|githubcopilot\.com|ghcr\.io|gitlab\.com|googleapis\.com|google\.com|gcr\.io|pkg\.dev|amazonaws\.com|azure\.com|windows\.net|microsoft\.com|microsoftonline\.com|azurecr\.io|npmjs\.org|npmjs\.com|heroku\.com|digitalocean\.com|internal|local)$|github|gitlab|vault/i

/** Keys that no service asks for in what it is sent. */
const NEVER_DATA =
  /\$\{?(?:AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|\w*PRIVATE_KEY\w*|GITHUB_TOKEN|GH_TOKEN|NPM_TOKEN|ANTHROPIC_API_KEY|OPENAI_API_KEY|DATABASE_URL|PGPASSWORD)\b/

/** A part before an `@` is a login, which is meant for the host. */
function hostOfWord({ text }: Word): string | undefined {
  const [, login = '', host = '', rest = ''] =
    /^["']?(?:https?|ftp):\/\/([^/@\s]*@)?([^/?#"':]*)(.*)$/s.exec(text) ?? []
  if (host === '' || (login.includes('$') && !rest.includes('$') && !host.includes('$'))) return undefined
  return host.includes('$') ? host.replace(/^.*\}?\./, '') : host
}
