import type { Command, Pipeline } from 'unbash'
import { isThisMachine } from '../dispatch/elsewhere.ts'
import { ISSUERS } from '../dispatch/secret-addresses.ts'
import type { RuleName } from '../rule-names.ts'
import { MOST_COMMANDS } from './machine.ts'

interface Flow {
  readonly rule: RuleName
  readonly program: string
  readonly target: string
}

interface Stage {
  readonly name: string
  readonly args: readonly string[]
}

/** What the programs of a pipeline do together, where none of them does it alone. */
export function judgeFlow(node: Pipeline): readonly Flow[] {
  // What has more is asked about as a whole.
  const stages = node.commands.slice(0, MOST_COMMANDS).map(stageOf)
  const found = [losesListed(stages), stopsAll(stages), runsPacked(stages), sendsKept(stages)]
  return found.filter(flow => flow !== undefined)
}

function stageOf(command: Pipeline['commands'][number]): Stage {
  if (command.type !== 'Command') return { name: '', args: [] }
  return withoutRights({
    name: plainName(command),
    args: command.args.map(({ text }) => text.replace(/["']/g, '')),
  })
}

const plainName = (command: Command) => command.name?.value.split('/').pop() ?? ''

function withoutRights({ name, args }: Stage): Stage {
  if (!/^(?:sudo|doas|command|nice|nohup|time)$/.test(name)) return { name, args }
  const at = args.findIndex(arg => !arg.startsWith('-'))
  return at < 0 ? { name, args } : { name: args[at]!.split('/').pop() ?? '', args: args.slice(at + 1) }
}

/** The program that takes its words from the pipeline. */
function consumer({ name, args }: Stage): Stage | undefined {
  if (!/^(?:xargs|gxargs|parallel)$/.test(name)) return undefined
  const at = args.findIndex(arg => /^(?:\/\w+)*\/?(?:rm|shred|kill|unlink|rmdir)$/.test(arg))
  return at < 0 ? undefined : { name: args[at]!.split('/').pop() ?? '', args: args.slice(at + 1) }
}

/** Places whose whole contents nobody gives away. */
const WHOLE = /^(?:\/|\/(?:home|etc|usr|var|bin|lib|opt|boot|root)\/?\*?|~\/?\*?|\$\{?HOME\}?\/?\*?|\/\*)$/

/** Filters that let only some of the lines pass. */
const PICKS = /^(?:[efz]?grep|rg|ag|head|tail|fzf|comm|uniq|pgrep|sample|shuf)$/

const passesAll = ({ name, args }: Stage) =>
  !PICKS.test(name) &&
  !(
    /^(?:awk|gawk|mawk|sed|perl)$/.test(name) &&
    args.some(arg => /\/[^/]+\/(?!g?$)[{dp]|==|~|\$\d\s*[<>]/.test(arg))
  )

/** `ls -A / | … | xargs rm -rf`. */
function losesListed(stages: readonly Stage[]): Flow | undefined {
  const [first] = stages
  const last = stages.length > 1 ? consumer(stages.at(-1)!) : undefined
  if (!first || !/^(?:ls|dir|find|echo|printf|fd|tree)$/.test(first.name) || !last || last.name === 'kill')
    return undefined
  const place = first.args.find(arg => WHOLE.test(arg))
  const isPicked = first.args.some(arg =>
    /^-(?:i?name|i?path|i?regex|mtime|mmin|size|newer|user|empty|perm)$/.test(arg),
  )
  if (place === undefined || isPicked || !stages.slice(1, -1).every(passesAll)) return undefined
  return { rule: 'command.deletes-protected-folder', program: last.name, target: place }
}

/** `ps -e … | xargs kill`: nothing picks some of them. */
function stopsAll(stages: readonly Stage[]): Flow | undefined {
  const [first] = stages
  const last = stages.length > 1 ? consumer(stages.at(-1)!) : undefined
  if (first?.name !== 'ps' || last?.name !== 'kill') return undefined
  const lists = first.args.some(arg => /^(?:-\w*[eAax]\w*|[a-z]*[ax][a-z]*|-u|-U)$/.test(arg))
  const isPicked = first.args.some(arg => /^(?:-C|--ppid|-p|-t|--tty)/.test(arg))
  if (!lists || isPicked || !stages.slice(1, -1).every(stage => passesAll(stage) || stage.name === 'tail'))
    return undefined
  return { rule: 'command.stops-machine', program: 'kill', target: 'every process' }
}

const UNPACKS =
  /^(?:zcat|gzcat|gunzip|bunzip2|bzcat|unxz|xzcat|zstdcat|unzstd|lz4cat|brotli|openssl|gpg|uncompress|zlib-flate|pigz|gzip|bzip2|xz|zstd)$/
const DECODES = /^(?:base64|base32|basenc|xxd|uudecode|openssl)$/
const SHELL = /^(?:(?:ba|da|z|k|a)?sh|python\d?|perl|ruby|node|php)$/

/** Code packed into a literal: what is hidden twice is hidden on purpose. */
function runsPacked(stages: readonly Stage[]): Flow | undefined {
  const shellAt = stages.findIndex(({ name }) => SHELL.test(name))
  const before = stages.slice(0, shellAt)
  const unpacks = before.some(
    ({ name, args }) => UNPACKS.test(name) && (name !== 'gzip' || args.some(arg => /^-\w*d/.test(arg))),
  )
  const decodes = before.some(({ name }) => DECODES.test(name))
  const literal = before.find(
    ({ name, args }) => /^(?:echo|printf|cat)$/.test(name) && args.some(arg => /^[\w+/=\\-]{16,}$/.test(arg)),
  )
  if (shellAt < 1 || !unpacks || !decodes || !literal || /^(?:cat)$/.test(literal.name)) return undefined
  return { rule: 'command.runs-program-in-disguise', program: stages[shellAt]!.name, target: 'packed code' }
}

/** What holds the data of people: databases, the clipboard, what is typed. */
const KEPT = (stage: Stage) =>
  (/^(?:pg_dump|pg_dumpall|mysqldump|mariadb-dump|mongodump|mongoexport|sqlite3dump|influxd)$/.test(
    stage.name,
  ) &&
    !stage.args.some(arg => /^(?:-s|--schema-only|--no-data|-d)$/.test(arg))) ||
  (/^(?:xclip|xsel)$/.test(stage.name) && stage.args.some(arg => /^-(?:-?o|-output|\w*o\w*)$/.test(arg))) ||
  /^(?:pbpaste|wl-paste|xinput|showkey|logkeys)$/.test(stage.name) ||
  (stage.name === 'find' &&
    stage.args.some(arg =>
      /\.(?:pem|key|kdbx|p12|pfx|ppk|jks|wallet)$|wallet\.dat|id_(?:rsa|ed25519)|\.env$/.test(arg),
    ))

/** Programs that print the key of an account. */
const PRINTS_KEY =
  /^(?:gh auth token|glab auth token|gcloud auth (?:application-default )?print-access-token|aws (?:sts (?:get-session-token|assume-role)|configure (?:get|export-credentials))|az account get-access-token|security find-(?:generic|internet)-password|op read|pass show|bw get|secret-tool lookup|heroku auth:token|doctl auth token|git credential fill|vault print token)\b/

const SENDS = /^(?:curl|wget|nc|ncat|netcat|socat|telnet|http|https|xh)$/

function sendsKept(stages: readonly Stage[]): Flow | undefined {
  const source = stages.findIndex(
    stage => KEPT(stage) || PRINTS_KEY.test([stage.name, ...stage.args].join(' ')),
  )
  const sink = source < 0 ? undefined : stages.slice(source + 1).find(({ name }) => SENDS.test(name))
  if (!sink) return undefined
  const host = farHost(sink)
  return host === undefined || ISSUERS.test(host)
    ? undefined
    : { rule: 'command.sends-secret', program: stages[source]!.name, target: host }
}

function farHost({ name, args }: Stage): string | undefined {
  for (const arg of args) {
    const host = /^(?:https?|ftp):\/\/(?:[^/@\s]*@)?([^/:?#\s]+)/.exec(arg)?.[1]
    if (host !== undefined) return isThisMachine(host) ? undefined : host
  }
  if (!/^(?:nc|ncat|netcat|telnet|curl|wget)$/.test(name)) return undefined
  const host = args.find(arg => /^[\w-]+(?:\.[\w-]+)+(?:[:/].*)?$/.test(arg))
  return host === undefined || isThisMachine(host.split(/[:/]/)[0]!) ? undefined : host
}
