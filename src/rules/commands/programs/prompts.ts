import { isUnknown } from '../../paths/pattern.ts'
import type { Call } from '../acts.ts'
import { readNamed, shellTextsOf } from '../code/embedded.ts'
import { type OptionShape, optionValues, readOptions } from '../dispatch/options.ts'
import { fork } from '../shell/state.ts'

const NONE = { text: '', connected: false }

interface Prompt extends OptionShape {
  /** Options whose value is what one would type. */
  readonly typed?: readonly string[]
  /** `put` and `get` move files to and from another machine. */
  readonly transfers?: boolean
  /** The operands, too, are what one would type. */
  readonly operands?: boolean
}

/**
 * Programs with a prompt of their own, at which `!`, `shell`, `system` or a call starts a shell: what comes on standard
 * input or by an option is typed there. The rows follow GTFOBins and the manuals.
 */
const prompts: Readonly<Record<string, Prompt>> = {
  ftp: { transfers: true },
  tnftp: { transfers: true },
  ncftp: { transfers: true },
  lftp: { valued: 'cefup', typed: ['c', 'e'], transfers: true },
  sftp: { valued: 'bBcDFiJloPRSsX', transfers: true },
  tftp: { valued: 'c', typed: ['c'], transfers: true },
  smbclient: {
    valued: 'cUWdDILmnOpTt',
    valuedLong: ['command', 'user'],
    typed: ['c', 'command'],
    transfers: true,
  },
  less: { valued: 'bhjopPtTxyz#DkK' },
  more: {},
  telnet: {},
  mail: { valuedLong: ['exec'], typed: ['exec'] },
  mailx: { valuedLong: ['exec'], typed: ['exec'] },
  mutt: { valued: 'e', typed: ['e'] },
  tdbtool: { operands: true },
  hping3: {},
  scanmem: { valued: 'c', valuedLong: ['command'], typed: ['c', 'command'] },
  gameconqueror: {},
  volatility: {},
  volshell: {},
  terraform: {},
  tofu: {},
  ghci: { valued: 'e', typed: ['e'] },
  ghc: { valued: 'e', typed: ['e'] },
  dc: { valued: 'ef', valuedLong: ['expression', 'file'], typed: ['e', 'expression'] },
  m4: { valued: 'DUIL' },
  gnuplot: { valued: 'e', typed: ['e'] },
  cpan: { valued: 'e', typed: ['e'] },
  slsh: { valued: 'ei', typed: ['e'] },
  bconsole: { valued: 'cd' },
  asterisk: { valued: 'x', valuedLong: ['rx'], typed: ['x', 'rx'] },
  weechat: { valued: 'r', valuedLong: ['run-command'], typed: ['r', 'run-command'] },
  irssi: { valuedLong: ['run-command'], typed: ['run-command'] },
  rtorrent: { valued: 'on', typed: ['o'] },
  ranger: { valuedLong: ['cmd'], typed: ['cmd'] },
  taskwarrior: { operands: true },
  msfconsole: { valued: 'x', valuedLong: ['execute-command'], typed: ['x', 'execute-command'] },
  psql: {
    valued: 'cdfhpUvP',
    valuedLong: ['command', 'set', 'variable'],
    typed: ['c', 'command', 'v', 'set', 'variable'],
  },
  mysql: { valued: 'euhPD', valuedLong: ['execute'], typed: ['e', 'execute'] },
  mariadb: { valued: 'euhPD', valuedLong: ['execute'], typed: ['e', 'execute'] },
  sqlite3: { singleDashLong: true, valuedLong: ['cmd'], typed: ['cmd'], operands: true },
  duckdb: { valued: 'cs', valuedLong: ['cmd'], typed: ['c', 's', 'cmd'], operands: true },
  gdb: {
    singleDashLong: true,
    valuedLong: ['ex', 'eval-command', 'iex'],
    typed: ['ex', 'eval-command', 'iex'],
  },
  lldb: { valued: 'oOsSkK', valuedLong: ['one-line'], typed: ['o', 'O', 'one-line'] },
  rpm: { valued: 'E', valuedLong: ['eval', 'pipe', 'define'], typed: ['E', 'eval', 'define', 'pipe'] },
  rpmbuild: { valued: 'ED', valuedLong: ['eval', 'define'], typed: ['E', 'eval', 'D', 'define'] },
  rpmdb: { valued: 'E', valuedLong: ['eval'], typed: ['E', 'eval'] },
  rpmquery: { valued: 'E', valuedLong: ['eval'], typed: ['E', 'eval'] },
  rpmverify: { valued: 'E', valuedLong: ['eval'], typed: ['E', 'eval'] },
  rpmspec: { valued: 'E', valuedLong: ['eval'], typed: ['E', 'eval'] },
}

/** Judges what would be typed at a program's prompt. */
export function judgePrompts(call: Call): void {
  const prompt = Object.hasOwn(prompts, call.name) ? prompts[call.name] : undefined
  if (!prompt) return
  const read = readOptions(call.args, prompt)
  const texts = [
    ...optionValues(read, ...(prompt.typed ?? [])),
    ...(prompt.operands ? read.operands : []),
    ...(call.stdin.connected && !isUnknown(call.stdin.text) ? [call.stdin.text] : []),
  ]
  for (const text of texts) {
    for (const part of partsOf(call, text)) judgeTyped(call, part)
    if (prompt.transfers) for (const line of text.split(/[;\n]/).slice(0, 50)) judgeTransfer(call, line)
  }
}

/** Statements by which a database client writes a file of this machine. */
const WRITES_FILE =
  /(?:\b(?:to|outfile|dumpfile|into)|[.\\](?:output|once|backup|save|o|w|log|clone))\s+['"]?([/~][^'"\s;|]{1,300})/gi

/** A line that is nothing but a shell starts one at many a prompt. */
const SHELL_LINE = /^\s*(?:\/\w+){0,4}\/?(?:ba|da|z|k)?sh(?:\s+-\w+)?\s*$/m

const LONGEST_PART = 4_096
const MOST_LINES = 400

/** A long text is judged by its lines; one that is too long even so is not known. */
function partsOf(call: Call, text: string): readonly string[] {
  if (text.length <= LONGEST_PART) return [text]
  const lines = text.split('\n')
  if (lines.length > MOST_LINES || lines.some(line => line.length > LONGEST_PART))
    call.shell.raise('command.runs-unknown-code', call.name)
  return lines.slice(0, MOST_LINES).map(line => line.slice(0, LONGEST_PART))
}

function judgeTyped(call: Call, text: string): void {
  readNamed(call, text)
  for (const [, file = ''] of text.matchAll(WRITES_FILE)) {
    const target = call.shell.path(file, call.state)
    if (
      /^(?:own|protected|agent-settings|persistence|shell-profile|credential)$/.test(
        call.shell.paths.classify(target),
      )
    )
      call.shell.act({ kind: 'write', program: call.name, target })
  }
  if (SHELL_LINE.test(text)) call.shell.raise('command.runs-unknown-code', call.name, 'sh')
  for (const argv of shellTextsOf(text)) {
    call.shell.raise('command.runs-unknown-code', call.name, argv.join(' '))
    if (argv.length > 1) call.shell.runArgv(argv, NONE, fork(call.state))
    else call.shell.runText(argv[0]!, NONE, fork(call.state))
  }
}

function judgeTransfer(call: Call, line: string): void {
  const { shell, name, state } = call
  const [verb = '', ...files] = line
    .trim()
    .split(/\s+/)
    .filter(word => !/^-[a-zA-Z]+$/.test(word))
  if (/^(?:m?put|reput|send|append)$/.test(verb) && files[0] !== undefined) {
    const path = shell.path(files[0], state)
    shell.act({ kind: 'read', program: name, target: path })
    shell.raise(
      shell.paths.classify(path) === 'credential' ? 'command.sends-secret' : 'command.sends-file',
      name,
      files[0],
    )
  }
  if (/^(?:get|recv|reget|pget)$/.test(verb) && files[1] !== undefined) shell.write(files[1], name, state)
}
