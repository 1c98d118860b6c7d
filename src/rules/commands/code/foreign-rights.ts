import type { Call } from '../acts.ts'

const BECOMES_ROOT =
  /\b(?:set(?:re|res|e)?uid|posix_setuid|Process::(?:Sys|UID)[.:]{1,2}\w{1,30})\b\s{0,8}\(?\s{0,8}0\b|\$[<>]\s{0,8}=\s{0,8}0\b/
const SERVES =
  /\b(?:socketserver|ThreadingTCPServer|TCPServer|HTTPServer|http\.server|asyncio\.start_server|createServer|UNIXServer|WEBrick)\b/
const TO_ALL = /['"](?:0\.0\.0\.0|::)?['"]\s{0,8},\s{0,8}\d/
/** A command made of what came in. */
const OBEYS =
  /\b(?:getoutput|getstatusoutput|check_output|popen|system|run|Popen|exec\w*|spawn\w*)\s{0,8}\(\s{0,8}(?!\[?\s{0,8}['"`])\w/
const KEYRINGS = /\bkeyring\.get_(?:password|credential)\b|\bsecretstorage\b|\bbrowser_cookie3\b/

/** Raises code that takes root's rights for another program, obeys the network, or opens a store of secrets. */
export function judgeRights({ shell, name, state }: Call, code: string, runs: RegExp): void {
  if (BECOMES_ROOT.test(code) && runs.test(code)) shell.raise('command.grants-privilege', name)
  if (SERVES.test(code) && TO_ALL.test(code) && OBEYS.test(code))
    shell.raise('command.opens-reverse-shell', name)
  if (/\bnetrc\.netrc\s{0,8}\(|\bimport netrc\b/.test(code))
    shell.act({ kind: 'read', program: name, target: shell.path('~/.netrc', state) })
  if (KEYRINGS.test(code)) shell.raise('command.prints-credential', name, 'the keyring')
}
