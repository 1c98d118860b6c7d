import { isUnknown } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import { judgeForeignCode } from '../code/foreign-code.ts'
import { planMake } from '../code/makefile.ts'
import { optionValues, readOptions } from '../dispatch/options.ts'
import { fork } from '../shell/state.ts'

const NONE = { text: '', connected: false }
const LONGEST = 32_768

/** Texts that a program is handed and obeys: makefiles, manifests, code for an application's own prompt. */
export function judgeHandedTexts(call: Call): void {
  if (/^g?make$/.test(call.name)) judgeMakefile(call)
  else if (/^(?:kubectl|oc|k3s|podman)$/.test(call.name)) judgeManifests(call)
  else if (APPLICATIONS.test(call.name)) judgeApplication(call)
  judgeHaste(call)
}

/** What stands in a file that the command itself has written, or on standard input; undefined where it is not known. */
function textOf({ shell, state, stdin }: Call, place: string): string | undefined {
  const text = /^(?:-|\/dev\/stdin)$/.test(place) ? stdin.text : state.files.get(shell.path(place, state))
  return text === undefined || text === '' || text.length > LONGEST ? undefined : text
}

function judgeMakefile(call: Call): void {
  const { args, state, shell } = call
  const read = readOptions(args, {
    valued: 'fCjIEOlW',
    valuedLong: ['file', 'directory', 'eval', 'makefile', 'jobs'],
  })
  for (const place of optionValues(read, 'f', 'file', 'makefile')) {
    const text = textOf(call, place)
    if (text === undefined || isUnknown(text)) continue
    const given = new Map<string, string>()
    for (const operand of read.operands) {
      const [, name, value] = /^([\w.-]+)[:?+]?=(.*)$/s.exec(operand) ?? []
      if (name !== undefined) given.set(name, value ?? '')
    }
    const plan = planMake(
      text,
      read.operands.filter(operand => !operand.includes('=')),
      given,
      state.cwd,
    )
    for (const line of [...plan.atReading, ...plan.recipes.flatMap(({ lines }) => lines)])
      shell.runText(line, NONE, fork(state))
  }
}

const HOST_PROCESSES = /["']?host(?:PID|IPC)["']?\s{0,8}:\s{0,8}true/
const PRIVILEGED = /["']?privileged["']?\s{0,8}:\s{0,8}true/
const HOST_ROOT =
  /["']?hostPath["']?\s{0,8}:\s{0,8}\{?\s{0,8}(?:["']?type["']?\s{0,8}:\s{0,8}\w*,?\s{0,8})?["']?path["']?\s{0,8}:\s{0,8}["']?\/["']?\s{0,8}(?:[,}#\n]|$)/
const EVERYBODY =
  /cluster-admin[\s\S]{0,400}system:(?:anonymous|unauthenticated|serviceaccounts?)\b|system:(?:anonymous|unauthenticated)[\s\S]{0,400}cluster-admin/

/** A pod that has the host's processes with every right, or its whole disk, is on the host. */
function judgeManifests(call: Call): void {
  const { name, args, shell, stdin } = call
  const read = readOptions(args, {
    valued: 'fnl',
    valuedLong: ['filename', 'overrides', 'namespace', 'context'],
  })
  const texts = [
    ...optionValues(read, 'f', 'filename').map(place => textOf(call, place)),
    ...optionValues(read, 'overrides'),
    ...(stdin.connected && !read.options.has('f') ? [stdin.text] : []),
  ]
  for (const text of texts) {
    if (text === undefined || text.length > LONGEST) continue
    if ((HOST_PROCESSES.test(text) && PRIVILEGED.test(text)) || HOST_ROOT.test(text))
      shell.raise('command.escapes-container', name, 'a pod with the rights of its host')
    if (EVERYBODY.test(text)) shell.raise('command.grants-privilege', name, 'every right for everybody')
  }
}

const APPLICATIONS =
  /^(?:rails|python\d?|php|artisan|mix|flask|django-admin|wp|iex|prisma|node|ruby|bundle|bin\/rails)$/
/** How the prompt of an application is handed code. */
const PROMPTS =
  /(?:^|[\s/])(?:rails (?:r|runner|c|console|dbconsole|db)|manage\.py (?:shell|shell_plus|dbshell)|artisan (?:tinker|db)|mix run|flask shell|django-admin (?:shell|dbshell)|wp (?:eval|db|shell))\b/
/** What an object mapper does to all of a table. */
const LOSES_ALL =
  /\b(?:destroy_all|delete_all|deleteMany|drop_all|drop_table|drop_database|dropDatabase|truncate(?:_all)?|forceDelete|delete_by|flushall|flushdb)\b|\.(?:all|filter|exclude|where)\([^)]{0,200}\)(?:\.\w{1,30}\([^)]{0,200}\)){0,3}\.delete\(|->delete\(|::truncate\(/

function judgeApplication(call: Call): void {
  const { name, args, shell, stdin } = call
  const line = [name, ...args].join(' ').slice(0, LONGEST)
  if (!PROMPTS.test(line)) return
  const code = stdin.connected ? `${line}\n${stdin.text.slice(0, LONGEST)}` : line
  if (LOSES_ALL.test(code)) shell.raise('command.destroys-data', name, 'rows of the application')
  if (stdin.connected && !isUnknown(stdin.text) && /manage\.py/.test(line))
    judgeForeignCode({ ...call, name: 'python' }, stdin.text)
}

const REAL = /(?:^|[\s=:_.-])(?:prod|production|live)(?:$|[\s,.:_-])/
const UNASKED =
  /(?:^|\s)--?(?:no-(?:confirm\w*|prompt|dry-?run|safety\S*|backup)|skip-confirm\w*|i-know\S*|really|force-yes|auto-confirm|allow-destructive|yes-i\S*)(?:=true)?(?:\s|$)/

/** A program of the project that is to act on what people use, and told not to ask. */
function judgeHaste({ name, args, shell }: Call): void {
  if (args.length < 2 || args.length > 200) return
  const line = args.join(' ').slice(0, 4_096)
  if (UNASKED.test(line) && REAL.test(line)) shell.raise('command.runs-on-other-machine', name, line)
}
