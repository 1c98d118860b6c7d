import { basename } from 'node:path'
import type { PlacedFile } from '../plan.ts'
import type { ValidScript } from './validate.ts'

/** A folder of its own: what lies beside a script outside, an interpreter would load as its modules. */
const FOLDER = '/run/portcullis-script'

/** The judged bytes as a file that exists in the sandbox alone, and the command line that runs it. */
export function placeScript({ path, bytes, interpreter }: ValidScript): {
  readonly argv: readonly string[]
  readonly file: PlacedFile
} {
  const name = basename(path)
  const placed = `${FOLDER}/${/^\w[\w.-]*$/.test(name) ? name : 'script'}`
  return {
    argv: [interpreter.path, ...interpreter.options, placed],
    file: { path: placed, content: bytes },
  }
}
