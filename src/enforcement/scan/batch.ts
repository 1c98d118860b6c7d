import type { Examiner } from './examine.ts'
import type { Outcome } from './outcome.ts'
import type { FoundFile } from './tree.ts'

/** Contents at hand. */
export interface Content {
  readonly name: string
  readonly bytes: Buffer
}

/** What one thread does in one go. */
export type Batch =
  | { readonly kind: 'files'; readonly files: readonly FoundFile[] }
  | { readonly kind: 'contents'; readonly contents: readonly Content[] }

/** One outcome for each thing in the batch, in its order. */
export async function examineBatch(examiner: Examiner, batch: Batch): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  if (batch.kind === 'files')
    for (const { path, name } of batch.files) outcomes.push(await examiner.file(path, name))
  else for (const { name, bytes } of batch.contents) outcomes.push(await examiner.bytes(name, bytes))
  return outcomes
}

/** As it travels to a thread: contents in one piece of memory that moves instead of being copied. */
export type Parcel =
  | { readonly kind: 'files'; readonly files: readonly FoundFile[] }
  | {
      readonly kind: 'contents'
      readonly names: readonly string[]
      readonly lengths: readonly number[]
      readonly bytes: Uint8Array<ArrayBuffer>
    }

export function pack(batch: Batch): { readonly parcel: Parcel; readonly moved: ArrayBuffer[] } {
  if (batch.kind === 'files') return { parcel: batch, moved: [] }
  const lengths = batch.contents.map(({ bytes }) => bytes.length)
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0))
  let at = 0
  for (const content of batch.contents) {
    bytes.set(content.bytes, at)
    at += content.bytes.length
  }
  const names = batch.contents.map(({ name }) => name)
  return { parcel: { kind: 'contents', names, lengths, bytes }, moved: [bytes.buffer] }
}

export function unpackParcel(parcel: Parcel): Batch {
  if (parcel.kind === 'files') return parcel
  const { names, lengths, bytes } = parcel
  let at = 0
  const contents = names.map((name, index) => {
    const length = lengths[index]!
    at += length
    return { name, bytes: Buffer.from(bytes.buffer, at - length, length) }
  })
  return { kind: 'contents', contents }
}
