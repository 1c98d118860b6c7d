import { isPattern, isUnknown } from '../../paths/pattern.ts'
import type { Call, Program } from '../acts.ts'
import { optionValues, readOptions } from '../dispatch/options.ts'
import { reader } from './text-reader.ts'

const NONE = { text: '', connected: false }

/** sed: `w` writes, `e` runs, `r` reads; `-i` writes the operands. */
const sed: Program = call => {
  const read = readOptions(call.args, { valued: 'efl', valuedLong: ['expression', 'file', 'line-length'] })
  const { shell, name, state } = call
  const scripts = optionValues(read, 'e', 'expression')
  const scriptFiles = optionValues(read, 'f', 'file')
  const given = scripts.length > 0 || scriptFiles.length > 0
  const inPlace = [...read.options.keys()].some(option => option === 'i' || option.startsWith('in-place'))
  const operands = inPlace && read.operands[0] === '' ? read.operands.slice(1) : read.operands
  for (const script of given ? scripts : operands.slice(0, 1)) judgeSed(call, script)
  for (const file of scriptFiles)
    for (const line of (shell.contentOf(shell.path(file, state), state) ?? '').split('\n'))
      judgeSed(call, line)
  const files = given ? operands : operands.slice(1)
  if (inPlace) for (const file of files) shell.write(file, name, state)
  if (
    inPlace &&
    files.some(isPattern) &&
    [...scripts, operands[0] ?? ''].some(script => SETS_AGENTS.test(script))
  )
    shell.raise('command.changes-agent-settings', name, null, 'ask')
  return reader({
    valued: 'efl',
    valuedLong: ['expression', 'file'],
    skip: given ? 0 : 1,
    fold: text => substitute(text, given ? (scripts[0] ?? '') : (operands[0] ?? '')),
  })({ ...call, args: given ? call.args : ['--', ...operands] })
}

/** What only settings of agents say; in files that are not known it would be meant for them. */
const SETS_AGENTS =
  /bypassPermissions|permissionDecision|defaultMode|dangerously|mcpServers|PreToolUse|PostToolUse|autoApprove|approval_policy|sandbox_mode|"(?:allow|deny|hooks|permissions)"/

function judgeSed(call: Call, script: string): void {
  const { shell, name, state } = call
  if (isUnknown(script)) shell.unaffirm()
  const bare = script.replace(
    /^\s*(?:\d+(?:~\d+)?|\$|\/(?:[^/\\]|\\.)*\/[IM]*)?(?:,(?:[+~]?\d+|\$|\/(?:[^/\\]|\\.)*\/[IM]*))?\s*!?\s*/,
    '',
  )
  const runs =
    /^e(?:\s+(.*))?$/s.exec(bare) ?? /[;{\n]\s*(?:\d+|\$)?e(?:\s+([^;}]*))?(?:$|[;}\n])/.exec(script)
  const flags = /^s([^\w\s\\])(?:[^\\]|\\.)*?\1(?:[^\\]|\\.)*?\1([gpimIMe0-9]*)(?:w\s*(\S+))?/s.exec(bare)
  if (runs || flags?.[2]?.includes('e')) {
    shell.raise('command.runs-unknown-code', name, script)
    // A bare `e` runs each line that comes in.
    shell.runText(runs && !runs[1] ? call.stdin.text : (runs?.[1] ?? ''), NONE, state)
  }
  for (const [, kind, file = ''] of script.matchAll(/(?:^|[;{\n\d$/!g])\s*([wWrR])\s+([^;}\n]+)/g))
    if (kind!.toLowerCase() === 'w') shell.write(file.trim(), name, state)
    else shell.read(file.trim(), name, state)
  for (const part of script.split(/[;{\n]/)) {
    const [, kind, file = ''] =
      /^\s*(?:\d+(?:~\d+)?|\$|\/(?:[^/\\]|\\.)*\/[IM]*)?(?:,(?:[+~]?\d+|\$))?\s*!?([wWrR])\s*([^\s}][^}]*)$/.exec(
        part,
      ) ?? []
    if (kind?.toLowerCase() === 'w') shell.write(file.trim(), name, state)
    else if (kind) shell.read(file.trim(), name, state)
  }
  if (flags?.[3]) shell.write(flags[3], name, state)
}

/** A plain `s/a/b/` on known text, folded; anything else stays unknown. */
function substitute(text: string, script: string): string | undefined {
  const match = /^s([/|,#])([\w .~$:@-]*)\1([\w .~$:@/-]*)\1(g?)$/.exec(script)
  if (!match) return undefined
  return match[4] ? text.replaceAll(match[2]!, match[3]!) : text.replace(match[2]!, () => match[3]!)
}

/** Editors whose script writes, reads and runs. */
export const streamEditors: Readonly<Record<string, Program>> = {
  sed,
  gsed: sed,
}
