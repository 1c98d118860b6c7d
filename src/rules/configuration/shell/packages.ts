import { isPlainHttp } from './addresses.ts'
import type { ProgramCall } from './call.ts'

const PYTHON_INSTALLER = /^(?:pip|pip3|pipx|uv|python|easy_install)$/

/** Looks at how packages are installed: over the system's own, as root, from mixed or open sources. */
export function judgePackages(call: ProgramCall): void {
  if (PYTHON_INSTALLER.test(call.name)) judgePython(call)
  if (/^(?:npm|pnpm|yarn)$/.test(call.name)) judgeNode(call)
}

function judgePython(call: ProgramCall): void {
  const { args, texts, name, starters, report, start, end, reading } = call
  if (name === 'python' && !(texts[0] === '-m' && texts[1] === 'pip')) return
  for (const [at, { text, start: from, end: to }] of args.entries()) {
    if (text === '--break-system-packages')
      report({
        rule: 'configuration.breaks-system-packages',
        start: from,
        end: to,
        message: 'installs over the packages that the system manages itself',
        ...(reading.surroundings !== 'machine' && { severity: 'note' as const }),
      })
    if (/^--extra-index-url(?:=|$)/.test(text))
      report({
        rule: 'configuration.mixes-package-indexes',
        start: from,
        end: text.includes('=') ? to : (args[at + 1]?.end ?? to),
        message: 'whoever publishes the higher version in either index is installed from',
      })
    const index = /^(?:--index-url|-i|--find-links|-f)$/.test(text)
      ? (texts[at + 1] ?? '')
      : (/^--(?:extra-)?index-url=(.*)$/.exec(text)?.[1] ?? '')
    if (isPlainHttp(index))
      report({
        rule: 'configuration.fetches-code-over-http',
        start: from,
        end: args[at + 1]?.end ?? to,
        message: 'packages come over plain HTTP, so anybody on the way can put other code in their place',
      })
  }
  const isRoot = starters.some(starter => /^(?:sudo|doas|su|run0)$/.test(starter))
  if (isRoot && texts.includes('install') && reading.surroundings !== 'image')
    report({
      rule: 'configuration.installs-packages-as-root',
      start,
      end,
      message: 'code of every package runs as root while it is installed',
      ...(reading.surroundings === 'job' && { severity: 'note' as const }),
    })
}

function judgeNode(call: ProgramCall): void {
  const { args, texts, report, start } = call
  for (const [at, { text, start: from, end }] of args.entries()) {
    const isSet = text === 'unsafe-perm' && /^(?:true|1)$/.test(texts[at + 1] ?? 'true')
    if (/^(?:--unsafe-perm(?:=true)?|unsafe-perm=true)$/.test(text) || isSet)
      report({
        rule: 'configuration.installs-packages-as-root',
        start: from,
        end,
        message: 'scripts of every package keep the rights of root while it is installed',
      })
    const registry =
      /^(?:--registry=|registry=)(.*)$/.exec(text)?.[1] ??
      (/^(?:--registry|registry)$/.test(text) ? (texts[at + 1] ?? '') : '')
    if (isPlainHttp(registry))
      report({
        rule: 'configuration.fetches-code-over-http',
        start: from,
        end: args[at + 1]?.end ?? end,
        message: 'packages come over plain HTTP, so anybody on the way can put other code in their place',
      })
  }
  const isRoot = call.starters.some(starter => /^(?:sudo|doas)$/.test(starter))
  if (isRoot && /^(?:i|install|add|ci)$/.test(texts[0] ?? '') && call.reading.surroundings === 'machine')
    report({
      rule: 'configuration.installs-packages-as-root',
      start,
      end: call.end,
      message: 'scripts of every package run as root while it is installed',
      severity: 'note',
    })
}

const UNKNOWN_OR_MADE_UP = /[\uE000-\uE00B]|<[^>]*>|\.\.\.|\bx{3,}|\*{3,}|^your|example/i

/** Programs and their options that put a password among the arguments, which every user of the machine can list. */
const PASSWORD_OPTIONS: readonly {
  readonly programs: RegExp
  readonly option: RegExp
  readonly isAttached?: boolean
}[] = [
  { programs: /^(?:curl|http|xh)$/, option: /^(?:-\w*u|--user|--proxy-user|-U|-a|--auth)$/ },
  { programs: /^wget2?$/, option: /^--(?:http-|ftp-|proxy-)?password$/ },
  { programs: /^(?:mysql\w*|mariadb\w*)$/, option: /^--password$/ },
  { programs: /^sshpass$/, option: /^-p$/ },
  { programs: /^(?:docker|podman|skopeo|buildah|helm)$/, option: /^(?:-p|--password|--creds)$/ },
  { programs: /^redis-cli$/, option: /^(?:-a|--pass)$/ },
  { programs: /^(?:mongo|mongosh|mongodump|mongorestore)$/, option: /^(?:-p|--password)$/ },
  { programs: /^az$/, option: /^(?:-p|--password)$/ },
]

export function judgeCredentials(call: ProgramCall): void {
  const { name, args, texts, report } = call
  const rows = PASSWORD_OPTIONS.filter(({ programs }) => programs.test(name))
  const tell = (start: number, end: number) =>
    report({
      rule: 'configuration.shows-credential-in-arguments',
      start,
      end,
      message: 'a password stands on the command line, where every user of the machine can list it',
    })
  for (const [at, { text, start, end }] of args.entries()) {
    for (const { option } of rows) {
      const [, long = '', attached = ''] = /^(--[\w-]+)=(.+)$/.exec(text) ?? []
      const next = option.test(text) ? texts[at + 1] : option.test(long) ? attached : undefined
      if (next !== undefined && isPassword(next, name)) tell(start, long ? end : (args[at + 1]?.end ?? end))
    }
    const attachedUser = /^(?:curl)$/.test(name) ? /^-\w*u(\S+:\S+)$/.exec(text)?.[1] : undefined
    const attachedPassword = /^(?:mysql\w*|mariadb\w*)$/.test(name) ? /^-p(\S+)$/.exec(text)?.[1] : undefined
    const attached =
      attachedUser ?? attachedPassword ?? (name === 'sshpass' ? /^-p(\S+)$/.exec(text)?.[1] : undefined)
    if (attached !== undefined && isPassword(attached, name)) tell(start, end)
    if (/^(?:curl|wget|http|xh)$/.test(name) && isCredentialHeader(text)) tell(start, end)
    const inAddress = /^[a-z][\w+.-]*:\/\/[^/\s:@]+:([^/\s@]+)@/i.exec(text)?.[1]
    if (
      inAddress !== undefined &&
      /^(?:curl|wget2?|git|http|pip3?|npm|psql|mongosh?)$/.test(name) &&
      isSecretText(inAddress)
    )
      tell(start, end)
  }
}

/** `user:password` for the programs that take both in one word; the second half counts. */
function isPassword(text: string, name: string): boolean {
  const takesPair = /^(?:curl|http|xh|skopeo|buildah)$/.test(name)
  const secret = takesPair ? text.slice(text.indexOf(':') + 1) : text
  return !(takesPair && !text.includes(':')) && !text.startsWith('-') && isSecretText(secret)
}

function isSecretText(text: string): boolean {
  return text.length > 0 && !UNKNOWN_OR_MADE_UP.test(text)
}

function isCredentialHeader(text: string): boolean {
  const value =
    /^(?:-H|--header=)?(?:(?:Proxy-)?Authorization|X-(?:Api|Auth)-(?:Key|Token)|PRIVATE-TOKEN|Api-Key):\s*(.+)$/i.exec(
      text,
    )?.[1]
  if (value === undefined) return false
  const secret = value.replace(/^(?:Bearer|Basic|Token|Digest|ApiKey)\s+/i, '')
  return secret.length >= 4 && isSecretText(secret)
}
