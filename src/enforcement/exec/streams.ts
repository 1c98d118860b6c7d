import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  openSync,
  readSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Identity } from './identity.ts'

const { O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK, O_CREAT, O_EXCL } = constants

/** One pipe out of the sandbox: our end as a stream, the command's end as a descriptor. */
interface OutputPipe {
  readonly ours: Readable
  readonly theirs: number
}

/** Reading ends without a name, made ahead: the program that makes them takes as long to start as the sandbox itself. */
const spare: number[] = []
const AHEAD = 16

/**
 * Real pipes for what the command says. What the runtime calls a pipe is a pair of sockets, and
 * `echo … > /dev/stderr` cannot open a socket. Who runs one command gets two; who runs more soon has some to spare.
 */
export function openOutputs(folder: string): readonly [output: OutputPipe, error: OutputPipe] {
  if (spare.length < 2) spare.push(...makePipes(folder, isFirst ? 2 : AHEAD))
  isFirst = false
  return [openOutput(spare.pop()!), openOutput(spare.pop()!)]
}

let isFirst = true

function makePipes(folder: string, count: number): readonly number[] {
  const paths = Array.from({ length: count }, (_, number) => join(folder, `pipe-${number}`))
  // Open to the user the command runs as; the folder is not, and the names are gone at once.
  execFileSync('/usr/bin/mkfifo', ['-m', '0666', ...paths], { stdio: 'ignore', env: {} })
  try {
    return paths.map(path => openSync(path, O_RDONLY | O_NONBLOCK))
  } finally {
    for (const path of paths) rmSync(path, { force: true })
  }
}

function openOutput(own: number): OutputPipe {
  const theirs = openSync(`/proc/self/fd/${own}`, O_WRONLY)
  return { ours: new Socket({ fd: own, readable: true, writable: false }), theirs }
}

/** What the command reads: a stream we feed, nothing, or a descriptor of its own. */
export type Input =
  | { readonly kind: 'feed' | 'nothing' }
  | { readonly kind: 'file'; readonly descriptor: number }

/**
 * Our own standard input for the command. A pipe passes as it is.
 * INVARIANT: no other descriptor of ours passes: through `/proc/self/fd` a file could be opened anew, for writing, and
 * a folder be walked out of. A file's content goes into one without a name.
 */
export function ownInput(folder: string, identity: Identity | null): Input {
  const found = fstatSync(0)
  if (found.isFIFO()) {
    // Whose it is decides who may open `/dev/stdin`.
    if (identity) fchownSync(0, identity.uid, identity.gid)
    return { kind: 'file', descriptor: 0 }
  }
  if (isNullDevice(found)) return { kind: 'nothing' }
  if (!found.isFile() || found.size > LARGEST_COPY) return { kind: 'feed' }
  return { kind: 'file', descriptor: copyOfInput(folder) }
}

const LARGEST_COPY = 64 * 1024 * 1024

function isNullDevice(found: Stats): boolean {
  return found.isCharacterDevice() && found.rdev === NULL_DEVICE
}

/** Major 1, minor 3. */
const NULL_DEVICE = 0x103

function copyOfInput(folder: string): number {
  const { reading, writing } = unnamedFile(folder, 'in')
  const chunk = Buffer.allocUnsafe(1 << 18)
  try {
    for (let read = readSync(0, chunk); read > 0; read = readSync(0, chunk))
      writeSync(writing, chunk, 0, read)
    return reading
  } finally {
    closeSync(writing)
  }
}

/** A file that has no name any more, open twice: to be written, and to be read from its beginning. */
export function unnamedFile(
  state: string,
  name: string,
): { readonly reading: number; readonly writing: number } {
  const path = join(state, name)
  const writing = openSync(path, O_RDWR | O_CREAT | O_EXCL, 0o444)
  try {
    return { writing, reading: openSync(path, O_RDONLY) }
  } finally {
    rmSync(path)
  }
}
