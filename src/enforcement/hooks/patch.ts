import type { TextLeaf } from '../../access/request.ts'
import { badEvent } from './event.ts'

/** One file a patch touches, and the text that would land in it. */
export interface PatchedFile {
  readonly path: string
  readonly texts: readonly TextLeaf[]
}

const header = /^\*\*\*\s*(Add File|Update File|Delete File|Move to)\s*:\s*(.+)$/
const frame = /^\*\*\* (Begin Patch|End Patch|End of File)$/

/**
 * The files of a patch in Codex's own format, as `patchedFiles` reads it.
 * Throws `hook.bad-event` when no file is named.
 */
export function filesOf(patch: string): readonly [PatchedFile, ...PatchedFile[]] {
  const [first, ...rest] = filesIn(patch)
  if (first === undefined) throw badEvent('the patch names no file')
  return [first, ...rest]
}

/** The files of a patch that stands in a text, in a shell command for example; none when there is none. */
export function patchedFiles(text: string): readonly PatchedFile[] {
  return text.includes('*** Begin Patch') ? filesIn(text) : []
}

/**
 * Reads more lines as headers than any client does (each strips other blanks), so that a spelling only one side
 * understands adds a file here and never hides one.
 */
function filesIn(patch: string): readonly PatchedFile[] {
  const files: { path: string; added: string[] }[] = []
  let added: string[] = []
  for (const line of patch.split(/\r\n|\r|\n/)) {
    const [, kind, path] = header.exec(line.trim()) ?? []
    if (kind !== undefined && path !== undefined) {
      // What follows a move lands in the new place; what stood before it is none.
      added = []
      files.push({ path: path.trim(), added })
    } else if (landsInFile(line)) {
      added.push(line.startsWith('+') ? line.slice(1) : line)
    }
  }
  return files.map(({ path, added: lines }) => ({ path, texts: leaves(path, lines) }))
}

/** All but what is taken out, what is already there, and the frame. */
function landsInFile(line: string): boolean {
  return line !== '' && !/^[- ]/.test(line) && !line.startsWith('@@') && !frame.test(line.trim())
}

function leaves(path: string, lines: readonly string[]): TextLeaf[] {
  return lines.length === 0 ? [] : [{ text: lines.join('\n'), where: `patch of ${path}` }]
}
