import { gitFault, type Repository, startFault, startFedGit, startGit } from './git.ts'

/** Larger contents go through in pieces, after the others. */
const LARGEST = 32 * 1024 * 1024
const BATCH = 512
/** So many in a row are no damage to some objects but to all. */
const HOPELESS = 100

/** A content git was asked for. */
export type GitObject =
  | { readonly id: string; readonly type: string; readonly bytes: Buffer }
  /** Its content is too large to be handed around. */
  | { readonly id: string; readonly type: string; readonly size: number }
  /** Corrupt or not there: git does not tell the one from the other for all of them. */
  | { readonly id: string; readonly isUnreadable: true }

/**
 * The contents of all ids, in their order, from one `git cat-file --batch`. A corrupt object ends that program; then
 * another one goes on behind it.
 */
export async function* readObjects(
  ids: readonly string[],
  repository: Repository,
): AsyncGenerator<GitObject> {
  let next = 0
  let corrupt = 0
  while (next < ids.length) {
    const before = next
    for await (const object of readRun(ids, next, repository)) {
      next++
      corrupt = 0
      yield object
    }
    if (next === ids.length) return
    // The run ended at this one. It may only have been lost with the run's last words, so it gets one of its own.
    if (next > before) continue
    if (++corrupt > HOPELESS) throw gitFault('read its objects', 'every one of them is refused')
    yield { id: ids[next++]!, isUnreadable: true }
  }
}

/** As many as one process gives. */
async function* readRun(
  ids: readonly string[],
  first: number,
  repository: Repository,
): AsyncGenerator<GitObject> {
  const child = startFedGit(['cat-file', '--batch', '--buffer'], repository)
  let fault: Error | undefined
  child.once('error', error => {
    fault = error
  })
  child.stderr.resume()
  // it ends before it has read all when an object is corrupt
  child.stdin.on('error', () => {})
  void feed(child.stdin, ids, first)
  try {
    const input = createReader(child.stdout)
    for (;;) {
      const header = await input.line()
      if (fault) throw startFault(fault)
      if (header === undefined) return
      const [id = '', type = '', length = ''] = header.split(' ')
      if (length === '') {
        yield { id, isUnreadable: true }
        continue
      }
      const size = Number(length)
      if (size > LARGEST) {
        if (!(await input.drop(size + 1))) return
        yield { id, type, size }
        continue
      }
      const bytes = await input.take(size + 1)
      if (!bytes) return
      yield { id, type, bytes: bytes.subarray(0, size) }
    }
  } finally {
    child.kill()
  }
}

async function feed(stdin: NodeJS.WritableStream, ids: readonly string[], first: number): Promise<void> {
  for (let at = first; at < ids.length; at += BATCH) {
    if (!stdin.writable) return
    const more = stdin.write(`${ids.slice(at, at + BATCH).join('\n')}\n`)
    if (!more) await new Promise(resolve => stdin.once('drain', resolve).once('close', resolve))
  }
  stdin.end()
}

/** One content in pieces, of any size. */
export function readLargeObject(id: string, type: string, repository: Repository): AsyncIterable<Buffer> {
  return startGit(['cat-file', type, id], repository).stdout
}

interface Reader {
  /** Undefined at the end. */
  line(): Promise<string | undefined>
  take(length: number): Promise<Buffer | undefined>
  drop(length: number): Promise<boolean>
}

function createReader(stream: AsyncIterable<Buffer>): Reader {
  const chunks = stream[Symbol.asyncIterator]()
  let chunk: Buffer = Buffer.alloc(0)

  async function more(): Promise<boolean> {
    const { done, value } = await chunks.next()
    if (done) return false
    chunk = value
    return true
  }

  async function consume(length: number, use: (piece: Buffer) => void): Promise<boolean> {
    let left = length
    while (left > 0) {
      if (chunk.length === 0 && !(await more())) return false
      const piece = chunk.subarray(0, left)
      use(piece)
      left -= piece.length
      chunk = chunk.subarray(piece.length)
    }
    return true
  }

  return {
    async line() {
      let text = ''
      for (;;) {
        const end = chunk.indexOf(10)
        text += chunk.toString('latin1', 0, end < 0 ? chunk.length : end)
        chunk = end < 0 ? chunk.subarray(chunk.length) : chunk.subarray(end + 1)
        if (end >= 0) return text
        if (!(await more())) return undefined
      }
    },
    async take(length) {
      if (chunk.length >= length) {
        const whole = chunk.subarray(0, length)
        chunk = chunk.subarray(length)
        return whole
      }
      const whole = Buffer.allocUnsafeSlow(length)
      let at = 0
      const isWhole = await consume(length, piece => {
        at += piece.copy(whole, at)
      })
      return isWhole ? whole : undefined
    },
    drop: length => consume(length, () => {}),
  }
}
