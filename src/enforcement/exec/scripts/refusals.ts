import { quote } from '../quote.ts'

/** Why a script does not start. */
export interface Refusal {
  readonly code: RefusalCode
  /** Lower case, without a full stop. */
  readonly message: string
  readonly remedy: string
}

/** What helps, told the path it is about. A code keeps its meaning for ever. */
const remedies = {
  'script.is-named-wrongly': () => 'name a file by a path without NUL, empty parts or a slash at its end',
  'script.is-missing': () => 'check the path; nothing was run',
  'script.is-unreadable': path => `run as a user who may read ${path}`,
  'script.is-link': () => 'name the file itself, or put the file in the place of the link',
  'script.is-no-file': () => 'name a regular file',
  'script.goes-in-circles': () => 'remove the links that lead to each other',
  'script.was-swapped': () => 'find out who changes the file, then try again',
  'script.belongs-to-another': path => `look at it, then \`chown root ${path}\`, or copy it as yourself`,
  'script.is-writable-by-others': path => `look at it, then run \`chmod go-w ${path}\``,
  'script.is-set-id': path => `run \`chmod ug-s ${path}\``,
  'script.has-other-names': path =>
    `copy it, so that no other name leads to the same file: see \`ls -li ${path}\``,
  'script.lies-in-open-folder': path =>
    `run \`chmod go-w ${path}\`, or move the script to a folder of your own`,
  'script.lies-in-folder-of-another': path =>
    `move the script to a folder of your own, or \`chown root ${path}\``,
  'script.is-empty': () => 'write a script into it, or remove it',
  'script.is-too-large': () => 'move data out of the script; a hook is small',
  'script.is-binary': () => 'only scripts are run: their text can be read before',
  'script.holds-nul': () => 'remove the NUL bytes: readers of text stop there, interpreters do not',
  'script.is-no-text': () => 'save it as UTF-8',
  'script.begins-with-mark': () =>
    'save it without a byte order mark: the kernel does not see `#!` behind it',
  'script.hides-text': () => 'take the character out, or write it as an escape such as `\\033`',
  'script.declares-encoding': () => 'take the line with `coding` out: a script is UTF-8',
  'script.has-no-shebang': () => 'begin it with a line like `#!/bin/sh`',
  'script.has-malformed-shebang': () =>
    'write `#!`, an absolute path and at most one option, ended by LF alone',
  'script.has-unlisted-interpreter': () =>
    'use one of sh, bash, dash, python3, node, perl from /bin, /usr/bin or /usr/local/bin, or `/usr/bin/env` with one of them',
  'script.has-unlisted-option': () =>
    'take the option out of the first line; `set` inside the script does the same',
  'script.has-unsafe-interpreter': () => 'install the interpreter from the packages of the system',
  'script.differs-from-pin': path => `look at what changed, then run \`portcullis scripts pin ${path}\``,
  'script.is-not-pinned': path => `look at it, then run \`portcullis scripts pin ${path}\``,
  'script.is-dangerous': path =>
    `change what is named; if it is meant, run \`portcullis scripts pin --accept-danger ${path}\``,
} as const satisfies Record<string, (path: string) => string>

/** Every reason there is. */
export const refusalCodes = Object.keys(remedies) as readonly RefusalCode[]

export type RefusalCode = keyof typeof remedies

export function refusal(code: RefusalCode, message: string, path = ''): Refusal {
  return { code, message, remedy: remedies[code](quote(path)) }
}
