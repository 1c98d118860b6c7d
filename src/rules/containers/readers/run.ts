import type { Argument } from '../../configuration/shell/reading.ts'
import type { Reading } from '../reading.ts'
import {
  answerOf,
  type ContainerSpec,
  isUnknownText,
  newSpec,
  type Place,
  type Placed,
  readableText,
} from '../spec.ts'
import { addCommand } from './commands.ts'
import { addMount, addPort, addSecurityOption, addTmpfs, addVolume } from './mounts.ts'
import { letters, outerValued, switches, valued } from './run-options.ts'

const PROGRAM = /^(?:docker|podman|nerdctl|finch)$/

interface RunCommand {
  readonly file: string
  readonly program: string
  /** Where the program's name stands. */
  readonly place: Place
  readonly args: readonly Argument[]
  /** Words are at their own places in the text, so that one can be put between them. */
  readonly isPlain: boolean
}

/** Reads one command line that makes a container; false when it makes none. */
export function readRun(command: RunCommand, reading: Reading): boolean {
  if (!PROGRAM.test(command.program)) return false
  const verb = verbOf(command.args)
  if (verb === undefined) return false
  const { file, args, place } = command
  const last = args[verb]!
  const spec = newSpec('run', 'the container', { ...place, end: Math.max(place.end, last.end) })
  reading.specs.push(readOptions(spec, { file, args, reading, at: verb + 1 }))
  if (command.isPlain)
    spec.additions = {
      noNewPrivileges: insert(last, '--security-opt=no-new-privileges:true'),
      pidsLimit: insert(last, '--pids-limit=512'),
      logLimit: insert(last, '--log-opt=max-size=10m --log-opt=max-file=3'),
    }
  return true
}

function insert({ end }: Argument, words: string) {
  return { start: end, end, replacement: ` ${words}` }
}

/** Where `run` or `create` stands, behind options of the program and `container`. */
function verbOf(args: readonly Argument[]): number | undefined {
  let at = 0
  while (at < args.length && args[at]!.text.startsWith('-')) at += outerValued.test(args[at]!.text) ? 2 : 1
  if (args[at]?.text === 'container') at++
  return /^(?:run|create)$/.test(args[at]?.text ?? '') ? at : undefined
}

interface Words {
  readonly file: string
  readonly args: readonly Argument[]
  readonly reading: Reading
  at: number
  entrypoint?: Placed<string>
}

function readOptions(spec: ContainerSpec, words: Words): ContainerSpec {
  const { args, file, reading } = words
  for (; words.at < args.length; words.at++) {
    const { text, start, end } = args[words.at]!
    const place = { file, start, end: Math.max(start, end) }
    if (text === '--') {
      words.at++
      break
    }
    if (/^[\uE000-\uE00F]/.test(text))
      reading.troubles.push({ place, why: 'words of the command are decided elsewhere' })
    else if (!text.startsWith('-') || text === '-') break
    else if (text.startsWith('--')) readLong(spec, text.slice(2), place, words)
    else readShort(spec, text.slice(1), place, words)
  }
  finish(spec, words)
  return spec
}

function readLong(spec: ContainerSpec, option: string, place: Place, words: Words): void {
  const equals = option.indexOf('=')
  const name = equals < 0 ? option : option.slice(0, equals)
  if (switches.has(name)) apply(words, spec, name, equals < 0 ? 'true' : option.slice(equals + 1), place)
  else if (equals >= 0) {
    if (!valued.has(name)) tellUnknown(name, place, words)
    apply(words, spec, name, option.slice(equals + 1), place)
  } else if (valued.has(name)) apply(words, spec, name, ...nextWord(place, words))
  else tellUnknown(name, place, words)
}

function tellUnknown(name: string, place: Place, { reading }: Words): void {
  reading.troubles.push({ place, why: `the option \`${readableText(name)}\` is not known here` })
}

/** `-it`, `-u0`, `-u=0`, `-itv /:/host`: a letter that takes a value takes the rest of the word. */
function readShort(spec: ContainerSpec, text: string, place: Place, words: Words): void {
  for (let at = 0; at < text.length; at++) {
    const name = Object.hasOwn(letters, text[at]!) ? letters[text[at]!]! : undefined
    if (name === undefined) return void tellUnknown(text[at]!, place, words)
    const rest = text.slice(at + 1)
    if (switches.has(name)) {
      if (rest.startsWith('=')) return void apply(words, spec, name, rest.slice(1), place)
      apply(words, spec, name, 'true', place)
    } else if (rest !== '') return void apply(words, spec, name, rest.replace(/^=/, ''), place)
    else return void apply(words, spec, name, ...nextWord(place, words))
  }
}

function nextWord(place: Place, words: Words): [string, Place] {
  const next = words.args[++words.at]
  return next ? [next.text, { ...place, end: Math.max(place.end, next.end) }] : ['', place]
}

type Setter = (spec: ContainerSpec, value: string, place: Place) => void

const namespace =
  (kind: string): Setter =>
  (spec, value, place) =>
    void spec.namespaces.push({ value: { kind, with: value }, place })

/** A number that holds something back. */
export function isLimit(value: string): boolean {
  return isUnknownText(value) || !/^(?:|0+(?:\.0*)?[a-z]*|-1|max|unlimited)$/i.test(value.trim())
}

const limit =
  (name: 'memory' | 'cpu' | 'pids'): Setter =>
  (spec, value, place) => {
    if (isLimit(value)) spec.limits[name] = { value, place }
  }

const network: Setter = (spec, value, place) => {
  const name = /(?:^|,)name=([^,]*)/.exec(value)?.[1] ?? value.split(':ip')[0]!
  spec.network = { value: name, place }
  if (/^(?:host|container:|ns:)/i.test(name))
    spec.namespaces.push({ value: { kind: 'network', with: name }, place })
}

const setters: Readonly<Record<string, Setter>> = {
  privileged: (spec, value, place) => void spec.privileged.push({ value: answerOf(value), place }),
  'read-only': (spec, value, place) => {
    spec.readOnlyRoot = { value: answerOf(value), place }
  },
  rm: spec => {
    spec.isShortLived = true
  },
  'use-api-socket': (spec, value, place) => {
    if (answerOf(value) !== 'no') addVolume(spec, '/var/run/docker.sock:/var/run/docker.sock', place)
  },
  user: (spec, value, place) => {
    spec.users = [{ value, place }]
  },
  'group-add': (spec, value, place) => void spec.groups.push({ value, place }),
  'cap-add': (spec, value, place) => {
    for (const one of value.split(',')) spec.capabilitiesAdded.push({ value: one, place })
  },
  'cap-drop': (spec, value, place) => {
    for (const one of value.split(',')) spec.capabilitiesDropped.push({ value: one, place })
  },
  'security-opt': addSecurityOption,
  'seccomp-policy': (spec, value, place) => addSecurityOption(spec, `seccomp=${value}`, place),
  volume: addVolume,
  mount: addMount,
  tmpfs: addTmpfs,
  'volumes-from': (spec, value, place) =>
    addVolume(spec, `\uE000${value}:mounts of another container`, place),
  publish: addPort,
  'publish-all': (spec, value, place) => {
    if (answerOf(value) !== 'no') addPort(spec, 'all', place)
  },
  expose: (spec, value, place) =>
    void spec.ports.push({ address: '', inside: value, outside: '', isInside: true, place }),
  network,
  net: network,
  pid: namespace('process'),
  ipc: namespace('ipc'),
  uts: namespace('uts'),
  userns: namespace('user'),
  cgroupns: namespace('cgroup'),
  memory: limit('memory'),
  cpus: limit('cpu'),
  'cpu-quota': limit('cpu'),
  'cpuset-cpus': limit('cpu'),
  'pids-limit': limit('pids'),
  'memory-swap': (spec, value, place) => {
    if (value.trim() === '-1') spec.looseLimits.push({ value: 'it may take all swap', place })
  },
  'oom-kill-disable': (spec, value, place) => {
    if (answerOf(value) !== 'no')
      spec.looseLimits.push({ value: 'it is not ended when memory runs out', place })
  },
  'log-opt': (spec, value, place) => {
    if (/^max-size=/.test(value)) spec.limits.log = { value, place }
  },
  'log-driver': (spec, value, place) => {
    if (!/^(?:json-file|k8s-file)$/.test(value)) spec.limits.log = { value, place }
  },
  device: (spec, value, place) => void spec.devices.push({ value: value.split(':')[0]!, place }),
  'device-cgroup-rule': (spec, value, place) => void spec.deviceRules.push({ value, place }),
  env: (spec, text, place) => {
    const equals = text.indexOf('=')
    if (equals > 0)
      spec.environment.push({ name: text.slice(0, equals), value: text.slice(equals + 1), place })
  },
  'health-cmd': (spec, value, place) => {
    spec.health = { value: /^(?:none|)$/i.test(value) ? 'off' : 'set', place }
  },
  'no-healthcheck': (spec, value, place) => {
    if (answerOf(value) !== 'no') spec.health = { value: 'off', place }
  },
  restart: (spec, value, place) => {
    spec.restart = { value, place }
  },
  sysctl: (spec, text, place) => {
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/.exec(text) ?? []
    spec.sysctls.push({ value: { name, value }, place })
  },
  ulimit: (spec, text, place) => {
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/.exec(text) ?? []
    spec.ulimits.push({ value: { name, value }, place })
  },
}

function apply(words: Words, spec: ContainerSpec, name: string, value: string, place: Place): void {
  if (name === 'entrypoint') words.entrypoint = { value, place }
  else if (Object.hasOwn(setters, name)) setters[name]!(spec, value, place)
}

/** Behind the options: the image, and what runs in it. */
function finish(spec: ContainerSpec, { args, at, file, reading, entrypoint }: Words): void {
  const image = args[at]
  if (!image) {
    reading.troubles.push({ place: spec.place, why: 'no image is named' })
    return
  }
  spec.image = {
    value: image.text,
    place: { file, start: image.start, end: Math.max(image.start, image.end) },
  }
  const command = args.slice(at + 1).map(({ text, start, end }) => ({ text, place: { file, start, end } }))
  const first = entrypoint ? [{ text: entrypoint.value, place: entrypoint.place }] : []
  addCommand(spec, [...first, ...command], reading)
}
