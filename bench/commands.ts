import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBashGrammar } from '../src/adapters/grammar/tree-sitter/bash-grammar.ts'
import { createFileSystemView, stillView } from '../src/guard/validation/file-system.ts'
import { createKnownCommands } from '../src/guard/validation/known-commands.ts'
import { judgeCommand } from '../src/rules/commands/judge.ts'
import { type FileSystemView, unknownSession } from '../src/rules/judgement.ts'
import { defaultPolicyOptions } from '../src/rules/paths/policy-options.ts'

// Time of one judgement; the cases are text and are never run. `node bench/commands.ts`

const project = process.cwd()
const workplace = { cwd: project, home: homedir(), project }
const disk = createFileSystemView()
const grammar = await openBashGrammar()

/** The real view is made still for each judgement, as the guard does. */
const views: Readonly<Record<string, () => FileSystemView>> = {
  'real disk': () => stillView(disk),
  'no disk': () => ({ realPath: path => path, caseInsensitive: false }),
}

function commandsOf(name: string): string[] {
  const text = readFileSync(new URL(`../test/cases/commands/${name}.jsonl`, import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .map(line => (JSON.parse(line) as { command: string }).command)
}

/** All times, and of each command the median: the machine's own hiccups are not the command's. */
function time(commands: readonly string[], view: () => FileSystemView, rounds: number, warm: number) {
  const times: number[][] = commands.map(() => [])
  for (let round = 0; round < rounds; round++)
    for (const [index, command] of commands.entries()) {
      const started = performance.now()
      judgeCommand(command, workplace, view(), undefined, grammar)
      if (round >= warm) times[index]!.push((performance.now() - started) * 1_000)
    }
  const medians = times.map(own => at(own, 0.5))
  return { all: times.flat(), medians }
}

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}

/** Texts made to cost as much as they can; what is not read to its end is asked about. */
const hostile: Readonly<Record<string, string>> = {
  'deep substitutions': `${'echo $('.repeat(300)}id${')'.repeat(300)}`,
  'many commands': 'true; '.repeat(20_000),
  'doubling variable': `x=a; ${'x=$x$x; '.repeat(60)} echo $x`,
  'braces of braces': `echo ${'{a,b}'.repeat(24)}`,
  'alternatives multiplied': `for a in 1 2 3 4 5 6 7 8 9; do for b in 1 2 3 4 5 6 7 8 9; do for c in 1 2 3 4 5 6 7 8 9; do rm $a$b$c; done; done; done`,
  'functions calling functions': `${Array.from({ length: 20 }, (_, index) => `f${index}() { f${index + 1}; f${index + 1}; }`).join('; ')}; f0`,
  'shells in shells': Array.from({ length: 12 }).reduce<string>(
    inner => `bash -c ${JSON.stringify(inner)}`,
    'rm -rf /tmp/x',
  ),
  'globs of stars': `rm ${'*a'.repeat(4_000)}`,
  'long word': `echo ${'a'.repeat(250_000)}`,
  'here-documents': Array.from({ length: 1_500 }, (_, index) => `cat <<E${index}\nx\nE${index}`).join('\n'),
  'sed of slashes': `sed '${'s/a/b/;'.repeat(20_000)}' f`,
  'awk of quotes': `awk '${'"a" '.repeat(30_000)}' f`,
  'python of quotes': `python3 -c '${'"a"+'.repeat(30_000)}"b"'`,
  'many paths': `rm ${Array.from({ length: 5_000 }, (_, index) => `src/a${index}`).join(' ')}`,
  'many assignments': `${Array.from({ length: 5_000 }, (_, index) => `V${index}=${index}`).join(' ')} true`,
  'five megabytes': `echo ${'a'.repeat(5_000_000)}`,
  'loops in loops': 'for x in a; do '.repeat(10_000),
  'coprocesses of coprocesses': 'coproc '.repeat(18_000),
  'nested braces': `echo ${'{a,'.repeat(30_000)}`,
  'characters that are none': `cat ${'\ud800\0'.repeat(60_000)}`,
  'variable of many words': `x='${'a '.repeat(22_000)}'; echo $x; rm $x`,
  'many words of variables': `echo ${'$1 '.repeat(40_000)}`,
  'many outputs': `cat ${'> a '.repeat(30_000)}`,
  'stages of one pipeline': `sudo ${'a|b|'.repeat(30_000)}`,
  'pipelines of two': 'curl a | sh; '.repeat(9_200),
  'old arithmetic': `echo ${'$[1] '.repeat(24_000)}`,
  'patterns removed': `x=${'ab'.repeat(900)}; echo \${x##${'*a'.repeat(40)}z}`,
}

const micros = (value: number) => `${value.toFixed(0)} µs`
const millis = (value: number) => `${(value / 1_000).toFixed(1)} ms`

for (const [label, view] of Object.entries(views)) {
  for (const name of ['honest', 'blind-honest', 'destruction', 'blind-dangerous']) {
    const commands = commandsOf(name)
    const { all, medians } = time(commands, view, 30, 10)
    console.log(
      `${label}, ${name}: ${commands.length} commands, p50 ${micros(at(all, 0.5))}, p99 ${micros(at(all, 0.99))}, worst ${micros(Math.max(...all))}; by each command's median: p99 ${micros(at(medians, 0.99))}, worst ${micros(Math.max(...medians))}`,
    )
  }
}
{
  const commands = commandsOf('blind-honest')
  const times: number[] = []
  for (let round = 0; round < 30; round++)
    for (const command of commands) {
      const started = performance.now()
      grammar.programsOf(command)
      if (round >= 10) times.push((performance.now() - started) * 1_000)
    }
  console.log(
    `second grammar alone, blind-honest: p50 ${micros(at(times, 0.5))}, p99 ${micros(at(times, 0.99))}, worst ${micros(Math.max(...times))}; asked only for what would be affirmed`,
  )
}
for (const [name, command] of Object.entries(hostile)) {
  const { all } = time([command], views['real disk']!, 4, 1)
  const { opinion } = judgeCommand(command, workplace, stillView(disk), undefined, grammar)
  console.log(`hostile, ${name}: p50 ${millis(at(all, 0.5))}, worst ${millis(Math.max(...all))}, ${opinion}`)
}

/** Commands whose code lies on disk: judged anew, and as the service does it when nothing has changed since. */
function timeCodeFromDisk(): void {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'))
  const place = { cwd: folder, home: homedir(), project: folder }
  const step = 'if [ -d "$OUT/$1" ]; then rm -rf "$OUT/$1"; fi\nmkdir -p "$OUT/$1" && cp -r src "$OUT/$1/"\n'
  writeFileSync(join(folder, 'build.sh'), `set -euo pipefail\nOUT=dist\n${step.repeat(40)}`)
  writeFileSync(
    join(folder, 'Makefile'),
    `OUT = dist\nall: lib\n\techo done\nlib:\n${'\trm -rf $(OUT)\n'.repeat(20)}`,
  )
  writeFileSync(
    join(folder, 'package.json'),
    '{"scripts":{"test":"vitest run","build":"rm -rf dist && tsc -p ."}}',
  )
  writeFileSync(
    join(folder, 'work.py'),
    'import shutil\n\nshutil.rmtree("build")\nprint("done")\n'.repeat(100),
  )
  const judgeKnown = createKnownCommands(disk)
  for (const command of ['bash build.sh', 'make', 'npm run build', 'python3 work.py']) {
    const anew: number[] = []
    const again: number[] = []
    for (let round = 0; round < 60; round++) {
      const started = performance.now()
      judgeCommand(command, place, stillView(disk))
      const between = performance.now()
      judgeKnown(command, place, unknownSession, (view, session) =>
        judgeCommand(command, place, view, defaultPolicyOptions, undefined, session),
      )
      if (round < 20) continue
      anew.push((between - started) * 1_000)
      again.push((performance.now() - between) * 1_000)
    }
    console.log(
      `code from disk, ${command}: anew p50 ${micros(at(anew, 0.5))}, p99 ${micros(at(anew, 0.99))}; known p50 ${micros(at(again, 0.5))}, p99 ${micros(at(again, 0.99))}`,
    )
  }
  rmSync(folder, { recursive: true })
}

timeCodeFromDisk()
