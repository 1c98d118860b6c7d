import type { Call } from '../acts.ts'
import { optionValues, readOptions } from '../dispatch/options.ts'
import { argumentText } from './by-program.ts'

/** Programs whose only use is to give others a shell here, or to make what does. */
const HANDLERS =
  /^(?:msfvenom|msfconsole|pwncat(?:-cs)?|gs-netcat|gsocket|sliver(?:-\w+)?|villain|hoaxshell|revshell|evil-winrm|weevely|ztcp|cryptcat|dnscat2?|ptunnel|icmpsh|rustcat|rcat|penelope|merlin|havoc|mythic)$/
/** Programs that share a terminal through a relay or a page. */
const SHARED_TERMINALS =
  /^(?:tmate|gotty|ttyd|sshx|upterm|teleconsole|wetty|shellinaboxd?|tty-share|termpair|code-server|webssh2?)$/

/** Programs of which only some uses do. */
const CONCERNS = /^(?:code|code-insiders|cursor|(?:auto)?ssh)$/

/** Raises what hands this machine's shell to somebody else. */
export function judgeRemoteShells(call: Call): void {
  const { shell, name, args } = call
  if (!CONCERNS.test(name) && !HANDLERS.test(name) && !SHARED_TERMINALS.test(name)) return
  const text = argumentText(args)
  if (/^(?:--?h(?:elp)?|--?version|-V|-v)$/.test(text)) return
  if (HANDLERS.test(name) || SHARED_TERMINALS.test(name))
    shell.raise('command.opens-reverse-shell', name, text || null, name === 'code-server' ? 'ask' : 'deny')
  else if (/^(?:code|code-insiders|cursor)$/.test(name) && /^(?:tunnel|serve-web)\b/.test(text))
    shell.raise('command.opens-reverse-shell', name, text, 'ask')
  else if (/^(?:auto)?ssh$/.test(name)) judgeForwarding(call)
}

/** `ssh -R 2222:localhost:22 host` lets everybody there log in here. */
function judgeForwarding({ shell, name, args }: Call): void {
  const read = readOptions(args, { valued: 'BbcDEeFIiJLlmOopQRSWw', stopAtOperand: true })
  const forwards = [
    ...optionValues(read, 'R'),
    ...optionValues(read, 'o').flatMap(option => /^RemoteForward[= ](.*)$/i.exec(option)?.[1] ?? []),
  ]
  if (forwards.some(place => /:(?:22|2222|5900|3389)$/.test(place)))
    shell.raise('command.opens-reverse-shell', name, forwards.join(' '))
}
