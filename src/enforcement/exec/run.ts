import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { closeSync, constants, openSync, readlinkSync, writeSync } from 'node:fs'
import { Duplex, type Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { systemCode } from '../../kernel/errors.ts'
import type { Capabilities } from './capabilities.ts'
import { inheritedDescriptors } from './descriptors.ts'
import { type RunBook, runMark } from './leftovers.ts'
import { makeRunGroup, pidsIn, type RunGroup } from './limits/control-groups.ts'
import { createOutputBudget, passOn } from './limits/output.ts'
import { type Watch, watchTree } from './limits/watcher.ts'
import { refused, shown } from './places.ts'
import { descriptors, type Plan } from './plan.ts'
import { childrenOf, treeOf } from './processes.ts'
import { type Input, openOutputs, ownInput, unnamedFile } from './streams.ts'
import { type LimitName, limitExitCodes, type SandboxVerdict, type SandboxViolation } from './verdict.ts'

const MB = 1024 * 1024

export interface RunOptions {
  readonly id: string
  readonly book: RunBook
  /** `own`: what this process was given. */
  readonly stdin: Readable | 'none' | 'own'
  readonly stdout: Writable
  readonly stderr: Writable
  /** Ends the run when it fires. */
  readonly signal?: AbortSignal
  /** Gets a way to send signals to the command, once it runs. */
  readonly onStart?: (send: (signal: NodeJS.Signals) => void) => void
  /** Joins the sandbox to its proxy before the command starts; takes the process whose network it is. */
  readonly connect?: (pid: number) => Promise<Connection>
}

interface Connection {
  readonly violations: () => readonly SandboxViolation[]
}

/** Carries a plan out, watches it and tells how it ended. Throws `sandbox.refused` when it could not begin. */
export async function carryOut(made: Plan, caps: Capabilities, options: RunOptions): Promise<SandboxVerdict> {
  options.book.standIn(made.mountPoints)
  let run: Run | undefined
  try {
    run = start(made, caps, options)
    return await attend(run, made, options)
  } finally {
    run?.kill()
  }
}

interface Run {
  readonly child: ChildProcess
  readonly group: RunGroup | null
  readonly output: Readable
  readonly error: Readable
  readonly started: number
  kill(): void
}

function start(made: Plan, caps: Capabilities, options: RunOptions): Run {
  const { book } = options
  const { limits } = made.policy
  const group = caps.controlGroups
    ? makeRunGroup(caps.controlGroups, `portcullis-${options.id}`, {
        memoryBytes: limits.memoryMb * MB,
        // Bubblewrap and its first process stand in it, too.
        processes: limits.processes + 4,
      })
    : null
  if (group) book.grouped(group.folders)
  const files = openFiles(made, options)
  try {
    const child = spawnChain(made, files, options.id)
    if (child.pid !== undefined) book.started(child.pid)
    const kill = () => {
      // Its own child dies with it, but not in the moment before it has asked the kernel for that.
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        for (const pid of treeOf(child.pid)) killProcess(pid, 'SIGKILL')
      for (const folder of group?.folders ?? []) for (const pid of pidsIn(folder)) killProcess(pid, 'SIGKILL')
    }
    const [output, error] = files.outputs.map(pipe => pipe.ours) as [Readable, Readable]
    return { child, group, output, error, started: performance.now(), kill }
  } catch (error) {
    for (const { ours } of files.outputs) ours.destroy()
    throw error
  } finally {
    closeFiles(files)
  }
}

/** Bubblewrap's command line with the run's name in it, by an option that does nothing: so a sweep knows its processes. */
function marked(command: Plan['command'], id: string): readonly [string, ...string[]] {
  const [program, ...rest] = command
  const at = rest.indexOf('--args') + 2
  return [program, ...rest.slice(0, at), '--unsetenv', runMark(id), ...rest.slice(at)]
}

/** What bubblewrap and the command are given, as open files. */
interface Files {
  readonly options: number
  readonly filter: number
  readonly nothing: number
  readonly input: Input
  readonly outputs: ReturnType<typeof openOutputs>
  /** What the plan puts into the sandbox: contents, settings, then places. */
  readonly planned: readonly number[]
}

/** All of them, or none: what was opened before a refusal is closed again. */
function openFiles(
  { options, filter, survey, files, sources }: Plan,
  { book: { folder }, stdin }: RunOptions,
): Files {
  const opened: number[] = []
  const keep = (file: number) => {
    opened.push(file)
    return file
  }
  try {
    const written = (name: string, content: Uint8Array) => keep(fileOf(folder, name, content))
    const planned = [
      ...files.map(({ content }) => written('file', content)),
      ...survey.settings.files.map(path => keep(openSync(path, constants.O_RDONLY))),
      ...sources.map(path => keep(openSource(path))),
    ]
    const input: Input =
      stdin === 'own' ? ownInput(folder, survey.identity) : { kind: stdin === 'none' ? 'nothing' : 'feed' }
    if (input.kind === 'file' && input.descriptor > 2) keep(input.descriptor)
    return {
      options: written('options', Buffer.from(options.map(one => `${one}\0`).join(''))),
      filter: written('filter', filter),
      nothing: keep(openSync('/dev/null', constants.O_RDWR)),
      input,
      planned,
      outputs: openOutputs(folder),
    }
  } catch (error) {
    for (const file of opened) closeSync(file)
    throw error
  }
}

function fileOf(folder: string, name: string, content: Uint8Array): number {
  const { reading, writing } = unnamedFile(folder, name)
  writeSync(writing, content)
  closeSync(writing)
  return reading
}

/** Names the place without opening it; the kernel's constant, which the runtime does not know. */
const O_PATH = 0o10000000

/** INVARIANT: what is mounted is what was looked at, whatever stands under its name by now. */
function openSource(path: string): number {
  let place: number
  try {
    place = openSync(path, O_PATH | constants.O_NOFOLLOW)
  } catch (error) {
    throw movedMeanwhile(path, error)
  }
  if (readlinkSync(`/proc/self/fd/${place}`) === path) return place
  closeSync(place)
  throw movedMeanwhile(path)
}

function movedMeanwhile(path: string, cause?: unknown) {
  return refused(
    `\`${shown(path)}\` was moved or replaced while the sandbox was built`,
    'run it again once nothing else changes the folder, and check who may write it',
    cause,
  )
}

function closeFiles({ options, filter, nothing, input, outputs, planned }: Files): void {
  for (const file of [options, filter, nothing, ...planned, ...outputs.map(pipe => pipe.theirs)])
    closeSync(file)
  if (input.kind === 'file' && input.descriptor > 2) closeSync(input.descriptor)
}

function spawnChain({ command, env, isHeld }: Plan, files: Files, id: string): ChildProcess {
  const { input, outputs } = files
  const stdin = input.kind === 'file' ? input.descriptor : input.kind === 'feed' ? 'pipe' : 'ignore'
  const stdio: StdioOptions = [stdin, outputs[0].theirs, outputs[1].theirs]
  // What our own caller left open would pass into the sandbox: something harmless takes its place.
  for (const inherited of inheritedDescriptors()) stdio[inherited] = files.nothing
  stdio[descriptors.options] = files.options
  stdio[descriptors.filter] = files.filter
  stdio[descriptors.status] = 'pipe'
  stdio[descriptors.gate] = isHeld ? 'pipe' : 'ignore'
  for (const [index, file] of files.planned.entries()) stdio[descriptors.files + index] = file
  for (let gap = 0; gap < stdio.length; gap++) stdio[gap] ??= 'ignore'
  const [program, ...rest] = marked(command, id)
  // A group of its own: a key pressed at the terminal reaches us, and what is passed on is ours to say.
  return spawn(program, rest, { stdio, env: { ...env }, cwd: '/', detached: true })
}

async function attend(run: Run, made: Plan, options: RunOptions): Promise<SandboxVerdict> {
  const { child, group, output, error, started } = run
  const { limits } = made.policy
  let limit: LimitName | null = null
  let isStopped = false
  const end = (reason: LimitName | 'stopped') => {
    if (reason === 'stopped') isStopped = true
    else limit ??= reason
    run.kill()
  }
  const budget = createOutputBudget(limits.outputMb * MB, () => end('output'))
  const status = readStatus(pipeAt(child, descriptors.status))
  const said = keepEnd()
  const passed = Promise.allSettled([
    passOn(output, options.stdout, budget),
    passOn(error, options.stderr, budget, said.add),
  ])
  if (child.stdin) feed(options.stdin === 'own' ? process.stdin : (options.stdin as Readable), child.stdin)
  const exit = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => resolve())
  })
  const timer = setTimeout(() => end('time'), limits.timeoutSeconds * 1000)
  const stop = () => end('stopped')
  options.signal?.addEventListener('abort', stop)
  let watch: Watch | undefined
  let connection: Connection | undefined
  try {
    const pid = await Promise.race([status.pid, exit.then(() => null)])
    if (pid !== null) {
      // The one to end at the next start: everything inside ends with it, and bubblewrap too. Bubblewrap alone, killed before it
      // has set up the users inside, leaves it waiting for ever.
      options.book.started(pid)
      group?.add(pid)
      connection = await options.connect?.(pid).catch(error => {
        // It waits at its gate, where the end of bubblewrap alone would not reach it.
        killProcess(pid, 'SIGKILL')
        throw error
      })
      const scratch = ['/tmp', '/dev/shm', made.survey.home]
      watch = watchTree(
        pid,
        { memoryBytes: limits.memoryMb * MB, cpuSeconds: limits.cpuSeconds },
        group,
        scratch,
        end,
      )
      if (made.isHeld) openGate(child)
      options.onStart?.(signal => sendTo(pid, signal))
    }
    await exit
    const used = watch?.stop()
    await passed
    const exitCode = await status.exitCode
    if (exitCode === null && limit === null && !isStopped) throw couldNotStart(said.text())
    return {
      version: 1,
      outcome: limit ? 'limit' : isStopped ? 'stopped' : 'exited',
      exitCode: limit ? limitExitCodes[limit] : (exitCode ?? 137),
      limit,
      reason: null,
      violations: [...(connection?.violations() ?? []), ...(limit ? [limitViolation(limit, made)] : [])],
      used: {
        seconds: (performance.now() - started) / 1000,
        cpuSeconds: used?.cpuSeconds ?? 0,
        peakMemoryMb: Math.ceil((used?.peakMemoryBytes ?? 0) / MB),
        outputBytes: budget.used,
      },
      counted: group ? 'control-group' : 'watcher',
    }
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', stop)
    watch?.stop()
  }
}

function limitViolation(limit: LimitName, { policy: { limits } }: Plan): SandboxViolation {
  const allowed: Record<LimitName, string> = {
    time: `${limits.timeoutSeconds} s`,
    output: `${limits.outputMb} MB`,
    memory: `${limits.memoryMb} MB`,
    cpu: `${limits.cpuSeconds} s of processor time`,
    'file-size': `${limits.fileSizeMb} MB in one file`,
  }
  return { layer: 'limit', kind: 'limit-reached', detail: `${limit}: more than ${allowed[limit]}` }
}

function couldNotStart(said: string) {
  const detail = said.trim().split('\n').at(-1) ?? ''
  return refused(
    `the sandbox could not be built${detail === '' ? '' : `: ${detail}`}`,
    'run `portcullis doctor` to see what this machine lacks',
  )
}

/** Bubblewrap's own account: the first process inside, and how the command ended. */
function readStatus(stream: Readable) {
  let text = ''
  const pid = Promise.withResolvers<number>()
  const exitCode = Promise.withResolvers<number | null>()
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    text += chunk
    const found = /"child-pid": (\d+)/.exec(text)?.[1]
    if (found !== undefined) pid.resolve(Number(found))
  })
  stream.on('error', () => exitCode.resolve(null))
  stream.on('close', () => {
    const found = /"exit-code": (\d+)/.exec(text)?.[1]
    exitCode.resolve(found === undefined ? null : Number(found))
  })
  return { pid: pid.promise, exitCode: exitCode.promise }
}

/** A pipe of ours besides the standard three. */
function pipeAt(child: ChildProcess, descriptor: number): Duplex {
  const pipes: readonly unknown[] = child.stdio
  const pipe = pipes[descriptor]
  if (!(pipe instanceof Duplex)) throw new TypeError('the sandbox was started without its pipes')
  return pipe
}

/** A sandbox that is gone already needs no word to go on. */
function openGate(child: ChildProcess): void {
  pipeAt(child, descriptors.gate)
    .on('error', () => undefined)
    .end('g')
}

const KEPT = 2048

/** The last words on a stream. */
function keepEnd() {
  let text = ''
  return {
    add(chunk: Buffer) {
      text = (text + chunk.toString('latin1')).slice(-KEPT)
    },
    text: () => text,
  }
}

/** A command that does not read to the end is no fault. */
function feed(from: Readable, to: Writable): void {
  pipeline(from, to).catch(error => {
    if (
      !['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'].includes(
        systemCode(error) ?? '',
      )
    )
      to.destroy()
  })
}

/** The command stands below the first process inside, in its group. */
function sendTo(pid: number, signal: NodeJS.Signals): void {
  for (const child of childrenOf(pid)) killProcess(child, signal)
}

function killProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // Gone already.
    if (systemCode(error) !== 'ESRCH') throw error
  }
}
