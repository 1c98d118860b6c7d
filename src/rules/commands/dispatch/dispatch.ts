import { intersects, isPattern, isRemote, isUnknown, readable, SECRET, UNKNOWN } from '../../paths/pattern.ts'
import { baseName } from '../../paths/posix.ts'
import type { Call, Program } from '../acts.ts'
import { isReadOnly } from '../affirm/read-only.ts'
import { judgeMadeFiles } from '../code/made-files.ts'
import { judgeBatchEditors, judgeSpawns } from '../programs/batch-editors.ts'
import { builtins } from '../programs/builtins.ts'
import { judgeCodeOptions } from '../programs/code-options.ts'
import { judgeCompilers } from '../programs/compilers.ts'
import { judgeControls } from '../programs/controls.ts'
import { databases } from '../programs/databases.ts'
import { disks } from '../programs/disks.ts'
import { judgeExhaustion } from '../programs/exhaustion.ts'
import { files } from '../programs/files.ts'
import { repositories } from '../programs/git.ts'
import { judgeGuardPrograms, judgeUnguardedAgents } from '../programs/guard-programs.ts'
import { judgeHandedTexts } from '../programs/handed-texts.ts'
import { infrastructure } from '../programs/infrastructure.ts'
import { judgeInstalls } from '../programs/installs.ts'
import { interpreters } from '../programs/interpreters.ts'
import { machine } from '../programs/machine.ts'
import { judgeDiskTools, judgeMachineHarm } from '../programs/machine-harm.ts'
import { network } from '../programs/network.ts'
import { judgeOptionValues } from '../programs/option-values.ts'
import { packages } from '../programs/packages.ts'
import { judgePrompts } from '../programs/prompts.ts'
import { judgeRemoteShells } from '../programs/remote-shells.ts'
import { judgeRunners } from '../programs/runners.ts'
import { judgeSenders, showsSecrets } from '../programs/senders.ts'
import { judgeServers } from '../programs/servers.ts'
import { judgeSetters } from '../programs/setters.ts'
import { judgeProgramOfClone, judgeStrangersCode } from '../programs/strangers-code.ts'
import { texts } from '../programs/texts.ts'
import { judgeTypedPlaces } from '../programs/typed-places.ts'
import { judgeUnusualReads } from '../programs/unusual-reads.ts'
import { judgeVerbs } from '../programs/verbs.ts'
import { canonicalName, GLOB_TARGETS } from './program-names.ts'
import { isInSystem, judgeProgramPlace, runByName, runShadow } from './program-places.ts'
import { runShell } from './shell-code.ts'
import { runStranger } from './strangers.ts'
import { appliesTo, unwrap } from './unwrap.ts'
import { shells, wrappers } from './wrappers.ts'

const programs: Readonly<Record<string, Program>> = {
  ...builtins,
  ...files,
  ...disks,
  ...texts,
  ...network,
  ...repositories,
  ...infrastructure,
  ...databases,
  ...packages,
  ...machine,
  ...interpreters,
}

/** What is looked for in every call, whatever table its program has. */
const judges: readonly ((call: Call) => void)[] = [
  judgeCodeOptions,
  judgePrompts,
  judgeRunners,
  judgeInstalls,
  judgeUnusualReads,
  judgeServers,
  judgeMadeFiles,
  judgeTypedPlaces,
  judgeVerbs,
  judgeExhaustion,
  judgeRemoteShells,
  judgeGuardPrograms,
  judgeUnguardedAgents,
  judgeStrangersCode,
  judgeSenders,
  judgeMachineHarm,
  judgeDiskTools,
  judgeBatchEditors,
  judgeSpawns,
  judgeCompilers,
  judgeHandedTexts,
]

/** States what one program does. */
export function runProgram(call: Call): string {
  if (isPattern(call.name)) return runUnknownName(call)
  const name = canonicalName(call.name)
  // No program of the system is spelled so; what looks like one of them is meant to.
  if (/[\u0080-\uDFFF\uF900-\uFFFF]/.test(name)) call.shell.raise('command.runs-unknown-program', name)
  const named = { ...call, name }
  judgeProgramPlace(call)
  if (!isInSystem(call.name)) {
    judgeProgramOfClone(call)
    runByName(call)
  } else runShadow(call)
  if (!isReadOnly(named)) call.shell.unaffirm()
  judgeControls(named)
  judgeOptionValues(named)
  judgeSetters(named)
  for (const judge of judges) judge(named)
  const out = runNamed(named)
  if (showsSecrets(named)) return UNKNOWN + SECRET
  return out ?? UNKNOWN + taintOf(call)
}

function runNamed(call: Call & { readonly name: string }): string | undefined {
  const { name } = call
  const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined
  if (shells.test(name)) return runShell(call)
  if (wrapper && appliesTo(wrapper, call)) return unwrap(wrapper, call)
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined
  if (program) return program(call)
  return runStranger(call)
}

/** A program named by a glob or by something unknown. */
function runUnknownName(call: Call): string {
  const { name, shell } = call
  shell.unaffirm()
  if (isRemote(name)) shell.raise('command.runs-remote-code', 'shell')
  shell.raise('command.runs-unknown-program', readable(name))
  const base = baseName(name)
  if (isUnknown(name)) {
    const stripped = name.replace(/[\uE000-\uE005]/g, '')
    if (stripped !== '') runNamed({ ...call, name: canonicalName(stripped) })
    for (const suspect of ['rm', 'bash']) if (base.length === 1) probe({ ...call, name: suspect })
    return UNKNOWN
  }
  for (const target of GLOB_TARGETS) if (intersects(base, target)) runNamed({ ...call, name: target })
  return UNKNOWN
}

/** What would an unknown program do if it were this one: only catastrophes of literal targets speak. */
function probe(call: Call): void {
  const targets = call.args.filter(arg => !arg.startsWith('-') && !isPattern(arg) && /^[/~]/.test(arg))
  if (call.name !== 'rm' || !call.args.some(arg => /^-\w*[rR]/.test(arg))) return
  for (const target of targets) {
    const path = call.shell.path(target, call.state)
    if (call.shell.paths.catastrophe(path))
      call.shell.act({ kind: 'delete', program: '<unknown>', target: path, recursive: true })
  }
}

function taintOf(call: Call): string {
  return [call.stdin.text, ...call.args].some(text => text.includes(SECRET)) ? SECRET : ''
}
