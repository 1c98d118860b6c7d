import type { Call } from '../acts.ts'
import { hasOption, optionValues, readOptions } from '../dispatch/options.ts'

/** Files that never end. */
const ENDLESS = /^\/dev\/(?:zero|u?random|full)$/
/** Programs that must have read all before they print, or keep what they read. */
const HOARDERS =
  /^(?:g?tail|tac|g?sort|shuf|sponge|rev|column|sqlite3|vim?|nano|emacs|python\d?|base64|xxd|md5sum|sha\d+sum|grep|wc|od|hexdump|gzip|xz|zstd|bzip2)$/
/** Programs that can send more than a machine withstands. */
const FLOODERS =
  /^(?:hping3?|nping|t50|mdk[34]|slowloris|slowhttptest|goldeneye|hulk|thc-ssl-dos|mz|trafgen|pktgen|xerxes|loic|hoic|ufonet)$/
/** The whole purpose is to make a service fall, or the option takes every limit away. */
const FLOODS =
  /^(?:t50|mdk[34]|slowloris|goldeneye|hulk|thc-ssl-dos|xerxes|loic|hoic|ufonet)(?: |$)|^hping3? (?:.* )?(?:--flood|--faster|-i u\d)(?: |$)|^nping (?:.* )?--rate \d{4}/
const BENCHMARKS =
  /^(?:ab|wrk2?|hey|siege|vegeta|bombardier|autocannon|boom|oha|k6|drill|h2load|httperf|iperf3?|locust)$/

const HUGE = 100 * 2 ** 30
const UNITS: Readonly<Record<string, number>> = {
  '': 0,
  b: 0,
  k: 1,
  m: 2,
  g: 3,
  t: 4,
  p: 5,
  e: 6,
  z: 7,
  y: 8,
}

/** `10T`, `1e15` or `500GiB` in bytes; 0 for what is no size. */
function bytesOf(text: string): number {
  const match = /^[+<>]?(\d{1,18}(?:\.\d{1,3})?)([kmgtpezy]?)(?:i?b)?$/i.exec(text)
  return match ? Number(match[1]) * 1024 ** (UNITS[match[2]!.toLowerCase()] ?? 0) : 0
}

/** Options and operands that say how much is made. */
const sizes: Readonly<Record<string, readonly string[]>> = {
  fallocate: ['l', 'length'],
  truncate: ['s', 'size'],
  head: ['c', 'bytes'],
  mkfile: [],
  xfs_mkfile: [],
  fio: ['size', 'filesize', 'io_size'],
  'qemu-img': [],
}

/** Raises what takes all memory, disk or processes, or floods another machine. */
export function judgeExhaustion(call: Call): void {
  const { shell, name, args, piped } = call
  const text = args.join(' ')
  if (
    HOARDERS.test(name) &&
    (args.some(arg => ENDLESS.test(arg)) || ENDLESS.test(call.stdin.path ?? '')) &&
    !isLimited(call)
  )
    shell.raise('command.exhausts-machine', name, text, KEEPS_ALL.test(name) ? 'deny' : 'ask')
  else if (name === 'dd' && piped && makesTooMuch(call)) shell.raise('command.exhausts-machine', name, text)
  else if (/^(?:cat|cp|dd|yes|pv|tee|openssl)$/.test(name) && !piped && pours(call))
    shell.raise('command.exhausts-machine', name, text, 'ask')
  else if (Object.hasOwn(sizes, name) && largest(call) >= HUGE)
    shell.raise(
      'command.exhausts-machine',
      name,
      text,
      name === 'head' || largest(call) >= 100 * HUGE ? 'deny' : 'ask',
    )
  else if (name === 'head' && call.state.isCaptured && largest(call) >= HUGE / 16)
    shell.raise('command.exhausts-machine', name, text)
  else if (FLOODS.test(`${name} ${text}`)) shell.raise('command.exhausts-machine', name, text)
  else if (FLOODERS.test(name) || (name === 'ping' && args.some(arg => /^-\w*f/.test(arg))))
    shell.raise('command.exhausts-machine', name, text, 'ask')
  else if (BENCHMARKS.test(name) && args.some(isFarAddress))
    shell.raise('command.exhausts-machine', name, text, 'ask')
  else if (
    /^(?:seq|jot)$/.test(name) &&
    args.some(arg => /^\d{8,}$/.test(arg) && Number(arg) >= 1e7 && Number(arg) < 1e9)
  )
    shell.raise('command.exhausts-machine', name, text, 'ask')
  else if (name === 'killall5') shell.raise('command.stops-machine', name, text || null)
  else if (name === 'fio') judgeDiskLoad(call)
  else if (name === 'ulimit' && /-u\s+unlimited/.test(text) && call.state.functions.size > 0)
    shell.raise('command.exhausts-machine', name, text, 'ask')
}

/** All of them hold what they have read until its end. */
const KEEPS_ALL = /^(?:g?tail|tac|g?sort|shuf|sponge|vim?|nano|emacs)$/

/** Endless zeros, counted beyond what a disk holds. */
function makesTooMuch({ args }: Call): boolean {
  const value = (name: string) => args.find(arg => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
  const made = (bytesOf(value('bs')) || 512) * Number(/^\d{1,15}/.exec(value('count'))?.[0] ?? 0)
  return ENDLESS.test(value('if')) && made >= HUGE
}

function isLimited({ args }: Call): boolean {
  return args.some(arg =>
    /^(?:-c\d*|-n\d*|--(?:bytes|lines|limit|length|max-count)(?:=.*)?|-[lNm]\d*)$/.test(arg),
  )
}

/** An endless file poured out without an end: into a file, or at a terminal. */
function pours(call: Call): boolean {
  const { name, args } = call
  if (name === 'dd') {
    const from = args.find(arg => arg.startsWith('if='))?.slice(3) ?? ''
    const to = args.find(arg => arg.startsWith('of='))?.slice(3)
    const value = (name: string) => args.find(arg => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
    const made = (bytesOf(value('bs')) || 512) * Number(/^\d+/.exec(value('count'))?.[0] ?? 0)
    const ends = value('count') !== '' && made < HUGE
    return ENDLESS.test(from) && !ends && to !== undefined && !/^\/dev\/(?:null|stdout)$/.test(to)
  }
  if (name === 'yes' || name === 'openssl') return false
  return args.some(arg => ENDLESS.test(arg)) || (args.length === 0 && ENDLESS.test(call.stdin.path ?? ''))
}

function largest({ name, args }: Call): number {
  const options = sizes[name]!
  const read = readOptions(args, {
    valued: options.filter(option => option.length === 1).join(''),
    valuedLong: options.filter(option => option.length > 1),
    singleDashLong: name === 'fio',
  })
  const given = options.length > 0 ? optionValues(read, ...options) : read.operands
  return Math.max(0, ...given.map(bytesOf))
}

function isFarAddress(arg: string): boolean {
  const host = /^(?:https?:\/\/)([^/:]+)/.exec(arg)?.[1]
  return (
    host !== undefined && !/^(?:localhost|127\.|0\.0\.0\.0|\[?::1|.*\.(?:local|test|localhost)$)/.test(host)
  )
}

/** A load on a file of the disk itself writes over what is there. */
function judgeDiskLoad(call: Call): void {
  const read = readOptions(call.args, { singleDashLong: true })
  const writes = optionValues(read, 'rw', 'readwrite').some(mode => /write|rw|trim/.test(mode))
  for (const file of optionValues(read, 'filename'))
    if (writes || hasOption(read, 'trim'))
      for (const place of file.split(':')) call.shell.write(place, call.name, call.state)
}
