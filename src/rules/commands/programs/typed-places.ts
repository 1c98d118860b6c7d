import type { Call } from '../acts.ts'
import { optionValues, readOptions } from '../dispatch/options.ts'

const DELICATE = /^(?:own|protected|agent-settings|persistence|shell-profile|record|device|credential)$/

/** Downloaders that are told the folder and the name apart. */
const downloads: Readonly<Record<string, { folder: readonly string[]; file: readonly string[] }>> = {
  aria2c: { folder: ['d', 'dir'], file: ['o', 'out'] },
  axel: { folder: [], file: ['o', 'output'] },
  curl: { folder: ['output-dir'], file: ['o', 'output'] },
  'yt-dlp': { folder: ['P', 'paths'], file: ['o', 'output'] },
  'youtube-dl': { folder: [], file: ['o', 'output'] },
  gh: { folder: ['D', 'dir'], file: ['O', 'output'] },
  httpie: { folder: [], file: ['o', 'output'] },
  gallery_dl: { folder: ['d', 'dest'], file: [] },
}

/** Programs that keep a record of what they do, or rewrite the files they are given. */
const writers: Readonly<Record<string, RegExp>> = {
  script: /^(?!-)/,
  ttyrec: /^(?!-)/,
  asciinema: /^(?!-|rec$|append$)/,
  logsave: /^(?!-)/,
  sponge: /^(?!-)/,
  gzexe: /^(?!-)/,
  upx: /^(?!-)/,
  strip: /^(?!-)/,
  patchelf: /^[/~.]/,
  chrpath: /^[/~.]/,
  unix2dos: /^(?!-)/,
  screen: /^[/~]/,
}

/** `file:///…`, `concat:/…`: ways to name a local file to a program that takes addresses. */
const LOCAL_ADDRESS =
  /^(?:--?[\w-]+=)?(?:file|concatf?|subfile|cache|async|local|path):(?:\/\/)?(?=[/~])([^|;]+)/i

/** Files that are named in parts, as addresses, or as the record a program keeps. */
export function judgeTypedPlaces(call: Call): void {
  const { args, shell, state, name } = call
  for (const arg of args) {
    const file = LOCAL_ADDRESS.exec(arg)?.[1]
    if (file !== undefined) shell.act({ kind: 'read', program: name, target: shell.path(file, state) })
  }
  const write = (place: string) => {
    const target = shell.path(place, state)
    if (DELICATE.test(shell.paths.classify(target))) shell.act({ kind: 'write', program: name, target })
  }
  const download = Object.hasOwn(downloads, name) ? downloads[name] : undefined
  if (download) {
    const names = [...download.folder, ...download.file]
    const read = readOptions(args, {
      valued: names.filter(option => option.length === 1).join(''),
      valuedLong: names.filter(option => option.length > 1),
    })
    const files = optionValues(read, ...download.file)
    for (const folder of optionValues(read, ...download.folder))
      for (const file of files.length > 0 ? files : lastNames(args)) write(`${folder}/${file}`)
    for (const file of files) write(file)
  }
  const rewrites = Object.hasOwn(writers, name) ? writers[name] : undefined
  if (rewrites) for (const arg of args) if (rewrites.test(arg) && !/\s/.test(arg)) writeAny(call, arg)
}

/** What would be written in whatever place: policy looks at the place. */
function writeAny(call: Call, arg: string): void {
  if (!/[/~.]/.test(arg)) return
  call.shell.act({ kind: 'write', program: call.name, target: call.shell.path(arg, call.state) })
}

function lastNames(args: readonly string[]): string[] {
  return args
    .filter(arg => /^\w+:\/\//.test(arg))
    .map(arg => arg.replace(/[?#].*$/, '').replace(/.*\//, ''))
    .filter(name => name !== '')
}
