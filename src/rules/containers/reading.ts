import type { ContainerSpec, Place } from './spec.ts'

/** A part of a file that could not be read, or not for certain. */
export interface Trouble {
  readonly place: Place
  readonly why: string
}

/** One audit under way: where readers put what they find, and how they look at other files. */
export interface Reading {
  readonly specs: ContainerSpec[]
  readonly troubles: Trouble[]
  /** The text of another file by its path, as paths are given to the audit; undefined when there is none that can be read. */
  readonly readFile: (path: string) => string | undefined
  /** Texts that were read on the way, by path. */
  readonly texts: Map<string, string>
  /** Files being read: one that leads back to itself is read once. */
  readonly open: Set<string>
  /** Values for compose files beside those of `.env`. */
  readonly variables: ReadonlyMap<string, string>
}

/** The text of a file that another one names. */
export function textOf(reading: Reading, path: string): string | undefined {
  const known = reading.texts.get(path)
  if (known !== undefined) return known
  const text = reading.readFile(path)
  if (text !== undefined) reading.texts.set(path, text)
  return text
}

/** A path that stands in a file, seen from where the audit runs. */
export function pathFrom(file: string, written: string): string {
  if (written.startsWith('/')) return written
  const parts = file.split('/').slice(0, -1)
  for (const part of written.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..' && parts.at(-1) !== '') parts.pop()
    else parts.push(part)
  }
  return parts.join('/')
}
