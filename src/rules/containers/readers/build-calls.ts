import type { SeenCall } from '../../configuration/shell/reading.ts'

type Tell = (call: SeenCall, message: string, severity?: 'deny' | 'ask' | 'note') => void

/** Looks at one program that a build runs: rights that stay in the image. Names that become root are put into `rootNames`. */
export function judgeBuildCall(call: SeenCall, tell: Tell, rootNames: Set<string>): void {
  const { name, args } = call
  const texts = args.map(({ text }) => text)
  switch (name) {
    case 'sudo':
      tell(call, 'a build needs no sudo: until USER it is root anyway')
      break
    case 'chmod': {
      const mode = texts.find(text => !text.startsWith('-'))
      if (mode !== undefined && givesIdentity(mode)) tell(call, 'makes a program set-uid or set-gid')
      break
    }
    case 'install': {
      const mode = optionValue(texts, '-m', '--mode')
      if (mode !== undefined && givesIdentity(mode)) tell(call, 'makes a program set-uid or set-gid')
      break
    }
    case 'setcap':
      if (
        texts.some(
          text =>
            /cap_(?:sys_|dac_|setuid|setgid|net_admin|all)|^all=|=e?[ei]?p$/i.test(text) &&
            !/net_bind_service/i.test(text),
        )
      )
        tell(call, 'gives a program capabilities of root')
      break
    case 'useradd':
    case 'adduser':
    case 'usermod': {
      const number = optionValue(texts, '-u', '--uid')
      if (number !== undefined && /^0+$/.test(number)) {
        for (const text of texts) if (/^[a-z_][\w.-]*\$?$/i.test(text)) rootNames.add(text)
        tell(call, 'gives another name the number of root')
      }
      break
    }
    case 'passwd':
      if (texts.includes('-d') || texts.includes('--delete')) tell(call, 'takes a password away')
      break
    case 'chpasswd':
      tell(call, 'sets a password that everybody with the image can read')
      break
    case 'apt-get':
    case 'apt':
    case 'apk':
    case 'yum':
    case 'dnf':
    case 'microdnf':
      if (texts.some(text => /^sudo(?:=|$)/.test(text))) tell(call, 'sudo goes into the image')
      if (
        texts.some(
          text =>
            /^openssh-server(?:=|$)|^openssh$/.test(text) &&
            texts.some(verb => /^(?:install|add)$/.test(verb)),
        )
      )
        tell(call, 'an ssh server goes into the image', 'note')
  }
}

/** `u+s`, `g=rxs`, `4755`, `02755`. */
function givesIdentity(mode: string): boolean {
  if (/^[0-7]{4,5}$/.test(mode)) return (Number.parseInt(mode, 8) & 0o6000) !== 0
  return mode.split(',').some(part => /^[ugoa]*[+=]\w*s/.test(part))
}

function optionValue(texts: readonly string[], letter: string, long: string): string | undefined {
  for (const [at, text] of texts.entries()) {
    if (text === letter || text === long) return texts[at + 1]
    if (text.startsWith(`${long}=`)) return text.slice(long.length + 1)
    if (text.startsWith(letter) && !text.startsWith('--') && text.length > letter.length)
      return text.slice(letter.length)
    if (/^-[a-z]+$/.test(text) && letter.length === 2 && text.endsWith(letter[1]!)) return texts[at + 1]
  }
  return undefined
}
